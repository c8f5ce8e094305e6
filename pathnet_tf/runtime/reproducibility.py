"""Makes a run give the same result each time: named random streams, and one thread."""

import zlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Makes the random stream of one part of an experiment.

    The stream depends only on the seed and the names. It does not depend on the order
    of execution, on the number of workers, or on which other parts run.

    Args:
      seed: The experiment's seed, >= 0.
      *names: Names of the part, such as `"target", "speaker 03", repeat`.

    Returns:
      The random number generator.
    """
    key = [zlib.crc32(f"{type(name).__name__}:{name}".encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(key)))


def use_one_thread() -> None:
    """Limits TensorFlow to one thread in this process.

    The order of a sum, and with it the last bits, depends on the number of threads.
    Jobs that run side by side use all cores anyway.
    """
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() != 1:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
