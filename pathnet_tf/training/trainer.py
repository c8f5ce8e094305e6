"""Trains candidate pathways of a network on one task, with every switch of training.

A sample is a segment, or a clip of which some segments are drawn each time that it is
presented. The weights of a candidate are gathered from the network's layers, trained in
place, and given back to the layers. Plain SGD on dense modules has a shortcut, the Gram
engine, which makes the same updates to rounding.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.layer_shapes import scoring_batch
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.training.candidate import Candidate
from pathnet_tf.training.gram_kernels import GramKernels
from pathnet_tf.training.loss import TrainingLoss
from pathnet_tf.training.samples import Samples
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.training_loop import TrainingLoop


@dataclasses.dataclass(frozen=True)
class PreparedInputs:
    """Segments with what never changes about them during a task.

    Attributes:
      samples: The segments, and the samples that they are of.
      frozen_sum: float32 `[num_segments, units]`, see `Candidate.frozen_sum`, where it
        is kept.
      products: Gives the products x K of the first layer's free modules, float32
        `[num_segments, num_free * units]`, where the Gram engine trains.
    """

    samples: Samples
    frozen_sum: tf.Tensor | None = None
    products: Callable[[], tf.Tensor] | None = None


class Trainer:
    """Trains candidates of one network on one task.

    The network must be ready for the task: earlier pathways frozen, the rest drawn
    anew. Its weights are those that were learned, its first layer's once `settle` was
    called.

    """

    def __init__(
        self,
        model: PathNet,
        task: str,
        inputs: SegmentInputs,
        labels: np.ndarray,
        settings: TrainingSettings,
        *,
        allowed: np.ndarray | None = None,
        num_own: int | None = None,
    ) -> None:
        """Holds the training set.

        Args:
          model: The network, whose weights training changes.
          task: The task, whose head is trained.
          inputs: The training set.
          labels: int32 `[num_segments]`, class indices of the task.
          settings: How to train.
          allowed: See `LabelledSegments`.
          num_own: See `LabelledSegments`; all others are of other clips.
        """
        self._settings = settings
        self._model, self._task = model, task
        self._candidate = Candidate(model, task)
        num_own = len(inputs) if num_own is None else num_own
        own = inputs.select(np.arange(num_own))
        if allowed is None:
            allowed = np.ones((len(labels), len(model.tasks[task])), bool)
        self._samples = samples = Samples(inputs, settings.classify)
        is_dense = not model.pathnet_layers[0].kernel_size
        self._gram: GramKernels | None = None
        if is_dense and settings.is_plain and settings.uses_gram(inputs):
            self._gram = GramKernels(model.pathnet_layers[0].path_modules, inputs)
        # Worth its memory where a module makes few numbers of a segment; and segments
        # that are changed in training are other ones each time.
        self._keeps_frozen_sum = (
            is_dense
            and not settings.changes_segments
            and bool(self._candidate.frozen[0])
        )
        self._frozen_sum = self._frozen_sum_of(inputs)
        self._own = PreparedInputs(
            Samples(own, settings.classify),
            None if self._frozen_sum is None else self._frozen_sum[:num_own],
            self._gram.train_products if self._gram else None,
        )
        self._loss = TrainingLoss(
            samples.first_of(labels),
            samples.first_of(allowed),
            inputs.segment_shape,
            settings,
            num_own=len(self._own.samples),
        )
        self._loop = TrainingLoop(
            self._candidate,
            samples,
            self._loss,
            settings,
            known=self._frozen_sum,
            gram=self._gram,
        )
        self._trained: list[set[int]] = [set() for _ in model.pathnet_layers]
        self._features = self._traced_features()

    def prepare(self, inputs: SegmentInputs) -> PreparedInputs:
        """Computes what is fixed about segments that are to be scored.

        Args:
          inputs: The segments.

        Returns:
          The prepared inputs, for this trainer alone.
        """
        return PreparedInputs(
            Samples(inputs, self._settings.classify),
            self._frozen_sum_of(inputs),
            self._gram.prepare(inputs).products if self._gram else None,
        )

    def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
        """Trains a candidate for `passes_per_evaluation` passes.

        A pass presents every sample once, in an order drawn from `rng`. Mini-batches
        go on from one pass into the next. The gradient of the last mini-batch, if it is
        not full, counts in proportion to its size.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          rng: Source of every random choice.

        Returns:
          Share of the presented samples that were classified correctly, each at the
          moment when it was presented, as it was changed by then.

        Raises:
          UsageError: Training diverged.
        """
        passes = self._settings.passes_per_evaluation
        self._gather(genotype)
        share = self._train(passes * len(self._own.samples), "constant", rng)
        self._candidate.scatter(first_kernel=not self._gram)
        if self._gram:
            self._gram.scatter()
        return share

    def finish(self, genotype: np.ndarray, rng: np.random.Generator) -> PathwayNetwork:
        """Trains a pathway on from where the search left it, as the settings ask for.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          rng: Source of every random choice.

        Returns:
          A copy of the pathway. The network itself changes when `keep` is called.

        Raises:
          UsageError: Training diverged.
        """
        self.settle()
        settings = self._settings
        number = max(
            settings.final_passes * len(self._own.samples),
            settings.final_steps * settings.batch_size,
        )
        self._gather(genotype)
        if number:
            self._train(number, settings.schedule, rng)
        return self._candidate.copied()

    def keep(self) -> None:
        """Gives the network the weights of the pathway that was finished last."""
        self._candidate.scatter()

    def settle(self) -> None:
        """Gives the network's first layer the weights that the Gram engine learned.

        Training may go on, by the weights themselves.
        """
        if self._gram:
            self._gram.settle()
            self._gram = None
            self._own = dataclasses.replace(self._own, products=None)
            self._loop.train_by_weights()
            self._features = self._traced_features()

    def accuracy(self, genotype: np.ndarray) -> float:
        """Scores a candidate on the training set without training it.

        Args:
          genotype: int32 `[num_layers, num_active]`.

        Returns:
          Share of the task's own samples that are classified correctly.
        """
        return self._loss.accuracy(self._scores(genotype, self._own))

    def log_probabilities(
        self, genotype: np.ndarray, inputs: PreparedInputs
    ) -> np.ndarray:
        """Classifies samples along a candidate's pathway.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          inputs: From `prepare`.

        Returns:
          float32 `[num_segments, num_classes]`; all segments of a clip have its own.
        """
        return self._scores(genotype, inputs)[inputs.samples.of_segment]

    def state(self) -> dict[str, np.ndarray]:
        """Everything that training has changed, by name, for `restore`.

        Returns:
          Weights of each trained module, kernel `[..., num_inputs, units]` and bias
          `[units]`, those of the readout, and counters.
        """
        state = {f"network/{name}": one.numpy() for name, one in self._moved().items()}
        for layer, modules in enumerate(self._trained):
            state[f"trained/{layer}"] = np.array(sorted(modules), int)
        state["num_presentations"] = np.array(self.num_presentations)
        if self._gram:
            state |= {f"gram/{name}": one for name, one in self._gram.state().items()}
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes back to where `state` was called.

        Args:
          state: Arrays of the same shapes, of a trainer that was made, and had segments
            prepared, as this one.
        """
        for layer, modules in enumerate(self._trained):
            modules.update(state[f"trained/{layer}"].tolist())
        for name, variable in self._moved().items():
            variable.assign(state[f"network/{name}"])
        self._loop.num_presentations = int(state["num_presentations"])
        if self._gram:
            prefix = "gram/"
            self._gram.restore(
                {
                    name.removeprefix(prefix): values
                    for name, values in state.items()
                    if name.startswith(prefix)
                }
            )

    def num_trained_parameters(self) -> int:
        """Counts the weights that training has moved, those of the readout too."""
        return self._model.parameters_of(self._task, self._trained)

    @property
    def num_presentations(self) -> int:
        """How often a segment has been presented so far."""
        return self._loop.num_presentations

    def num_traces(self) -> int:
        """How often the training was traced; 1 once a candidate was trained."""
        return self._loop.num_traces()

    def _gather(self, genotype: np.ndarray) -> None:
        """Makes int32 `[num_layers, num_active]` the current candidate."""
        self._candidate.gather(genotype, first_kernel=not self._gram)
        if self._gram:
            self._gram.gather(self._candidate.free[0])

    def _train(self, number: int, schedule: str, rng: np.random.Generator) -> float:
        """Trains the current candidate, see `TrainingLoop.train`."""
        share = self._loop.train(number, schedule, rng)
        for trained, free in zip(self._trained, self._candidate.free, strict=True):
            trained.update(free)
        return share

    def _frozen_sum_of(self, inputs: SegmentInputs) -> tf.Tensor | None:
        """float32 `[num_segments, units]`, see `Candidate.frozen_sum`, if kept."""
        if not self._keeps_frozen_sum:
            return None
        parts = [self._candidate.frozen_sum(block) for block in self._blocks(inputs)]
        return tf.concat(parts, axis=0)

    def _blocks(self, inputs: SegmentInputs) -> Iterator[tf.Tensor]:
        """Gives segments a part at a time: float32 `[some, num_inputs]`."""
        network = self._model.settings
        size = scoring_batch(network.layer_plans(), network.num_active)
        return inputs.blocks(size)

    def _traced_features(self) -> Callable[..., tf.Tensor]:
        """A graph of `Candidate.features_of`, of what this trainer knows of segments.

        It takes those of values `[batch, num_inputs]`, known `[batch, units]` and
        products `[batch, num_free * units]` that are there, and gives features
        `[batch, frames, width]`.
        """
        network = self._model.settings
        widths: dict[str, int | None] = {}
        if not self._gram:
            widths["values"] = network.num_inputs
        if self._keeps_frozen_sum:
            widths["known"] = network.layer_units[0]
        if self._gram:
            widths["products"] = None

        def features(*given: tf.Tensor) -> tf.Tensor:
            return self._candidate.features_of(**dict(zip(widths, given, strict=True)))

        # Nothing here needs AutoGraph, whose conversion takes longer than the trace.
        return tf.function(
            features,
            autograph=False,
            input_signature=[
                tf.TensorSpec([None, width], tf.float32) for width in widths.values()
            ],
        )

    def _features_of(self, inputs: PreparedInputs) -> tf.Tensor:
        """float32 `[num_segments, frames, width]`, along the current candidate."""
        frozen_sum = inputs.frozen_sum
        if self._gram and inputs.products:
            known = [] if frozen_sum is None else [frozen_sum]
            return self._features(*known, inputs.products())
        parts = []
        done = 0
        for block in self._blocks(inputs.samples.inputs):
            rows = slice(done, done + len(block))
            known = [] if frozen_sum is None else [frozen_sum[rows]]
            parts.append(self._features(block, *known))
            done = rows.stop
        return tf.concat(parts, axis=0)

    def _scores(self, genotype: np.ndarray, inputs: PreparedInputs) -> np.ndarray:
        """Log-probabilities of samples, float32 `[num_samples, num_classes]`."""
        self._gather(genotype)
        features = self._features_of(inputs)
        return inputs.samples.log_probabilities(self._candidate, features).numpy()

    def _moved(self) -> dict[str, tf.Variable]:
        """Weights of the network that training has moved, by name, see `state`."""
        weights = {}
        for number, layer in enumerate(self._model.pathnet_layers):
            for m in sorted(self._trained[number]):
                module = layer.path_modules[m]
                weights[f"{number}/{m}/bias"] = module.bias
                if number or not self._gram:
                    weights[f"{number}/{m}/kernel"] = module.kernel
        return weights | self._model.readout_weights(self._task)
