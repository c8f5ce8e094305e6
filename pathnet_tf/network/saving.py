"""A source network on disk: weights, tasks and frozen pathways, shared by all folds."""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.network.freezing import Pathway, freeze
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, write_whole

LEARN_AGAIN = "start the run again, which learns its sources again"


def save_network(folder: AnyPath, model: PathNet, pathways: Sequence[Pathway]) -> None:
    """Writes a network that has learned its source tasks.

    Args:
      folder: Where to write; made if need be.
      model: The network.
      pathways: The best pathway of each source task, in order.

    Raises:
      OSError: There is no room.
    """
    weights, description = _files(folder)
    with tempfile.TemporaryDirectory() as local:
        # Keras writes to this machine's files alone.
        file = Path(local) / weights.name
        try:
            model.save_weights(file)
        except OSError as error:
            # HDF5 tells a page of it.
            number = error.errno or errno.EIO
            raise OSError(number, os.strerror(number), str(file)) from error
        values = file.read_bytes()
        write_whole(weights, values)
    content = model.get_config() | {
        "pathways": [pathway.to_json() for pathway in pathways],
        "sha256": hashlib.sha256(values).hexdigest(),
    }
    write_whole(description, (json.dumps(content, indent=1) + "\n").encode())


def load_network(folder: AnyPath) -> tuple[PathNet, list[Pathway]]:
    """Reads a source network, its pathways frozen.

    Args:
      folder: From `save_network`.

    Returns:
      The network, and the pathway of each source task.

    Raises:
      DataError: A file is missing or damaged.
    """
    weights, description = _files(folder)
    try:
        content = json.loads(description.read_text(encoding="utf-8"))
        values = weights.read_bytes()
        # Networks of earlier versions have none.
        known = content.get("sha256", hashlib.sha256(values).hexdigest())
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} cannot be read ({error}); {LEARN_AGAIN}") from error
    if hashlib.sha256(values).hexdigest() != known:
        raise DataError(f"{weights} is damaged; {LEARN_AGAIN}")
    model = PathNet(content["settings"], content["tasks"])
    with tempfile.TemporaryDirectory() as local:
        file = Path(local) / weights.name
        file.write_bytes(values)
        model.load_weights(file)
    pathways = [Pathway.from_json(item) for item in content["pathways"]]
    for pathway in pathways:
        freeze(model, pathway.genotype)
    return model, pathways


def _files(folder: AnyPath) -> tuple[AnyPath, AnyPath]:
    return folder / "network.weights.h5", folder / "network.json"
