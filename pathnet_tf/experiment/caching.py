"""Where a run keeps the values of its datasets while it learns from them."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.stored_values import CACHES, StoredValues
from pathnet_tf.experiment.experiment_data import ExperimentData
from pathnet_tf.runtime.errors import DataError, UsageError

# Files here are memory. Containers often have very little of it.
SHARED_MEMORY = Path("/dev/shm")


@dataclasses.dataclass(frozen=True)
class CacheSettings:
    """How the values of a run's datasets are kept.

    Attributes:
      kind: `memory` holds them once for all processes of a machine, until the run
        ends; `disk` copies them to `folder`, for later runs too, and streams them
        from there; `none` streams them from the datasets.
      folder: Folder of `disk`; none stands for the user's cache folder.

    Raises:
      UsageError: `kind` is unknown, or has no use for the folder.
    """

    kind: str = "memory"
    folder: Path | None = None

    def __post_init__(self) -> None:
        """Checks both."""
        if self.kind not in CACHES:
            raise UsageError(
                f"cache must be one of {CACHES}. Received: cache={self.kind!r}"
            )
        if self.folder and self.kind != "disk":
            raise UsageError(
                "--cache_dir is for --cache=disk. "
                f"Received: --cache={self.kind} --cache_dir={self.folder}"
            )


@contextlib.contextmanager
def cached(
    settings: CacheSettings, material: ExperimentData
) -> Iterator[ExperimentData]:
    """Keeps the values of an experiment's datasets as the settings say.

    Args:
      settings: How to keep them.
      material: The datasets, their values still in their shards.

    Yields:
      The same with the values where they are kept.

    Raises:
      DataError: A copy cannot be written.
    """
    if settings.kind == "none":
        yield material
        return
    with contextlib.ExitStack() as stack:
        if settings.kind == "memory":
            size = sum(_size(data) for data in [*material.sources, material.target])
            folder = Path(
                stack.enter_context(
                    tempfile.TemporaryDirectory(
                        prefix="pathnet_tf-", dir=_memory_folder(size)
                    )
                )
            )
        else:
            folder = settings.folder or _user_cache()

        def keep(data: Dataset) -> Dataset:
            return _kept(data, folder, is_in_memory=settings.kind == "memory")

        try:
            kept = dataclasses.replace(
                material,
                sources=[keep(source) for source in material.sources],
                target=keep(material.target),
            )
        except OSError as error:
            raise DataError(
                f"{error.filename or folder} cannot be written ({error.strerror}); "
                "free it, name another --cache_dir, or use --cache=none"
            ) from error
        yield kept


def _kept(data: Dataset, folder: Path, *, is_in_memory: bool) -> Dataset:
    if not isinstance(data.values, StoredValues):
        return data  # Functionals are few, and go to workers as they are.
    copy = folder / f"{data.fingerprint}.values"
    values = data.values.cached(copy, is_in_memory=is_in_memory)
    return dataclasses.replace(data, values=values)


def _size(data: Dataset) -> int:
    size = data.values.dtype.itemsize
    for length in data.values.shape:
        size *= length
    return size


def _memory_folder(num_bytes: int) -> Path | None:
    """Where files are memory, if there is room to spare; else the temporary folder.

    Its files are in the page cache as long as memory lasts.
    """
    is_usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    if is_usable and shutil.disk_usage(SHARED_MEMORY).free > 2 * num_bytes:
        return SHARED_MEMORY
    return None


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pathnet_tf"
