r"""Writes functionals of a corpus, one vector per clip.

  python -m data_tools.write_functionals --corpus=emodb --corpus_dir=emodb \
    --feature_set=prosody --silence_db=35 --output=datasets/emodb.prosody.npz
  python -m pathnet_tf.transfer --target=datasets/emodb --representation=prosody \
    --silence_db=35 --method=svm ...

  python -m data_tools.write_functionals --corpus=emodb --corpus_dir=emodb \
    --feature_set=compare --output=datasets/emodb.compare.npz
  python -m pathnet_tf.transfer --target=datasets/emodb --method=scratch,compare_svm ...

flags/recommended_speech.flags expects --silence_db=35 --speeds=0.88,1.14.

pathnet_tf.transfer finds the file by its name: write it beside the dataset, as
DATASET.prosody.npz, DATASET.compare.npz or DATASET.egemaps.npz.

As with write_mels, --executor=dask or ray does the work on a cluster, and each job of
an array job writes a part, --shard=1/10 to --shard=10/10, which --shard=merge then puts
together. The bytes are the same.

prosody needs nothing else, and a model of it hears recordings by itself. For the other
sets install openSMILE first: pip install 'pathnet_tf[opensmile]'. It is free for
research and private use only; any other use needs a licence from audEERING.
"""

from absl import flags

from data_tools.corpora import flags as corpus_flags
from data_tools.datasets.functionals_flags import output_from_flags, sound_from_flags
from data_tools.datasets.work_flags import work_from_flags
from pathnet_tf.features.feature_sets import FEATURE_SETS
from pathnet_tf.runtime import command_line

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "feature_set",
    "egemaps",
    FEATURE_SETS,
    "egemaps: the 88 functionals of eGeMAPSv02; compare: the 6373 of ComParE 2016; "
    "prosody: 1989 of log-mel frames, pitch, voice and spectrum, without openSMILE; "
    "its --silence_db leaves out silence within a clip too.",
)


def main() -> None:
    """Writes the file that the flags describe."""
    source = corpus_flags.source_from_flags()
    output = output_from_flags()
    silence_db, speeds = sound_from_flags()
    work = work_from_flags()
    from data_tools.datasets.functionals_plan import Recipe
    from data_tools.datasets.functionals_writer import write_functionals

    recipe = Recipe(FLAGS.feature_set, silence_db, speeds)
    print(write_functionals(source, recipe, output, work))


if __name__ == "__main__":
    command_line.run(main, doc=__doc__)
