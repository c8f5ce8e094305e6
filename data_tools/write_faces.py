r"""Writes a corpus as a dataset of face crops (TFRecords and dataset.json).

  python -m data_tools.write_faces --corpus=savee --corpus_dir=savee \
    --output_dir=datasets/savee_faces --preview=12
  python -m data_tools.write_faces --manifest=pictures.csv --output_dir=datasets/mine
  python -m data_tools.write_faces --clips=pictures --output_dir=datasets/mine

Every frame of a video becomes one crop; so does a still picture. If the detector (Viola
and Jones) finds no face in a frame, or more than one, the frame is cropped with the box
of the frame before it. Frames before the first detected face are cropped with the box
of that face. --several_faces=largest takes the largest face instead, --faces=cut takes
pictures that are cut out already as they are, and --align=eyes brings both eyes to
fixed places. --frames_per_second=5 takes so many frames of a second, whatever the rate
of a video. --apex_share=0.7 keeps the 70 % of each video, in a row, in which the face
differs most from how it looked at first, since acted clips begin with a neutral face;
pictures stay as they are. --preview=N adds preview.png, which shows what the network
will see of N clips. Look at it before you train.

The dataset appears complete or not at all. Its bytes are the same in every run and for
any number of workers. By default nothing is written if any file is bad (unreadable,
truncated, corrupt, without a face, without a label): all bad files are listed, and the
exit status is 1.

A corpus that is too large for one machine is cut on a cluster, with --executor=dask or
ray, or by the jobs of an array job, each with the same flags and a part of its own:

  python -m data_tools.write_faces ... --shard=1/10
  ...
  python -m data_tools.write_faces ... --shard=10/10
  python -m data_tools.write_faces ... --shard=merge
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
    "Number of clips to draw into preview.png: frames with boxes, and the crops.",
    lower_bound=0,
)
flags.DEFINE_integer("clips_per_shard", 4, "Clips per TFRecord file.")


def main() -> None:
    """Writes the dataset that the flags describe."""
    source = corpus_flags.source_from_flags("face")
    dataset_flags.require_output_dir()
    front_end = face_flags.front_end_from_flags(are_faces_cut=source.are_faces_cut)
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
