"""Writes the folder of a learned task: a SavedModel, and what is known of it."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from pathnet_tf.data.dataset_card import WRITE_AGAIN, DatasetCard
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.features.feature_sets import FACE_VECTORS, parts_of
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.functionals import waveform_functionals
from pathnet_tf.features.prosody_vector import prosody_vectors
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath, write_whole
from pathnet_tf.serving.model_folder import (
    CONTENTS,
    FRONT_END_NAME,
    LABELS_NAME,
    MODEL_CARD_NAME,
    ONNX_NAME,
    ModelAbout,
    network_hash,
    write_about,
)
from pathnet_tf.serving.network_file import write_network
from pathnet_tf.serving.onnx_export import onnx_bytes
from pathnet_tf.serving.saved_model import (
    FaceModel,
    FaceVectorModel,
    SpeechModel,
    VectorModel,
)


def output_folder(path: AnyPath, *, overwrite: bool) -> OutputFolder:
    """The folder of an exported model."""
    return OutputFolder(path, CONTENTS, "--export_dir", overwrite)


def require_exportable(card: DatasetCard) -> None:
    """Checks that a model of a dataset can be exported, before anything is learned.

    Raises:
      DataError: Its card names a setting that this release does not know.
    """
    if card.modality == "speech":
        _parse_front_end(card.front_end)


def export(
    output: OutputFolder,
    model: PathNet,
    members: Sequence[PathwayNetwork],
    statistics: Statistics,
    card: DatasetCard,
    about: ModelAbout,
    model_card: str,
    *,
    with_onnx: bool = False,
    note: Callable[[AnyPath], None] = lambda aside: None,
) -> None:
    """Writes the folder of a model, whole or not at all.

    Args:
      output: Where to write, from `output_folder`.
      model: The network, for going on training.
      members: The pathways that answer together.
      statistics: Normalization of its inputs.
      card: The card of the dataset it learned from.
      about: What is known of the model, and how it answers.
      model_card: The same for a person, in Markdown.
      with_onnx: Whether an ONNX file is written too.
      note: Called with the finished folder before it takes its place.

    Raises:
      UsageError: Something stands there that may not be replaced, or ONNX is not
        installed.
      DataError: The folder cannot be written.
    """
    exported: SpeechModel | FaceModel | VectorModel
    answers = (members, statistics, about.classify, about.calibration.temperature)
    shape = members[0].settings.input_shape
    front_end = card.front_end
    if about.representation == "functionals":
        hear = functools.partial(
            waveform_functionals,
            front_end=_parse_front_end(front_end),
            silence_db=about.silence_db,
        )
        exported = VectorModel(*answers, shape=shape, hear=hear)
    elif about.representation == "prosody":
        # Its files are made so, whatever segments the dataset has.
        front_end = dataclasses.asdict(FrontEnd())
        hear = functools.partial(
            prosody_vectors,
            front_end=FrontEnd(),
            silence_db=about.silence_db,
            speeds=about.speeds,
        )
        exported = VectorModel(*answers, shape=shape, hear=hear)
    elif set(parts_of(about.representation)) <= {*FACE_VECTORS}:
        exported = FaceVectorModel(
            *answers,
            shape=shape,
            face_shape=card.shape,
            representation=about.representation,
            views=about.views,
        )
    elif about.is_of_vectors:
        exported = VectorModel(*answers, shape=shape)
    elif card.modality == "speech":
        exported = SpeechModel(*answers, front_end=_parse_front_end(front_end))
    else:
        exported = FaceModel(*answers, shape=shape)
    with output.published() as aside:
        tf.saved_model.save(exported, str(aside), signatures=exported.signatures)
        if with_onnx:
            write_whole(aside / ONNX_NAME, onnx_bytes(exported))
        write_network(aside, model)
        write_about(
            aside, dataclasses.replace(about, network_sha256=network_hash(aside))
        )
        labels = "\n".join(about.emotions) + "\n"
        (aside / LABELS_NAME).write_text(labels, encoding="utf-8")
        known = front_end | card.finding
        text = json.dumps(known, indent=1, sort_keys=True) + "\n"
        (aside / FRONT_END_NAME).write_text(text, encoding="utf-8")
        (aside / MODEL_CARD_NAME).write_text(model_card, encoding="utf-8")
        note(aside)


def _parse_front_end(content: Mapping[str, Any]) -> FrontEnd:
    try:
        return FrontEnd(**content)
    except TypeError as error:
        raise DataError(
            f"The target's front_end in dataset.json cannot be exported ({error}); "
            f"{WRITE_AGAIN}"
        ) from error
