"""The flags of how a candidate is trained, and the settings that they make."""

from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from pathnet_tf.training.settings import TrainingSettings

FLAGS = flags.FLAGS

flags.DEFINE_float("learning_rate", 0.02, "Step of the optimizer.")
flags.DEFINE_integer(
    "batch_size", 64, "Segments a mini-batch, or clips with --classify=clip."
)
flags.DEFINE_integer("passes_per_evaluation", 1, "Passes over the data a candidate.")
flags.DEFINE_enum(
    "arithmetic",
    "auto",
    ["auto", "gram", "weights"],
    "Train the first layer by its weights, or make the same updates through the Gram "
    "matrix of the training set, which takes fewer operations for small ones. Plain "
    "SGD on dense modules has the choice alone.",
)
flags.DEFINE_enum(
    "classify",
    "segment",
    ["segment", "clip"],
    "What a label is learned of: each segment by itself, or a clip by all of its "
    "segments together, see --pooling.",
)
flags.DEFINE_integer(
    "segments_per_clip",
    4,
    "With --classify=clip, segments that stand for a clip each time that it is learned "
    "from, spread over it; all of them are scored.",
)
flags.DEFINE_enum(
    "optimizer",
    "sgd",
    ["sgd", "adam"],
    "How weights move; what Adam remembers is forgotten between candidates.",
)
flags.DEFINE_enum(
    "class_weights",
    "none",
    ["none", "balanced"],
    "Whether each emotion weighs as if it had as many examples.",
)
flags.DEFINE_float(
    "label_smoothing", 0.0, "Share of a target that is spread over all emotions."
)
flags.DEFINE_float(
    "mixup", 0.0, "Alpha of the beta distribution by which clips are mixed; 0: none."
)
flags.DEFINE_float("dropout", 0.0, "Share of what the head sees that is dropped.")
flags.DEFINE_float(
    "weight_decay", 0.0, "Share of a kernel that a step takes off, times the step."
)
flags.DEFINE_integer("time_mask", 0, "Most frames of a segment that a mask hides.")
flags.DEFINE_integer(
    "frequency_mask", 0, "Most mel bands of a clip that each of two masks hides."
)
flags.DEFINE_integer(
    "band_shift", 0, "Most mel bands by which a clip is moved up or down."
)
flags.DEFINE_float(
    "gain", 0.0, "Deviation of what is added to a clip's level, in deviations."
)
flags.DEFINE_float(
    "replay",
    0.0,
    "While a target is learned from sources, also present their recordings of the same "
    "emotions: so many drawn in each pass for each of the target's own; 0: none.",
)
flags.DEFINE_integer(
    "final_passes",
    0,
    "Passes over the data in which the best pathway is trained on after the search.",
)
flags.DEFINE_integer(
    "final_steps", 0, "Mini-batches that this takes at least, where data is small."
)
flags.DEFINE_enum(
    "schedule",
    "constant",
    ["constant", "cosine"],
    "Learning rate of the final passes: as it is, or down to 0.",
)
flags.DEFINE_integer(
    "ensemble", 1, "Best pathways of the last population that answer together."
)


def settings() -> "TrainingSettings":
    """Makes the settings of the flags.

    Raises:
      UsageError: A flag is out of range.
    """
    from pathnet_tf.training.augmentation import Augmentation
    from pathnet_tf.training.settings import TrainingSettings

    return TrainingSettings(
        learning_rate=FLAGS.learning_rate,
        batch_size=FLAGS.batch_size,
        passes_per_evaluation=FLAGS.passes_per_evaluation,
        arithmetic=FLAGS.arithmetic,
        classify=FLAGS.classify,
        segments_per_clip=FLAGS.segments_per_clip,
        optimizer=FLAGS.optimizer,
        class_weights=FLAGS.class_weights,
        label_smoothing=FLAGS.label_smoothing,
        mixup=FLAGS.mixup,
        dropout=FLAGS.dropout,
        weight_decay=FLAGS.weight_decay,
        augmentation=Augmentation(
            time_mask=FLAGS.time_mask,
            frequency_mask=FLAGS.frequency_mask,
            band_shift=FLAGS.band_shift,
            gain=FLAGS.gain,
        ),
        replay=FLAGS.replay,
        final_passes=FLAGS.final_passes,
        final_steps=FLAGS.final_steps,
        schedule=FLAGS.schedule,
        ensemble=FLAGS.ensemble,
    )
