"""Checks a corpus before it is written: counts, labels, and every file's content.

  python -m data_tools.check_corpus --corpus=emodb --corpus_dir=emodb
  python -m data_tools.check_corpus --corpus=savee --corpus_dir=savee --modality=face
  python -m data_tools.check_corpus --manifest=clips.csv

Prints clips per speaker and emotion, then notes (differences from the published
counts, odd names, endings that belie the content, files of the same content), then
the files that write_mels (write_faces) would refuse, with the reason. Writes nothing.

Exit status: 0 if all files would be taken, whatever the notes say; 1 if some would be
refused; 2 for wrong use.
"""

from typing import TYPE_CHECKING

from absl import flags

from data_tools.corpora import flags as corpus_flags
from data_tools.cutters import face_flags
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime import command_line

if TYPE_CHECKING:
    from data_tools.cutters.cutter import Cutter

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "modality", "speech", MODALITIES, "What is to be written of the corpus."
)
flags.DEFINE_integer(
    "num_workers", 0, "Processes; 0 takes as many as pay, at most one per core."
)


def main() -> None:
    """Prints the report on the corpus that the flags name."""
    source = corpus_flags.source_from_flags(FLAGS.modality)
    from data_tools.datasets import corpus_check

    report = corpus_check.check_corpus(source, _cutter(), num_workers=FLAGS.num_workers)
    print(report)
    report.raise_if_refused()


def _cutter() -> "Cutter":
    if FLAGS.modality == "face":
        from data_tools.cutters.face_cutter import FaceCutter

        return FaceCutter(face_flags.front_end_from_flags())
    from data_tools.cutters.mel_cutter import MelCutter
    from pathnet_tf.features.front_end import FrontEnd

    return MelCutter(FrontEnd())


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
