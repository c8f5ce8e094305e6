r"""Writes a corpus as a dataset of face crops (TFRecords and dataset.json).

  python -m data_tools.write_faces --corpus=savee --corpus_dir=savee \
    --output_dir=datasets/savee_faces --preview=12
  python -m data_tools.write_faces --manifest=pictures.csv --output_dir=datasets/mine

Takes every frame of a video, or still pictures. Where Viola and Jones' detector finds
no face, or more than one, the box of the frame before is used; frames before the first
box take that one. --preview=N adds preview.png, which shows what the network will see
of N clips: look at it.

The output appears whole or not at all, and is the same, byte for byte, from run to
run and for any number of workers. By default one bad file (unreadable, truncated,
corrupt, without a face, without a label) stops the work: all of them are listed, and
the exit status is 1.
"""

from absl import flags

from data_tools.corpora import flags as corpus_flags
from data_tools.cutters import face_flags
from data_tools.datasets import flags as dataset_flags
from pathnet_tf.runtime import command_line

FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "preview",
    0,
    "Draws so many clips into preview.png, boxes on frames and crops beside them.",
    lower_bound=0,
)
flags.DEFINE_integer("clips_per_shard", 4, "Clips in a TFRecord file.")


def main() -> None:
    """Writes the dataset that the flags describe."""
    source = corpus_flags.source_from_flags("face")
    dataset_flags.require_output_dir()
    front_end = face_flags.front_end_from_flags()
    from data_tools.cutters.face_cutter import FaceCutter
    from data_tools.cutters.face_preview import FacePreview
    from data_tools.datasets import dataset_writer

    cutter = FaceCutter(front_end)
    preview = (
        FacePreview(cutter, FLAGS.preview, FLAGS.num_workers) if FLAGS.preview else None
    )
    settings = dataset_flags.settings_from_flags(source, cutter, preview)
    print(dataset_writer.write_dataset(settings))


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
