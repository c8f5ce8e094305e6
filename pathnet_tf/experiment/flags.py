"""The flags of a transfer, given on the command line or read back from a run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from pathnet_tf.data.folds import PROTOCOLS
from pathnet_tf.experiment import execution_flags
from pathnet_tf.features import flags as representation_flags
from pathnet_tf.methods.registry import METHODS, parse_methods
from pathnet_tf.network import flags as network_flags
from pathnet_tf.network.genotype import BOUNDARIES
from pathnet_tf.runtime import command_line, storage
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.search.genetic_search import MUTATED
from pathnet_tf.training import flags as training_flags

if TYPE_CHECKING:
    from pathnet_tf.experiment.run_folder import ResolvedFlags
    from pathnet_tf.experiment.settings import ExperimentSettings


FLAGS = flags.FLAGS

flags.DEFINE_multi_string(
    "source",
    [],
    "Dataset folder to transfer from; repeat the flag for several. Beside a flagfile "
    "that names one it adds another.",
)
flags.DEFINE_string(
    "init_from",
    None,
    "Exported model to go on from, instead of a --source: what it has learned is "
    "frozen. The sizes of the network are the model's.",
)
flags.DEFINE_string("target", None, "Dataset folder to transfer to.")
flags.DEFINE_string("run_dir", None, "Folder for results and logs.")
flags.DEFINE_string(
    "export_dir", None, "Also learn on all target speakers and write a SavedModel here."
)
flags.DEFINE_bool(
    "export_onnx", False, "Write the model as ONNX too; needs the extra [onnx]."
)
flags.DEFINE_integer("seed", 0, "Seed of every random draw.", lower_bound=0)
flags.DEFINE_integer("repeats", 1, "Times to do everything, with other draws.")
flags.DEFINE_bool("scratch_control", False, "Also learn the target from scratch.")
flags.DEFINE_list(
    "method",
    [],
    "What the target is learned by, separated by commas: pathnet (called transfer in "
    f"results), {', '.join(name for name in METHODS if name != 'transfer')}. Default: "
    "pathnet, or scratch without a --source.",
)
flags.DEFINE_string(
    "alexnet_weights", None, "Weights that --method=alexnet starts from, an .npz file."
)
flags.DEFINE_enum(
    "source_mode",
    "pooled",
    ["pooled", "sequential"],
    "Learn several sources as one task, or one after the other.",
)
flags.DEFINE_list(
    "emotions",
    [],
    "Classes of the target. If empty, all that it holds, but for SAVEE's neutral where "
    "no source has it.",
)
flags.DEFINE_list(
    "source_emotions", [], "Classes of the sources; all, or the shared ones, if empty."
)
flags.DEFINE_enum(
    "protocol",
    None,
    PROTOCOLS,
    "How the target is divided; the two random ones are LEAKY and say so. "
    "Default: speaker_kfold for eNTERFACE, else loso.",
)
flags.DEFINE_integer("num_folds", 5, "Folds, where the protocol does not fix them.")
flags.DEFINE_integer(
    "inner_folds",
    0,
    "Also score every fold's training speakers, in so many groups (2 or more), each by "
    "a model that has not heard it: for what is chosen on training speakers, such as "
    "the weights of python -m pathnet_tf.fuse. Changes no result.",
)
flags.DEFINE_integer("generations", 200, "Generations of each search.")
flags.DEFINE_integer("population_size", 20, "Pathways in a population.")
flags.DEFINE_integer(
    "grow_modules", 0, "Modules to add to each layer before each task after the first."
)
flags.DEFINE_integer(
    "genotype_max", 0, "Modules a layer that genes may name (13 in the paper); 0: all."
)
flags.DEFINE_bool(
    "allow_duplicate_genes", True, "Whether a layer's genes may name a module twice."
)
flags.DEFINE_enum(
    "mutation_boundary",
    "wrap",
    BOUNDARIES,
    "What becomes of a gene that mutates out of its range.",
)
flags.DEFINE_enum(
    "mutate", "loser_copy", MUTATED, "Which of the winner and its copy mutates."
)
flags.DEFINE_enum(
    "fitness",
    "train",
    ["train", "validation"],
    "Running accuracy on training speakers, or accuracy on some held out of them.",
)
flags.DEFINE_float(
    "validation_share", 0.2, "Share of the training speakers that validate."
)
flags.DEFINE_enum(
    "pathways",
    "shared",
    ["shared", "per_emotion"],
    "Learn a source by one pathway, or by one for each of its emotions, which is told "
    "from the others; all of them go on to the target.",
)
flags.DEFINE_enum(
    "head",
    "drawn",
    ["drawn", "source"],
    "Whether the target's output head is drawn, or begins as the source's where their "
    "emotions are the same.",
)
flags.DEFINE_bool(
    "score_sources",
    False,
    "Also score the sources' own recordings before and after each fold of the target: "
    "what transfer and finetune keep of them.",
)
flags.DEFINE_integer(
    "train_speakers",
    0,
    "Speakers of the target that each fold is learned from, drawn anew for each fold "
    "and repeat, so that what little data is worth can be seen; 0: all.",
    lower_bound=0,
)
flags.DEFINE_enum(
    "best_pathway",
    "rescore",
    ["rescore", "last_winner"],
    "Score the last population once more, or take the last winner.",
)
flags.DEFINE_enum(
    "normalization",
    None,
    ["train", "utterance", "speaker", "none"],
    "Whose statistics scale the inputs; speaker is transductive. Default: train for "
    "speech, none for faces, whose pixels are then divided by 255.",
)


def settings() -> "ExperimentSettings":
    """Makes an experiment's settings of the flags.

    Raises:
      UsageError: Flags are missing, out of range, or contradict each other.
    """
    check_flags()
    from pathnet_tf.data.dataset import parse_emotions
    from pathnet_tf.experiment.caching import CacheSettings
    from pathnet_tf.experiment.executors import ExecutorSettings
    from pathnet_tf.experiment.experiment_data import DataSettings
    from pathnet_tf.experiment.jobs import Shard
    from pathnet_tf.experiment.settings import ExperimentSettings
    from pathnet_tf.methods.settings import JobSettings
    from pathnet_tf.search.genetic_search import SearchSettings
    from pathnet_tf.search.learn_task import LearningSettings

    representation = representation_flags.settings(
        [*FLAGS.source, FLAGS.target], FLAGS.method
    )
    data = DataSettings(
        sources=tuple(FLAGS.source),
        init_from=FLAGS.init_from or "",
        target=FLAGS.target,
        source_mode=FLAGS.source_mode,
        emotions=parse_emotions(FLAGS.emotions, "--emotions"),
        source_emotions=parse_emotions(FLAGS.source_emotions, "--source_emotions"),
        protocol=FLAGS.protocol or "",
        num_folds=FLAGS.num_folds,
        seed=FLAGS.seed,
        representation=representation,
    )
    learning = LearningSettings(
        search=SearchSettings(
            generations=FLAGS.generations,
            population_size=FLAGS.population_size,
            mutate=FLAGS.mutate,
            best_pathway=FLAGS.best_pathway,
        ),
        training=training_flags.settings(),
        genotype_max=FLAGS.genotype_max,
        allow_duplicate_genes=FLAGS.allow_duplicate_genes,
        mutation_boundary=FLAGS.mutation_boundary,
    )
    unit = JobSettings(
        network=network_flags.settings(),
        learning=learning,
        normalization=FLAGS.normalization or "",
        validation_share=(
            FLAGS.validation_share if FLAGS.fitness == "validation" else 0.0
        ),
        grow_modules=FLAGS.grow_modules,
        train_speakers=FLAGS.train_speakers,
        pathways=FLAGS.pathways,
        head=FLAGS.head,
        scores_sources=FLAGS.score_sources,
        checkpoint_every=FLAGS.checkpoint_every,
        seed=FLAGS.seed,
        run_dir=storage.as_path(FLAGS.run_dir),
        functionals=representation.files,
        alexnet_weights=Path(FLAGS.alexnet_weights) if FLAGS.alexnet_weights else None,
    )
    return ExperimentSettings(
        data=data,
        unit=unit,
        repeats=FLAGS.repeats,
        scratch_control=FLAGS.scratch_control,
        chosen_methods=parse_methods(FLAGS.method),
        inner_folds=FLAGS.inner_folds,
        executor=ExecutorSettings(
            kind=FLAGS.executor,
            num_workers=execution_flags.num_workers(),
            address=FLAGS.scheduler or FLAGS.address,
        ),
        cache=CacheSettings(
            FLAGS.cache, Path(FLAGS.cache_dir) if FLAGS.cache_dir else None
        ),
        shard=Shard.parse(FLAGS.shard) if FLAGS.shard else None,
        export_dir=storage.as_path(FLAGS.export_dir) if FLAGS.export_dir else None,
        export_onnx=FLAGS.export_onnx,
        overwrite=FLAGS.overwrite,
    )


def check_flags() -> None:
    """Checks what needs no TensorFlow to be checked.

    Raises:
      UsageError: Flags are missing, out of range, or contradict each other.
    """
    for name in ("target", "run_dir"):
        if not getattr(FLAGS, name):
            raise UsageError(f"--{name} is missing; give it or a --flagfile")
    parse_methods(FLAGS.method)
    if not 0 < FLAGS.validation_share < 1:
        raise UsageError(
            "--validation_share must lie between 0 and 1. "
            f"Received: --validation_share={FLAGS.validation_share}"
        )
    if FLAGS.grow_modules < 0:
        raise UsageError("--grow_modules must not be negative")
    network_flags.check_flags()
    execution_flags.check_flags()


def resolved() -> "ResolvedFlags":
    """Writes the flags as flagfiles, those of results and those of execution apart."""
    from pathnet_tf.experiment.run_folder import ResolvedFlags

    parts = (representation_flags, network_flags, training_flags)
    modules = (__name__, *(part.__name__ for part in parts))
    return ResolvedFlags(
        "".join(command_line.resolved_flags(module) for module in modules),
        # A run that is started again by its own flags goes on.
        command_line.resolved_flags(execution_flags.__name__, without={"overwrite"}),
    )


def read_run_settings(run_dir: str, *, remedy: str) -> "ExperimentSettings":
    """Reads the settings of a run.

    The flags of `pathnet_tf.transfer` are set to those of the run, whatever they were.

    Args:
      run_dir: The run's folder.
      remedy: What is to be done where no run has begun, for the error.

    Returns:
      The settings, with `run_dir` as the folder.

    Raises:
      DataError: No run has begun there, or one of another release.
      UsageError: The settings contradict each other.
    """
    from pathnet_tf.experiment.settings import FLAGS_NAME

    path = storage.as_path(run_dir) / FLAGS_NAME
    try:
        lines = path.read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{run_dir} has no {FLAGS_NAME}, {remedy}") from error
    # Flags that may be repeated would else add to those of the run read before.
    FLAGS.unparse_flags()
    try:
        FLAGS([sys.argv[0], *lines, f"--run_dir={run_dir}"])
    except flags.Error as error:
        raise DataError(
            f"{path} holds flags that this release does not know ({error}); run it "
            "again, or use the release that ran it"
        ) from error
    return settings()
