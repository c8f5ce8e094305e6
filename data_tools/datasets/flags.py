"""The flags of the binaries that write a dataset, whatever the modality.

Each binary defines `--clips_per_shard` itself, because a good default differs: clips of
speech are smaller than videos.
"""

from typing import TYPE_CHECKING

from absl import flags

from data_tools.corpora import CorpusSource
from data_tools.datasets.work_flags import work_from_flags
from pathnet_tf.runtime.errors import UsageError

if TYPE_CHECKING:
    from data_tools.cutters.cutter import Cutter
    from data_tools.datasets.dataset_writer import DrawPreview, Settings

FLAGS = flags.FLAGS
flags.DEFINE_string("output_dir", None, "Folder for the dataset.")
flags.DEFINE_bool("overwrite", False, "Replaces the dataset at --output_dir.")
flags.DEFINE_enum(
    "on_error",
    "fail",
    ["fail", "skip"],
    "If a file is bad: fail writes nothing, skip leaves the file out and says so in "
    "dataset.json.",
)


def require_output_dir() -> None:
    """Checks that --output_dir is given, before anything slow is imported.

    Raises:
      UsageError: The flag is missing.
    """
    if not FLAGS.output_dir:
        raise UsageError("--output_dir is missing; name a folder for the dataset")


def settings_from_flags(
    source: CorpusSource, cutter: "Cutter", draw_preview: "DrawPreview | None" = None
) -> "Settings":
    """Makes the settings of a dataset from the flags.

    Args:
      source: The corpus or table.
      cutter: Cuts the clips into segments.
      draw_preview: Draws a picture of the dataset; None for no picture.

    Returns:
      The settings.

    Raises:
      UsageError: A number is out of range.
    """
    from data_tools.datasets.dataset_writer import Settings
    from pathnet_tf.runtime.storage import as_path

    return Settings(
        source=source,
        output_dir=as_path(FLAGS.output_dir),
        cutter=cutter,
        on_error=FLAGS.on_error,
        overwrite=FLAGS.overwrite,
        work=work_from_flags(),
        clips_per_shard=FLAGS.clips_per_shard,
        draw_preview=draw_preview,
    )
