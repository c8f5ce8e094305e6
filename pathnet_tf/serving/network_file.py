"""The whole network of an exported model, and how a new run goes on from it."""

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
    """Writes a network as a Keras file, for going on training.

    Raises:
      OSError: There is no room.
    """
    with tempfile.TemporaryDirectory() as local:
        # Keras writes to this machine's files alone.
        file = Path(local) / NETWORK_NAME
        try:
            model.save(file)
        except OSError as error:
            # HDF5 tells a page of it.
            number = error.errno or errno.EIO
            raise OSError(number, os.strerror(number), str(file)) from error
        write_whole(folder / NETWORK_NAME, _without_dates(file))


def _without_dates(file: Path) -> bytes:
    """A Keras file whose bytes depend on what is in it alone."""
    content = io.BytesIO()
    with zipfile.ZipFile(file) as dated, zipfile.ZipFile(content, "w") as plain:
        for name in sorted(dated.namelist()):
            part = dated.read(name)
            if name == "metadata.json":
                known = json.loads(part) | {"date_saved": ""}
                part = json.dumps(known, sort_keys=True).encode()
            # The zip format's beginning of time.
            plain.writestr(zipfile.ZipInfo(name), part)
    return content.getvalue()


def read_network(folder: AnyPath) -> tuple[PathNet, Pathway]:
    """Reads the network of an exported model, and its target's pathway.

    Args:
      folder: The model, which the user has named.

    Returns:
      The network, and the pathway.

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
            # Nothing in the file may run: `safe_mode` refuses code in it.
            model = keras.saving.load_model(
                file, custom_objects={"PathNet": PathNet}, compile=False, safe_mode=True
            )
        if not isinstance(model, PathNet):
            raise TypeError(f"it holds a {type(model).__name__}")
        return model, Pathway.from_json(about.pathway)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} cannot be read ({error}); {EXPORT_AGAIN}") from error
