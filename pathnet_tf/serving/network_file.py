"""The whole network of an exported model, and how a new run goes on from it."""

import errno
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from pathnet_tf.methods.learn_sources import source_task
from pathnet_tf.methods.settings import TARGET_TASK
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.network.genotype import to_mask
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.saving import save_network
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


def adopt(
    folder: AnyPath, network_folder: AnyPath, target_emotions: Sequence[str]
) -> None:
    """Makes the source network of a new run of an exported model.

    What the model's pathway used, of an ensemble its best one, is one frozen source
    pathway; everything else is free. Modules and pooling are the model's own.

    Args:
      folder: The model.
      network_folder: Where the source network goes.
      target_emotions: Classes of the task to be learned.

    Raises:
      DataError: A file of the model is missing or damaged.
    """
    old, pathway = read_network(folder)
    task = source_task(0)
    tasks = {task: old.tasks[pathway.task], TARGET_TASK: tuple(target_emotions)}
    model = PathNet(old.settings, tasks)
    for layer, copy in zip(old.pathnet_layers, model.pathnet_layers, strict=True):
        for module, twin in zip(layer.path_modules, copy.path_modules, strict=True):
            twin.set_weights(module.get_weights())
    model.heads[task].set_weights(old.heads[pathway.task].get_weights())
    if attention := old.attentions.get(pathway.task):
        model.attentions[task].set_weights(attention.get_weights())
    used = [
        np.flatnonzero(np.maximum(always, to_mask(genes, len(always))))
        for genes, always in zip(pathway.genotype, pathway.always_active, strict=True)
    ]
    # As long in every layer, by naming a module more than once.
    width = max(map(len, used))
    genotype = np.stack([np.resize(modules, width) for modules in used])
    frozen = Pathway(
        task, genotype.astype(np.int32), np.zeros_like(pathway.always_active)
    )
    save_network(network_folder, model, [frozen])
