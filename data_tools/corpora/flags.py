"""The flags that name a corpus; every binary that reads one shares them."""

from pathlib import Path

from absl import flags

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.enterface import SUBJECTS
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS
flags.DEFINE_enum("corpus", None, sorted(CORPORA), "The corpus in --corpus_dir.")
flags.DEFINE_string("corpus_dir", None, "Folder of the corpus, as it was unpacked.")
flags.DEFINE_string(
    "manifest",
    None,
    "In place of --corpus: a table of one's own with the columns file, speaker, "
    "emotion and, if wanted, start, end (seconds), split (train or test).",
)
flags.DEFINE_string(
    "corpus_name", "", "Name of the corpus of --manifest. Empty: the table's name."
)
flags.DEFINE_enum(
    "enterface_subjects",
    "no_s6",
    list(SUBJECTS),
    "Which subjects of eNTERFACE'05: no_s6 leaves out the uncut recordings of "
    "subject 6, clean42 also subject 23, which lacks clips.",
)


def source_from_flags(modality: str = "speech") -> CorpusSource:
    """Reads the flags.

    Args:
      modality: What is read of the corpus.

    Returns:
      Where clips come from.

    Raises:
      UsageError: The flags name no corpus, more than one, or one that does not have
        the modality.
    """
    if bool(FLAGS.corpus) == bool(FLAGS.manifest):
        raise UsageError(
            "Name one corpus: either --corpus and --corpus_dir, or --manifest"
        )
    if bool(FLAGS.corpus) != bool(FLAGS.corpus_dir):
        raise UsageError("--corpus and --corpus_dir go together, without --manifest")
    if FLAGS.corpus and FLAGS.corpus_name:
        raise UsageError("--corpus_name is for --manifest; --corpus has its own name")
    if "/" in FLAGS.corpus_name:
        raise UsageError(
            f"corpus_name must hold no slash. Received: {FLAGS.corpus_name!r}"
        )
    return CorpusSource(
        corpus=FLAGS.corpus or "",
        path=Path(FLAGS.corpus_dir or FLAGS.manifest),
        corpus_name=FLAGS.corpus_name,
        enterface_subjects=FLAGS.enterface_subjects,
        modality=modality,
    )
