"""What the units of an experiment hand back."""

import dataclasses

import numpy as np

from pathnet_tf.network.freezing import Pathway


@dataclasses.dataclass(frozen=True)
class SourceScore:
    """How well a source's own recordings are recognized by its pathway and head.

    Attributes:
      task: Name of the task.
      war: Accuracy over its clips.
      uar: Mean recall over its classes.
    """

    task: str
    war: float
    uar: float


@dataclasses.dataclass(frozen=True)
class LearnedSource:
    """What came of one task of a source chain.

    Attributes:
      task: Name of the task.
      corpus: Its corpora.
      repeat: From 0.
      fitness: Fitness of its best pathway.
      num_free_modules: Modules of each layer that are free after it.
      num_modules: Modules a layer.
      score: How well it knows its own recordings when all sources are learned, where
        that was asked for.
    """

    task: str
    corpus: str
    repeat: int
    fitness: float
    num_free_modules: list[int]
    num_modules: int
    score: SourceScore | None = None

    def describe(self) -> str:
        """One line for the log."""
        free = ", ".join(map(str, self.num_free_modules))
        return (
            f"{self.task} ({self.corpus}), repeat {self.repeat}: best pathway frozen "
            f"at fitness {self.fitness:.3f}; {free} of {self.num_modules} modules "
            "a layer are free"
        )


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a unit took, whatever the machine.

    Attributes:
      trained_parameters: Weights that training moved, of any candidate.
      active_parameters: Weights that the final model computes with.
      presentations: How often a segment was presented to be learned from.
    """

    trained_parameters: int = 0
    active_parameters: int = 0
    presentations: int = 0


@dataclasses.dataclass(frozen=True)
class FoldScores:
    """What a target unit found.

    Attributes:
      method: One of `methods.METHODS`.
      repeat: From 0.
      fold: Name of the fold.
      test: int64 `[num_test]`, held-out segments as indices into the target.
      log_probabilities: float32 `[num_test, num_classes]`.
      fitness: Fitness of the best pathway, or another method's, on training speakers.
      pathway: The best pathway; none of a method without a network.
      seconds: Time the unit took.
      cost: What it took else.
      source_scores: How well it knows the sources' recordings after the target was
        learned, where that was asked for.
    """

    method: str
    repeat: int
    fold: str
    test: np.ndarray
    log_probabilities: np.ndarray
    fitness: float
    pathway: Pathway | None
    seconds: float = 0.0
    cost: Cost = Cost()
    source_scores: tuple[SourceScore, ...] = ()
