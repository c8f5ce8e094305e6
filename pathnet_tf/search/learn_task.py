"""Learns one task with a network: fresh weights, a search, the best pathway.

Held-out segments are scored beside the search and never inside it: the search gets an
`Evaluator` that holds training data alone, and the held-out curve is an observer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import LabelledSegments, SegmentInputs
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.network.freezing import (
    Pathway,
    begin_head,
    current_pathway,
    draw_anew,
    require_free_modules,
    thaw,
)
from pathnet_tf.network.layer_shapes import scoring_batch
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork, together
from pathnet_tf.search.checkpoints import SearchCheckpoints
from pathnet_tf.search.genetic_search import (
    Generation,
    search,
    train_alone,
)
from pathnet_tf.search.settings import LearningSettings
from pathnet_tf.training.samples import Samples
from pathnet_tf.training.trainer import PreparedInputs, Trainer


class LearnedTask:
    """A task that has been learned.

    Attributes:
      pathway: Its best pathway.
      members: The pathways that answer together, the best one first; one unless an
        ensemble was asked for.
      classify: What they classify, see `TrainingSettings`.
      fitness: Fitness of the best pathway, by the rule that chose it.
      cost: What learning took.
    """

    def __init__(
        self,
        pathway: Pathway,
        members: Sequence[PathwayNetwork],
        classify: str,
        fitness: float,
        cost: Cost,
    ) -> None:
        self.pathway = pathway
        self.members = list(members)
        self.classify = classify
        self.fitness = fitness
        self.cost = cost

    def log_probabilities(self, inputs: SegmentInputs) -> np.ndarray:
        """Classifies segments, or the clips that they are of.

        Args:
          inputs: The segments.

        Returns:
          float32 `[num_segments, num_classes]`; where clips are classified, all
          segments of a clip have its own.
        """
        samples = Samples(inputs, self.classify)
        scores = []
        for member in self.members:
            network = member.settings
            size = scoring_batch(network.layer_plans(), network.num_active)
            parts = [member.features(block) for block in inputs.blocks(size)]
            features = tf.concat(parts, axis=0)
            scores.append(samples.log_probabilities(member, features))
        return together(scores).numpy()[samples.of_segment]


# Given the scores of a candidate's held-out segments; never answers.
Observer = Callable[[Generation, np.ndarray | None], None]


def learn(
    model: PathNet,
    task: str,
    train: LabelledSegments,
    settings: LearningSettings,
    rng: np.random.Generator,
    *,
    validation: LabelledSegments | None = None,
    held_out: SegmentInputs | None = None,
    observe: Observer = lambda generation, scores: None,
    genotype: np.ndarray | None = None,
    thaws: bool = False,
    head_of: str | None = None,
    keeper: SearchCheckpoints | None = None,
) -> LearnedTask:
    """Draws the free part of a network anew and searches for a task's best pathway.

    Args:
      model: The network; earlier tasks' pathways are frozen.
      task: One of the model's tasks.
      train: Training set, the only data that moves a weight.
      settings: How to learn.
      rng: Source of the weights, the population and every later choice.
      validation: Where given, fitness is the accuracy on it after training, instead
        of the running accuracy on the training set.
      held_out: Segments whose log-probabilities along each generation's winner go to
        `observe`. They have no labels here and no way into the search.
      observe: Called after each generation.
      genotype: int32 `[num_layers, num_active]`, trained as often as a search trains
        its candidates, instead of a search.
      thaws: Whether frozen modules keep their weights but are trained on.
      head_of: See `freezing.begin_head`.
      keeper: Keeps what is needed to go on after an interruption.

    Returns:
      The learned task; the model is left with its weights.

    Raises:
      UsageError: No module is free in some layer.
    """
    space = settings.space(model.settings)
    if not thaws:
        require_free_modules(model, task, space.num_modules)
    draw_anew(model, task, rng)
    if head_of:
        begin_head(model, task, head_of)
    if thaws:
        thaw(model)
    trainer = Trainer(
        model,
        task,
        train.inputs,
        train.labels,
        settings.training,
        allowed=train.allowed,
        num_own=train.num_own,
    )
    evaluator = (
        _ValidationFitness(trainer, validation, settings.training.classify)
        if validation
        else _TrainFitness(trainer)
    )
    prepared = None if held_out is None else trainer.prepare(held_out)

    def observe_generation(generation: Generation) -> None:
        observe(generation, _scores(trainer, generation.winner, prepared))

    going_on: dict[str, Any] = {}
    if keeper:
        going_on["begun"] = keeper.begin(trainer, rng, settings.search.generations)
        going_on["keep"] = keeper.keep
    if genotype is None:
        result = search(
            evaluator, space, settings.search, rng, observe_generation, **going_on
        )
    else:
        result = train_alone(
            evaluator, genotype, settings.search, rng, observe_generation, **going_on
        )
    best = result.best_ones(settings.training.ensemble)
    # The best one last: the network is left with its genotype and weights.
    members = [trainer.finish(one, rng) for one in reversed(best)][::-1]
    trainer.keep()
    pathway = current_pathway(model, task, result.best)
    cost = Cost(
        trained_parameters=trainer.num_trained_parameters(),
        active_parameters=sum(
            active_parameters(model, current_pathway(model, task, one)) for one in best
        ),
        presentations=trainer.num_presentations,
    )
    classify = settings.training.classify
    return LearnedTask(pathway, members, classify, result.best_fitness, cost)


def active_parameters(model: PathNet, pathway: Pathway) -> int:
    """Weights of a pathway, of what is always active beside it, and of its head.

    Args:
      model: The network.
      pathway: A pathway of it.

    Returns:
      Kernels and biases, each module once however often it is named.
    """
    active = [
        set(genes.tolist()) | set(np.flatnonzero(always).tolist())
        for genes, always in zip(pathway.genotype, pathway.always_active, strict=True)
    ]
    return model.parameters_of(pathway.task, active)


class _TrainFitness:
    """Fitness is the running accuracy on the training set, as the paper has it."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains int32 `[num_layers, num_active]`; its running accuracy."""
        return self._trainer.train(genotype, rng)

    def rescore(self, genotype: np.ndarray) -> float:
        """Accuracy of int32 `[num_layers, num_active]` as it is."""
        return self._trainer.accuracy(genotype)


class _ValidationFitness:
    """Fitness is the accuracy on speakers held out of the training fold.

    Where clips are classified, each counts once, however many segments it has.
    """

    def __init__(
        self, trainer: Trainer, segments: LabelledSegments, classify: str
    ) -> None:
        self._trainer = trainer
        self._inputs = trainer.prepare(segments.inputs)
        self._samples = Samples(segments.inputs, classify)
        self._labels = self._samples.first_of(segments.labels)

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains int32 `[num_layers, num_active]`; its accuracy after."""
        self._trainer.train(genotype, rng)
        return self.rescore(genotype)

    def rescore(self, genotype: np.ndarray) -> float:
        """Accuracy of int32 `[num_layers, num_active]` as it is."""
        scores = self._trainer.log_probabilities(genotype, self._inputs)
        predicted = self._samples.first_of(scores.argmax(axis=1))
        return float(np.mean(predicted == self._labels))


def _scores(
    trainer: Trainer, genotype: np.ndarray, inputs: PreparedInputs | None
) -> np.ndarray | None:
    """float32 `[num_segments, num_classes]`, log-probabilities; none without inputs."""
    return None if inputs is None else trainer.log_probabilities(genotype, inputs)
