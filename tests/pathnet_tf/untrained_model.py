"""Exports models that have learned nothing."""

import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.data.normalization import measure, unmeasured
from pathnet_tf.evaluation.calibration import Calibration
from pathnet_tf.features.front_end import LAYOUT, FrontEnd
from pathnet_tf.network.freezing import current_pathway, draw_anew
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.serving.export import export, output_folder
from pathnet_tf.serving.model_folder import ModelAbout
from tests.tiny import TINY_FACES

EMOTIONS = ("anger", "fear", "sadness")


def about(pathway, modality, **scaling):
    return ModelAbout(
        modality=modality,
        emotions=EMOTIONS,
        corpora=("tiny",),
        speakers=("tiny/s1",),
        recordings=("0" * 64,),
        pathway=pathway.to_json(),
        calibration=Calibration(**scaling),
        is_synthesized=True,
    )


def write_model(folder, modality="speech", **scaling):
    """Exports an untrained model."""
    rng = np.random.default_rng(0)
    shape = FrontEnd().segment_shape if modality == "speech" else (8, 8, 3)
    sizes = PathNetSettings(input_shape=shape, num_layers=2, num_modules=4)
    model = PathNet(sizes, {"target": EMOTIONS})
    draw_anew(model, "target", rng)
    pathway = current_pathway(model, "target", np.zeros((2, 4), np.int32))
    card = DatasetCard(
        corpus="tiny",
        modality="speech",
        layout=LAYOUT,
        scaling="natural log power",
        shape=shape,
        dtype="float32",
        front_end=dataclasses.asdict(FrontEnd()),
        emotions=EMOTIONS,
        clips=(),
        shards=(),
    )
    statistics = measure(rng.normal(-5, 3, (4, *shape)))
    if modality == "face":
        faces = pytest.importorskip(
            "data_tools.cutters.face_detector", reason="needs [data]"
        )
        cut = faces.FaceFrontEnd(size=8)
        own = TINY_FACES | {"front_end": cut.cropping, "finding": cut.finding}
        card = dataclasses.replace(card, **own)
        statistics = unmeasured(shape[1:], 255.0)
    output = output_folder(folder, overwrite=True)
    known = about(pathway, modality, **scaling)
    members = [PathwayNetwork.of(model, pathway)]
    export(output, model, members, statistics, card, known, "# Card")
    return folder
