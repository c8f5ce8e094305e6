"""How a candidate is trained."""

import dataclasses

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.augmentation import Augmentation
from pathnet_tf.training.optimizers import OPTIMIZERS, SCHEDULES

ARITHMETICS = ("auto", "gram", "weights")
CLASSIFIED = ("segment", "clip")
CLASS_WEIGHTS = ("none", "balanced")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a candidate is trained.

    Attributes:
      learning_rate: Step of the optimizer.
      batch_size: Segments a mini-batch, or clips where they are classified.
      passes_per_evaluation: Passes over the training set.
      arithmetic: `weights` trains the first layer's kernels, `gram` makes the same
        updates through the Gram matrix of the training set, `auto` takes `gram` for
        up to as many segments as a segment has values, where it takes at most half
        the multiplications and 600 MB at 64x64x3 values.
      classify: Whether each `segment` is classified by itself, or a `clip` by all of
        its segments together, see `network.pooling`.
      segments_per_clip: Segments of a clip that stand for it each time that it is
        learned from, spread over it; all of them are scored.
      optimizer: One of `optimizers.OPTIMIZERS`; what it remembers is forgotten between
        evaluations.
      class_weights: `balanced` weighs each class as if it had as many examples.
      label_smoothing: Share of a target that is spread over all classes.
      mixup: Both parameters of the beta distribution by which samples are mixed; 0
        mixes none.
      dropout: Share of what the head sees that is dropped.
      weight_decay: Share of each kernel that a step takes off, times the learning rate.
      augmentation: What is done to training segments.
      replay: Samples of the sources that are presented in each pass over a target, as
        a share of the target's own; 0 for none. For what starts from sources alone.
      final_passes: Passes in which the best pathway is trained on after the search.
      final_steps: Mini-batches that this takes at least.
      schedule: Learning rate of those passes, one of `optimizers.SCHEDULES`.
      ensemble: Best pathways of the last population that answer together.

    Raises:
      UsageError: A value is out of its range.
    """

    learning_rate: float = 0.02
    batch_size: int = 64
    passes_per_evaluation: int = 1
    arithmetic: str = "auto"
    classify: str = "segment"
    segments_per_clip: int = 4
    optimizer: str = "sgd"
    class_weights: str = "none"
    label_smoothing: float = 0.0
    mixup: float = 0.0
    dropout: float = 0.0
    weight_decay: float = 0.0
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    replay: float = 0.0
    final_passes: int = 0
    final_steps: int = 0
    schedule: str = "constant"
    ensemble: int = 1

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in (
            "learning_rate",
            "batch_size",
            "passes_per_evaluation",
            "segments_per_clip",
            "ensemble",
        ):
            if not getattr(self, name) > 0:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )
        for name in ("mixup", "weight_decay", "replay", "final_passes", "final_steps"):
            if not getattr(self, name) >= 0:
                raise UsageError(
                    f"{name} must not be negative. "
                    f"Received: {name}={getattr(self, name)}"
                )
        for name in ("label_smoothing", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(
                    f"{name} must be at least 0 and below 1. "
                    f"Received: {name}={getattr(self, name)}"
                )
        for name, choices in (
            ("arithmetic", ARITHMETICS),
            ("classify", CLASSIFIED),
            ("optimizer", OPTIMIZERS),
            ("class_weights", CLASS_WEIGHTS),
            ("schedule", SCHEDULES),
        ):
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"{name} must be one of {choices}. "
                    f"Received: {name}={getattr(self, name)!r}"
                )

    @property
    def is_plain(self) -> bool:
        """Whether segments are trained on by nothing but SGD, as in the paper."""
        plain = TrainingSettings(
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            passes_per_evaluation=self.passes_per_evaluation,
            arithmetic=self.arithmetic,
            # These tell how often and how clips are presented, and change no step.
            segments_per_clip=self.segments_per_clip,
            ensemble=self.ensemble,
        )
        return self == plain

    @property
    def changes_segments(self) -> bool:
        """Whether a segment is another one each time that it is presented."""
        return bool(self.augmentation) or self.mixup > 0

    def uses_gram(self, inputs: SegmentInputs) -> bool:
        """Whether a training set's first layer is trained by its Gram matrix."""
        if self.arithmetic == "auto":
            return len(inputs) <= inputs.num_inputs
        return self.arithmetic == "gram"
