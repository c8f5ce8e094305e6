"""The flags of the binaries that read a corpus: which one, with how many workers."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from data_tools.corpora import CORPORA, CorpusSource
from data_tools.corpora.recognition import corpus_named
from pathnet_tf.data.emotions import parse_emotion_map
from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "corpus",
    None,
    f"Name of the corpus in --corpus_dir: {', '.join(sorted(CORPORA))}.",
)
flags.DEFINE_string("corpus_dir", None, "Folder of the corpus.")
flags.DEFINE_string(
    "manifest",
    None,
    "Instead of --corpus: a table of your own clips with the columns file, speaker, "
    "emotion and, optionally, start, end (seconds), split (train or test), sentence, "
    "sex and age.",
)
flags.DEFINE_string(
    "clips",
    None,
    "Instead of --corpus: a folder of your own clips that holds PERSON/EMOTION/file or "
    "EMOTION/PERSON/file, or EMOTION/file with --no_people. Folders train and test may "
    "lie on top.",
)
flags.DEFINE_bool(
    "no_people",
    False,
    "Of --clips: nobody knows who is seen or heard. All clips are then of one speaker, "
    "unknown, so that the dataset is a source and never a target of folds by speaker.",
)
flags.DEFINE_string(
    "corpus_name",
    "",
    "Name for the corpus of --manifest, --clips, --corpus=audformat or "
    "--corpus=huggingface; empty takes the name of the file or folder.",
)
flags.DEFINE_list(
    "emotion_map",
    [],
    "What emotions, or words of a table, are to become: word:label with commas between "
    "them, such as pleasant_surprise:surprise,excited:happiness or 1:anger,2:calm.",
)
flags.DEFINE_multi_string(
    "corpus_option",
    [],
    "OPTION=VALUE, an option of a single corpus; may be repeated. "
    + " ".join(
        f"{name}: {corpus.options_help}."
        for name, corpus in sorted(CORPORA.items())
        if corpus.options
    ),
)
flags.DEFINE_integer(
    "num_workers",
    0,
    "Worker processes; 0 chooses: at most one per core, fewer for few clips.",
)


def source_from_flags(modality: str = "speech") -> CorpusSource:
    """Returns the corpus, table or folder of clips that the flags name.

    Args:
      modality: `speech` or `face`.

    Raises:
      UsageError: The flags name no corpus, more than one, or a corpus without the
        modality.
    """
    if sum(map(bool, (FLAGS.corpus, FLAGS.manifest, FLAGS.clips))) != 1:
        raise UsageError(
            "Name one corpus: either --corpus and --corpus_dir, or "
            "--manifest, or --clips"
        )
    if bool(FLAGS.corpus) != bool(FLAGS.corpus_dir):
        raise UsageError(
            "--corpus and --corpus_dir go together, without --manifest and --clips"
        )
    if FLAGS.no_people and not FLAGS.clips:
        raise UsageError("--no_people is for --clips, the folders of your own clips")
    corpus = corpus_named(FLAGS.corpus, CORPORA.values()).name if FLAGS.corpus else ""
    if corpus and FLAGS.corpus_name and not CORPORA[corpus].is_format:
        raise UsageError(
            f"--corpus_name is for --manifest and --clips; --corpus={corpus} has "
            "its own name"
        )
    if "/" in FLAGS.corpus_name:
        raise UsageError(
            f"corpus_name must hold no slash. Received: {FLAGS.corpus_name!r}"
        )
    return CorpusSource(
        corpus=corpus,
        path=Path(FLAGS.corpus_dir or FLAGS.manifest or FLAGS.clips),
        corpus_name=FLAGS.corpus_name,
        emotion_map=parse_emotion_map(FLAGS.emotion_map),
        modality=modality,
        options=_options(FLAGS.corpus_option),
        are_folders=bool(FLAGS.clips),
        has_people=not FLAGS.no_people,
    )


def _options(pairs: Sequence[str]) -> dict[str, str]:
    """Reads OPTION=VALUE pairs."""
    options: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value) or name in options:
            fault = (
                "names its option twice" if name in options else "is no OPTION=VALUE"
            )
            raise UsageError(f"--corpus_option={pair} {fault}")
        options[name] = value
    return options
