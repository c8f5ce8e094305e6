r"""Writes vectors of a corpus, one a clip, that an encoder makes or somebody has made.

  python -m data_tools.write_vectors --corpus=emodb --corpus_dir=emodb \
    --encoder=wavlm --layers=6,8,10 --output=datasets/emodb.vectors.npz
  python -m data_tools.write_vectors --corpus=emodb --corpus_dir=emodb \
    --vectors=embeddings.csv --key_column=file --output=datasets/emodb.vectors.npz
  python -m pathnet_tf.transfer --target=datasets/emodb --representation=vectors \
    --method=svm ...

--encoder names an ONNX file, a TensorFlow Lite file, or the folder of a SavedModel or
of a Hugging Face model (wav2vec 2.0, HuBERT, WavLM, Whisper); or it is openwakeword,
Google's speech embedding in the package of that name. Nothing is fetched: get the
encoder first, and load only those that you trust. An encoder hears one clip after
another, each as a whole, and --statistics say what is told of its frames.

pathnet_tf.transfer finds the file by its name: write it beside the dataset, as
DATASET.vectors.npz. It holds the encoder's name, hash and settings, and so does a
model that is learned from it.

As with write_mels, --executor=dask or ray does the work on a cluster, and each job of
an array job writes a part, --shard=1/10 to --shard=10/10, which --shard=merge then puts
together.
"""

from pathlib import Path

from absl import flags

from data_tools.corpora import flags as corpus_flags
from data_tools.datasets.functionals_flags import output_from_flags, sound_from_flags
from data_tools.datasets.work_flags import work_from_flags
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.runtime import command_line
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import define, flag_names, settings_from_flags

FLAGS = flags.FLAGS
define(EncoderSettings)
flags.DEFINE_string(
    "vectors",
    None,
    "Instead of --encoder: a file of vectors that somebody has made. NAME.csv or "
    "NAME.parquet has a row a clip; NAME.npz has the arrays key and values, or one "
    "array a clip.",
)
flags.DEFINE_string(
    "key_column",
    "key",
    "Of --vectors: the column that names the clips, by key, path below the corpus or "
    "file name.",
)
flags.DEFINE_list(
    "ignore_columns", [], "Of --vectors: columns that are no values, such as emotion."
)
flags.DEFINE_enum(
    "modality", "speech", ["speech", "face"], "Of --vectors: what the clips hold."
)


def main() -> None:
    """Writes the file that the flags describe."""
    if bool(FLAGS.encoder) == bool(FLAGS.vectors):
        raise UsageError("Name either --encoder or --vectors")
    others = ["key_column", "ignore_columns", "modality"]
    if FLAGS.vectors:
        others = [*flag_names(EncoderSettings), "silence_db", "speeds", "shard"]
    for name in others:
        if FLAGS[name].present and name not in ("encoder", "vectors"):
            needed = "--encoder" if FLAGS.vectors else "--vectors"
            raise UsageError(f"--{name} needs {needed}; leave it out")
    source = corpus_flags.source_from_flags(FLAGS.modality)
    output, work = output_from_flags(), work_from_flags()
    if FLAGS.vectors:
        from data_tools.datasets.given_vectors import GivenVectors, write_given_vectors

        given = GivenVectors(
            Path(FLAGS.vectors), FLAGS.key_column, tuple(FLAGS.ignore_columns)
        )
        print(write_given_vectors(source, given, output))
        return
    encoder = settings_from_flags(EncoderSettings).resolved()
    from data_tools.datasets.encoder_vectors import EncoderRecipe
    from data_tools.datasets.functionals_writer import write_functionals

    recipe = EncoderRecipe(encoder, *sound_from_flags())
    print(write_functionals(source, recipe, output, work))


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
