"""Which datasets are meant by folders: a dataset, or a folder that holds several."""

from collections.abc import Sequence

from pathnet_tf.data.dataset_card import CARD_NAME
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, as_path


def dataset_folders(folders: Sequence[str], *, but: str = "") -> list[str]:
    """Puts its datasets in the place of each folder that is no dataset itself.

    Args:
      folders: Datasets and folders that hold datasets.
      but: A dataset to leave out where a folder holds it.

    Returns:
      Dataset folders, each once, those of one folder sorted. A folder that does not
      exist is given as it is, for `read_card` to name.

    Raises:
      DataError: A folder is no dataset and holds none, or none but the one left out.
    """
    found = []
    for folder in folders:
        path = as_path(folder)
        if not path.is_dir() or (path / CARD_NAME).exists():
            found.append(folder)
            continue
        inside = sorted(
            str(one) for one in path.iterdir() if (one / CARD_NAME).exists()
        )
        left_out = as_path(but).resolve() if but else None
        datasets = [one for one in inside if as_path(one).resolve() != left_out]
        if not datasets:
            besides = f" but the target {but}" if inside else ""
            raise DataError(
                f"No dataset at {folder}, and none in the folders that it holds"
                f"{besides}; make one with python -m data_tools.write_mels or "
                "write_faces"
            )
        found += datasets
    once: dict[AnyPath, str] = {}
    for one in found:
        once.setdefault(as_path(one).resolve(), one)
    return list(once.values())
