"""Writes and reads the whole network of an exported model, to continue training."""

import errno
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import keras

from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, write_whole
from pathnet_tf.serving.model_folder import (
    EXPORT_AGAIN,
    NETWORK_NAME,
    network_hash,
    read_about,
)


def write_network(folder: AnyPath, model: PathNet) -> None:
    """Writes a network as a Keras file.

    Raises:
      OSError: The file cannot be written, for example because the disk is full.
    """
    with tempfile.TemporaryDirectory() as local:
        # Keras can only write local files.
        file = Path(local) / NETWORK_NAME
        try:
            model.save(file)
        except OSError as error:
            # The message of HDF5 would fill a page.
            number = error.errno or errno.EIO
            raise OSError(number, os.strerror(number), str(file)) from error
        write_whole(folder / NETWORK_NAME, _without_dates(file))


def _without_dates(file: Path) -> bytes:
    """Removes dates from a Keras file, so that equal networks have equal bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(file) as dated, zipfile.ZipFile(content, "w") as plain:
        for name in sorted(dated.namelist()):
            part = dated.read(name)
            if name == "metadata.json":
                known = json.loads(part) | {"date_saved": ""}
                part = json.dumps(known, sort_keys=True).encode()
            # `ZipInfo` has the earliest date of the zip format.
            plain.writestr(zipfile.ZipInfo(name), part)
    return content.getvalue()


def read_network(folder: AnyPath) -> tuple[PathNet, Pathway]:
    """Reads the network of an exported model, and its target's pathway.

    Args:
      folder: The folder of the model. Read only a folder that the user named.

    Returns:
      The network and the pathway.

    Raises:
      DataError: A file is missing or damaged.
    """
    about = read_about(folder)
    path = folder / NETWORK_NAME
    try:
        if network_hash(folder) != about.network_sha256:
            raise DataError(f"{path} is damaged or of another model; {EXPORT_AGAIN}")
        with tempfile.TemporaryDirectory() as local:
            file = Path(local) / NETWORK_NAME
            file.write_bytes(path.read_bytes())
            # `safe_mode` refuses a file that holds code.
            model = keras.saving.load_model(
                file, custom_objects={"PathNet": PathNet}, compile=False, safe_mode=True
            )
        if not isinstance(model, PathNet):
            raise TypeError(f"it holds a {type(model).__name__}")
        return model, Pathway.from_json(about.pathway)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} cannot be read ({error}); {EXPORT_AGAIN}") from error
