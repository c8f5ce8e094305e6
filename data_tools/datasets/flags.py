"""The flags that say how a dataset is written, whatever the modality.

A binary defines `--clips_per_shard` itself: clips of speech are shorter than videos.
"""

from typing import TYPE_CHECKING

from absl import flags

from data_tools.corpora import CorpusSource
from pathnet_tf.runtime.errors import UsageError

if TYPE_CHECKING:
    from data_tools.cutters.cutter import Cutter
    from data_tools.datasets.dataset_writer import DrawPreview, Settings

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Folder of the dataset.")
flags.DEFINE_bool("overwrite", False, "Replaces a dataset at --output_dir.")
flags.DEFINE_enum(
    "on_error",
    "fail",
    ["fail", "skip"],
    "Bad files: publish nothing, or leave them out and say so in dataset.json.",
)
flags.DEFINE_integer(
    "num_workers", 0, "Processes; 0 takes as many as pay, at most one per core."
)


def require_output_dir() -> None:
    """Checks the one flag that has no default, before anything slow is imported.

    Raises:
      UsageError: It is missing.
    """
    if not FLAGS.output_dir:
        raise UsageError("--output_dir is missing; name a folder for the dataset")


def settings_from_flags(
    source: CorpusSource, cutter: "Cutter", draw_preview: "DrawPreview | None" = None
) -> "Settings":
    """Reads the flags.

    Args:
      source: The corpus or table.
      cutter: What cuts its clips into segments.
      draw_preview: Makes a picture of the dataset, if one is wanted.

    Returns:
      What to write.

    Raises:
      UsageError: A number is out of its range.
    """
    from data_tools.datasets.dataset_writer import Settings
    from pathnet_tf.runtime.storage import as_path

    return Settings(
        source=source,
        output_dir=as_path(FLAGS.output_dir),
        cutter=cutter,
        on_error=FLAGS.on_error,
        overwrite=FLAGS.overwrite,
        num_workers=FLAGS.num_workers,
        clips_per_shard=FLAGS.clips_per_shard,
        draw_preview=draw_preview,
    )
