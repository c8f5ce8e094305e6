"""Checks a corpus before it is written: counts, labels, and every file's content.

  python -m data_tools.check_corpus --corpus=emodb --corpus_dir=emodb
  python -m data_tools.check_corpus --corpus=savee --corpus_dir=savee --modality=face
  python -m data_tools.check_corpus --manifest=clips.csv
  python -m data_tools.check_corpus --clips=clips
  python -m data_tools.check_corpus --list
  python -m data_tools.check_corpus --list --corpus=tess

With --list, describes all corpora that can be read by name, or one of them. Otherwise
prints three things and writes nothing:

1. A table of clips per speaker and emotion.
2. Notes: differences from the published counts, odd names, odd sound (dead channels, no
   high frequencies, a level far below the others), file endings that do not
   match the content, and files with the same content.
3. The files that write_mels (or write_faces) would refuse, with the reason.

Exit status: 0 if no file would be refused, whatever the notes say; 1 if some would be;
2 for wrong use.
"""

from typing import TYPE_CHECKING

from absl import flags

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora import flags as corpus_flags
from data_tools.corpora.catalog import corpus_facts, corpus_table
from data_tools.corpora.recognition import corpus_named
from data_tools.cutters import face_flags
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime import command_line

if TYPE_CHECKING:
    from data_tools.cutters.cutter import Cutter

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "modality",
    "speech",
    MODALITIES,
    "Whether to check the corpus for write_mels or for write_faces.",
)
flags.DEFINE_bool(
    "list",
    False,
    "Describes all corpora that can be read by name, or the one that --corpus names.",
)


def main() -> None:
    """Prints the report on the corpus that the flags name, or lists all corpora."""
    if FLAGS.list:
        print(_description())
        return
    source = corpus_flags.source_from_flags(FLAGS.modality)
    from data_tools.datasets import corpus_check

    report = corpus_check.check_corpus(
        source, _cutter(source), num_workers=FLAGS.num_workers
    )
    print(report)
    report.raise_if_refused()


def _description() -> str:
    """Returns the table of all corpora, or all about the one that --corpus names."""
    if FLAGS.corpus:
        return corpus_facts(corpus_named(FLAGS.corpus, CORPORA.values()))
    table = corpus_table(CORPORA.values())
    return f"{table}\n\n--list --corpus=NAME tells more: labels, and how to get it"


def _cutter(source: CorpusSource) -> "Cutter":
    """Returns the cutter that write_mels or write_faces would use."""
    if FLAGS.modality == "face":
        from data_tools.cutters.face_cutter import FaceCutter

        return FaceCutter(
            face_flags.front_end_from_flags(are_faces_cut=source.are_faces_cut)
        )
    from data_tools.cutters.mel_cutter import MelCutter
    from pathnet_tf.features.front_end import FrontEnd

    return MelCutter(FrontEnd())


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
