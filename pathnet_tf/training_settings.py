"""How a candidate is trained."""

import dataclasses

from pathnet_tf.errors import UsageError
from pathnet_tf.segment_inputs import SegmentInputs

ARITHMETICS = ("auto", "gram", "weights")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a candidate is trained.

    Attributes:
      learning_rate: Step of SGD.
      batch_size: Segments a mini-batch.
      passes_per_evaluation: Passes over the training set.
      arithmetic: `weights` trains the first layer's kernels, `gram` makes the same
        updates through the Gram matrix of the training set, `auto` takes `gram` for
        up to as many segments as a segment has values, where it takes at most half
        the multiplications and 600 MB at 64x64x3 values.

    Raises:
      UsageError: A value is out of its range.
    """

    learning_rate: float = 0.02
    batch_size: int = 64
    passes_per_evaluation: int = 1
    arithmetic: str = "auto"

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("learning_rate", "batch_size", "passes_per_evaluation"):
            if not getattr(self, name) > 0:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )
        if self.arithmetic not in ARITHMETICS:
            raise UsageError(
                f"arithmetic must be one of {ARITHMETICS}. "
                f"Received: arithmetic={self.arithmetic!r}"
            )

    def uses_gram(self, inputs: SegmentInputs) -> bool:
        """Whether a training set's first layer is trained by its Gram matrix."""
        if self.arithmetic == "auto":
            return len(inputs) <= inputs.num_inputs
        return self.arithmetic == "gram"
