"""The flags of the binaries that read a corpus: which one, with how many workers."""

from pathlib import Path

from absl import flags

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.enterface import SUBJECTS
from data_tools.corpora.recognition import corpus_named
from pathnet_tf.data.emotions import parse_emotion_map
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "corpus",
    None,
    f"Name of the corpus in --corpus_dir: {', '.join(sorted(CORPORA))}.",
)
flags.DEFINE_string("corpus_dir", None, "Folder of the unpacked corpus.")
flags.DEFINE_string(
    "manifest",
    None,
    "Instead of --corpus: a table of your own clips with the columns file, speaker, "
    "emotion and, optionally, start, end (seconds), split (train or test).",
)
flags.DEFINE_string(
    "corpus_name",
    "",
    "Name for the corpus of --manifest; empty takes the table's file name.",
)
flags.DEFINE_list(
    "emotion_map",
    [],
    "What emotions, or words of a table, are to become: word:label with commas between "
    "them, such as pleasant_surprise:surprise,excited:happiness or 1:anger,2:calm.",
)
flags.DEFINE_enum(
    "enterface_subjects",
    "no_s6",
    list(SUBJECTS),
    "Subjects of eNTERFACE'05: no_s6 leaves out subject 6, whose recordings are uncut; "
    "clean42 also leaves out subject 23, which lacks clips.",
)
flags.DEFINE_integer(
    "num_workers",
    0,
    "Worker processes; 0 chooses: at most one per core, fewer for few clips.",
)


def source_from_flags(modality: str = "speech") -> CorpusSource:
    """Returns the corpus or table that the flags name.

    Args:
      modality: `speech` or `face`.

    Raises:
      UsageError: The flags name no corpus, more than one, or a corpus without the
        modality.
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
    corpus = corpus_named(FLAGS.corpus, CORPORA.values()).name if FLAGS.corpus else ""
    return CorpusSource(
        corpus=corpus,
        path=Path(FLAGS.corpus_dir or FLAGS.manifest),
        corpus_name=FLAGS.corpus_name,
        emotion_map=parse_emotion_map(FLAGS.emotion_map),
        enterface_subjects=FLAGS.enterface_subjects,
        modality=modality,
    )
