"""What makes a run the same each time: random streams by name, and one thread."""

import zlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Makes the random stream of one piece of an experiment.

    A stream depends on the seed and on its names alone, so neither the order of
    execution, nor the number of workers, nor which other pieces run changes it.

    Args:
      seed: The experiment's seed, >= 0.
      *names: What the stream is for, such as `"target", "speaker 03", repeat`.

    Returns:
      A generator.
    """
    key = [zlib.crc32(f"{type(name).__name__}:{name}".encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(key)))


def use_one_thread() -> None:
    """Keeps TensorFlow to one thread in this process.

    A sum's order, and so its last bits, would change with the number of threads; and
    units that run side by side share the cores already.
    """
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() != 1:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
