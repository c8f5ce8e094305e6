"""How a candidate is trained."""

import dataclasses
from typing import TYPE_CHECKING

from pathnet_tf.runtime.flag_fields import check, flag

if TYPE_CHECKING:
    from pathnet_tf.data.input_pipeline import SegmentInputs


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """What is done to training segments of speech; nothing by default.

    Raises:
      UsageError: A value is negative.
    """

    time_mask: int = flag(
        0, "Most frames that a mask hides, one mask a segment.", least=0
    )
    frequency_mask: int = flag(
        0, "Most mel bands of a clip that each of two masks hides.", least=0
    )
    band_shift: int = flag(
        0,
        "Most mel bands by which a clip is moved up or down, the outermost bands "
        "repeated, as if its speaker had another vocal tract.",
        least=0,
    )
    gain: float = flag(
        0.0,
        "Deviation of what is added to a clip's level, in deviations of its inputs.",
        least=0,
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)

    def __bool__(self) -> bool:
        """Whether anything is done at all."""
        return any(dataclasses.astuple(self))


@dataclasses.dataclass(frozen=True)
class FaceAugmentation:
    """What is done to training faces; nothing by default.

    Raises:
      UsageError: A value is out of its range.
    """

    mirror: bool = flag(False, "Mirror half of the faces that are learned from.")
    turn_degrees: float = flag(
        0.0, "Most degrees by which a face is turned in its picture.", least=0
    )
    zoom: float = flag(
        0.0,
        "Most that a face becomes larger or smaller, as a share of its size.",
        least=0,
        below=1,
    )
    shift: float = flag(
        0.0,
        "Most that a face is moved, as a share of the picture's width and height.",
        least=0,
        below=1,
    )
    brightness: float = flag(
        0.0,
        "Deviation of what is added to a face's brightness, in deviations of its "
        "inputs, or shares of full scale where nothing is measured.",
        least=0,
    )
    cut_out: float = flag(
        0.0,
        "Sides of the largest rectangle of a face that is hidden, as a share of the "
        "picture's width and height.",
        least=0,
        below=1,
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)

    def __bool__(self) -> bool:
        """Whether anything is done at all."""
        return any(dataclasses.astuple(self))


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How a candidate is trained.

    Attributes:
      augmentation: What is done to training segments of speech.
      face_augmentation: What is done to training faces.

    Raises:
      UsageError: A value is out of its range.
    """

    learning_rate: float = flag(0.02, "Step of the optimizer.", above=0)
    batch_size: int = flag(
        64, "Segments a mini-batch, or clips with --classify=clip.", above=0
    )
    passes_per_evaluation: int = flag(
        1, "Passes over the data for each candidate.", above=0
    )
    arithmetic: str = flag(
        "auto",
        "Train the first layer by its weights, or make the same updates through the "
        "Gram matrix of the training set, which takes fewer operations for small "
        "ones. auto takes gram for up to as many segments as a segment has values, "
        "where it takes at most half the multiplications, and 600 MB at 64x64x3 "
        "values. Only plain SGD on dense modules has this choice.",
        choices=("auto", "gram", "weights"),
    )
    classify: str = flag(
        "segment",
        "What is classified: each segment by itself, or a clip by all of its segments "
        "together, see --pooling.",
        choices=("segment", "clip"),
    )
    segments_per_clip: int = flag(
        4,
        "With --classify=clip, segments that stand for a clip each time that it is "
        "learned from, spread over it; all of them are scored.",
        above=0,
    )
    optimizer: str = flag(
        "sgd",
        "How weights move; what Adam remembers is forgotten between candidates.",
        choices=("sgd", "adam"),
    )
    class_weights: str = flag(
        "none",
        "Whether all emotions weigh the same, however many examples they have.",
        choices=("none", "balanced"),
    )
    label_smoothing: float = flag(
        0.0, "Share of a target that is spread over all emotions.", least=0, below=1
    )
    mixup: float = flag(
        0.0,
        "Alpha of the beta distribution by which clips are mixed; 0: none.",
        least=0,
    )
    dropout: float = flag(
        0.0, "Share of what the head sees that is dropped.", least=0, below=1
    )
    weight_decay: float = flag(
        0.0, "Share of a kernel that a step takes off, times the step.", least=0
    )
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    face_augmentation: FaceAugmentation = dataclasses.field(
        default_factory=FaceAugmentation
    )
    replay: float = flag(
        0.0,
        "While a target is learned from sources, also present their recordings of the "
        "same emotions: so many in each pass for each of the target's own, drawn anew; "
        "0: none.",
        least=0,
    )
    final_passes: int = flag(
        0,
        "Passes over the data in which the best pathway is trained on after the "
        "search.",
        least=0,
    )
    final_steps: int = flag(
        0,
        "Least number of mini-batches of the final training, for small datasets.",
        least=0,
    )
    schedule: str = flag(
        "constant",
        "Learning rate of the final passes: constant, or down to 0 along a cosine.",
        choices=("constant", "cosine"),
    )
    ensemble: int = flag(
        1, "Best pathways of the last population that answer together.", above=0
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)

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
        return bool(self.augmentation or self.face_augmentation or self.mixup)

    def uses_gram(self, inputs: "SegmentInputs") -> bool:
        """Whether a training set's first layer is trained by its Gram matrix."""
        if self.arithmetic == "auto":
            return len(inputs) <= inputs.num_inputs
        return self.arithmetic == "gram"
