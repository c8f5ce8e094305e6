"""The flags of how a run is carried out, which no result depends on."""

import os

from absl import flags

from pathnet_tf.runtime.errors import UsageError

FLAGS = flags.FLAGS

flags.DEFINE_bool(
    "overwrite",
    False,
    "Begin anew and replace run_dir and export_dir if they are there. Without it, a "
    "run that was interrupted goes on where it was.",
)
flags.DEFINE_integer(
    "checkpoint_every",
    20,
    "Generations from one checkpoint of a search to the next.",
    lower_bound=1,
)
flags.DEFINE_integer("num_workers", 0, "Processes; 0 stands for one a core.")
flags.DEFINE_enum(
    "executor",
    "local",
    ["local", "dask", "ray"],
    "Where folds and repeats run: on this machine, or on a cluster that sees the same "
    "--source, --target and --run_dir.",
)
flags.DEFINE_string(
    "scheduler", "", "Address of the Dask scheduler, such as tcp://127.0.0.1:8786."
)
flags.DEFINE_string(
    "address", "", "Address of the Ray cluster, or auto; one of its own if empty."
)
flags.DEFINE_string(
    "shard",
    None,
    "Run only this part of the folds and repeats, such as 3/10, for array jobs; when "
    "all parts are done, python -m pathnet_tf.merge --run_dir=... makes the results. "
    "0/10 learns the sources alone, which every part would else learn for itself.",
)
flags.DEFINE_enum(
    "cache",
    "memory",
    ["memory", "disk", "none"],
    "Hold the datasets in memory, once for all processes; or stream them from a copy "
    "on disk; or stream them from where they are.",
)
flags.DEFINE_string(
    "cache_dir", None, "Folder of --cache=disk. Default: the user's cache folder."
)


def check_flags() -> None:
    """Checks what needs no TensorFlow to be checked.

    Raises:
      UsageError: Flags are out of range or contradict each other.
    """
    if FLAGS.num_workers < 0:
        raise UsageError("--num_workers must not be negative")
    for flag, kind in (("scheduler", "dask"), ("address", "ray")):
        if getattr(FLAGS, flag) and FLAGS.executor != kind:
            raise UsageError(
                f"--{flag} is for --executor={kind}. "
                f"Received: --executor={FLAGS.executor}"
            )


def num_workers() -> int:
    """Processes that run folds on this machine."""
    return FLAGS.num_workers or os.cpu_count() or 1
