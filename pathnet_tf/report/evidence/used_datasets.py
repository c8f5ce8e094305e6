"""The datasets that a run read, and whether they are still there and unchanged."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from pathnet_tf.data.dataset_card import DatasetCard, dataset_hash, read_card
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import as_path


@dataclasses.dataclass(frozen=True)
class UsedDataset:
    """A dataset that a run read.

    Attributes:
      role: `source` or `target`; `part` for a dataset of a fusion.
      folder: Folder from which the run read it.
      hash_then: Hash of its card when the run began; None if the run did not keep it.
      card: Its card; None if the dataset is gone or has changed.
      state: Whether it is still there and unchanged, in words for the page.
    """

    role: str
    folder: str
    hash_then: str | None
    card: DatasetCard | None
    state: str


def used_datasets(
    settings: ExperimentSettings | None, environment: Mapping[str, Any]
) -> list[UsedDataset]:
    """Looks for a run's datasets in the folders from which it read them.

    Args:
      settings: Settings of the run; None for a fusion.
      environment: Content of its `environment.json`, with the hashes.

    Returns:
      The datasets, sources first, then the target.
    """
    hashes = environment.get("datasets", {})
    if settings is None:
        return [_used_dataset("part", folder, hashes) for folder in hashes]
    data = settings.data
    roles = [("source", folder) for folder in data.sources] + [("target", data.target)]
    return [_used_dataset(role, folder, hashes) for role, folder in roles]


def _used_dataset(role: str, folder: str, hashes: Mapping[str, str]) -> UsedDataset:
    then = hashes.get(folder)
    try:
        card, now = read_card(as_path(folder)), dataset_hash(as_path(folder))
    except DataError:
        return UsedDataset(role, folder, then, None, "not there now")
    if then is not None and now != then:
        return UsedDataset(role, folder, then, None, "changed since")
    state = "unchanged" if then else "its hash was not kept"
    return UsedDataset(role, folder, then, card, state)
