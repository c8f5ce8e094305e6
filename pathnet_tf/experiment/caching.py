"""Where a run keeps the values of its datasets while it learns from them."""

import contextlib
import dataclasses
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.stored_values import StoredValues
from pathnet_tf.experiment.experiment_data import ExperimentData
from pathnet_tf.experiment.settings import ExecutionSettings
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import user_cache

# Files here are memory. Containers often have very little of it.
SHARED_MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def cached(
    execution: ExecutionSettings, data: ExperimentData
) -> Iterator[ExperimentData]:
    """Keeps the values of an experiment's datasets where the settings say.

    `memory` holds them once for all processes of a machine, until the run ends; `disk`
    copies them to a folder, for later runs too, and streams them from there; `none`
    streams them from the datasets.

    Args:
      execution: How to keep them.
      data: The datasets, their values still in their shards.

    Yields:
      The same data, with the values where they are kept.

    Raises:
      DataError: A copy cannot be written.
    """
    if execution.cache == "none":
        yield data
        return
    with contextlib.ExitStack() as stack:
        if execution.cache == "memory":
            size = sum(_size(dataset) for dataset in [*data.sources, data.target])
            folder = Path(
                stack.enter_context(
                    tempfile.TemporaryDirectory(
                        prefix="pathnet_tf-", dir=_memory_folder(size)
                    )
                )
            )
        else:
            folder = execution.cache_dir or user_cache()
        is_in_memory = execution.cache == "memory"
        try:
            kept = dataclasses.replace(
                data,
                sources=[
                    _kept(source, folder, is_in_memory=is_in_memory)
                    for source in data.sources
                ],
                target=_kept(data.target, folder, is_in_memory=is_in_memory),
            )
        except OSError as error:
            raise DataError(
                f"{error.filename or folder} cannot be written ({error.strerror}); "
                "free it, name another --cache_dir, or use --cache=none"
            ) from error
        yield kept


def _kept(dataset: Dataset, folder: Path, *, is_in_memory: bool) -> Dataset:
    if not isinstance(dataset.values, StoredValues):
        return dataset  # Functionals are few, and go to workers as they are.
    copy = folder / f"{dataset.fingerprint}.values"
    values = dataset.values.cached(copy, is_in_memory=is_in_memory)
    return dataclasses.replace(dataset, values=values)


def _size(dataset: Dataset) -> int:
    """Bytes of all values."""
    return dataset.values.dtype.itemsize * math.prod(dataset.values.shape)


def _memory_folder(num_bytes: int) -> Path | None:
    """The folder whose files are memory; None where it has no room to spare.

    The system's temporary folder then takes its place. Its files stay in the page cache
    as long as there is memory.
    """
    is_usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    if is_usable and shutil.disk_usage(SHARED_MEMORY).free > 2 * num_bytes:
        return SHARED_MEMORY
    return None
