r"""Writes a corpus as a dataset of log-mel segments (TFRecords and dataset.json).

  python -m data_tools.write_mels --corpus=emodb --corpus_dir=emodb \
    --output_dir=datasets/emodb
  python -m data_tools.write_mels --manifest=clips.csv --output_dir=datasets/mine
  python -m data_tools.write_mels --clips=clips --output_dir=datasets/mine

The dataset appears complete or not at all. Its bytes are the same in every run and for
any number of workers. By default nothing is written if any file is bad (unreadable,
truncated, empty, silent, not finite, without a label, shorter than an analysis window):
all bad files are listed, and the exit status is 1.

A corpus that is too large for one machine is cut on a cluster, with --executor=dask or
ray, or by the jobs of an array job, each with the same flags and a part of its own:

  python -m data_tools.write_mels ... --shard=1/10
  ...
  python -m data_tools.write_mels ... --shard=10/10
  python -m data_tools.write_mels ... --shard=merge
"""

from absl import flags

from data_tools.corpora import flags as corpus_flags
from data_tools.datasets import flags as dataset_flags
from pathnet_tf.runtime import command_line

FLAGS = flags.FLAGS
FRONT_END_FLAGS = (
    "hop_ms",
    "window_ms",
    "segment_shift_frames",
    "tail",
    "num_mel_bands",
    "low_hz",
    "high_hz",
)
# The defaults of pathnet_tf.features.front_end.FrontEnd.
flags.DEFINE_float("hop_ms", 10.0, "Step between frames, in milliseconds.")
flags.DEFINE_float("window_ms", 25.0, "Length of the Hamming window, in milliseconds.")
flags.DEFINE_integer("segment_shift_frames", 30, "Step between segments, in frames.")
flags.DEFINE_enum(
    "tail",
    "drop",
    ["drop", "pad"],
    "Frames after a clip's last whole segment: drop leaves them out, pad makes them a "
    "segment by repeating the last frame.",
)
flags.DEFINE_integer("num_mel_bands", 64, "Number of mel filters.")
flags.DEFINE_float("low_hz", 20.0, "Lower edge of the first mel filter, in Hz.")
flags.DEFINE_float("high_hz", 8000.0, "Upper edge of the last mel filter, in Hz.")
flags.DEFINE_integer("clips_per_shard", 32, "Clips per TFRecord file.")


def main() -> None:
    """Writes the dataset that the flags describe."""
    source = corpus_flags.source_from_flags()
    dataset_flags.require_output_dir()
    from data_tools.cutters.mel_cutter import MelCutter
    from data_tools.datasets import dataset_writer
    from pathnet_tf.features.front_end import FrontEnd

    front_end = FrontEnd(**{name: FLAGS[name].value for name in FRONT_END_FLAGS})
    settings = dataset_flags.settings_from_flags(source, MelCutter(front_end))
    print(dataset_writer.write_dataset(settings))


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
