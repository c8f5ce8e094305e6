import dataclasses
import json

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import Scaling, measure, unmeasured
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.calibration import Calibration, scaled
from pathnet_tf.features.front_end import LAYOUT, FrontEnd
from pathnet_tf.features.log_mel import waveform_to_segments
from pathnet_tf.network.freezing import current_pathway, draw_anew, freeze
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.serving.export import export, output_folder
from pathnet_tf.serving.model_folder import ModelAbout
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer
from tests.tiny import TINY_FACES

FRONT_END = FrontEnd()
GENOTYPE = np.array([[0, 3, 3], [1, 2, 0]], np.int32)


def speech_card():
    return DatasetCard(
        corpus="tiny",
        modality="speech",
        layout=LAYOUT,
        scaling="natural log power",
        shape=FRONT_END.segment_shape,
        dtype="float32",
        front_end=dataclasses.asdict(FRONT_END),
        emotions=("anger", "fear", "sadness"),
        clips=(),
        shards=(),
    )


def about(pathway, **scaling):
    return ModelAbout(
        modality="speech",
        emotions=("anger", "fear", "sadness"),
        corpora=("tiny",),
        speakers=("tiny/s1",),
        recordings=("0" * 64,),
        pathway=pathway.to_json(),
        calibration=Calibration(**scaling),
        is_synthesized=True,
    )


@pytest.fixture(params=["mean_active", "mean_all", "sum"])
def exported(request, tmp_path, rng):
    """A trained network with a frozen pathway, and what it says; exported."""
    waveform = (0.1 * rng.standard_normal(40000)).astype(np.float32)
    segments = waveform_to_segments(waveform, front_end=FRONT_END)
    settings = PathNetSettings(
        num_layers=2, num_modules=5, num_active=3, aggregation=request.param
    )
    model = PathNet(
        settings, {"target": ("anger", "fear", "sadness"), "old": ("a", "b")}
    )
    freeze(model, np.array([[4, 4, 3], [2, 4, 4]], np.int32))
    draw_anew(model, "target", rng)
    statistics = measure(segments)
    scaling = Scaling.shared(statistics, len(segments))
    inputs = SegmentInputs(segments, scaling)
    labels = np.arange(len(inputs)) % 3
    trainer = Trainer(model, "target", inputs, labels, TrainingSettings())
    trainer.train(GENOTYPE, rng)
    scores = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    trainer.settle()
    pathway = current_pathway(model, "target", GENOTYPE)
    members = [PathwayNetwork.of(model, pathway)]
    for layer in model.pathnet_layers:  # Whatever was looked at last.
        layer.genotype.assign([2, 2, 2])
    folder = tmp_path / "model"
    output = output_folder(folder, overwrite=False)
    known = about(pathway, temperature=1.5)
    export(
        output,
        model,
        members,
        statistics,
        speech_card(),
        known,
        "# Card",
        with_onnx=True,
    )
    return folder, waveform, segments, scores


def test_both_signatures_agree_with_the_training_code(exported):
    folder, waveform, segments, scores = exported
    model = tf.saved_model.load(str(folder))
    assert set(model.signatures) == {"segments", "waveform", "serving_default"}
    answer = model.signatures["segments"](tf.constant(segments))
    np.testing.assert_allclose(answer["probabilities"], np.exp(scores), atol=1e-5)
    heard = model.signatures["waveform"](tf.constant(waveform))
    np.testing.assert_allclose(
        heard["segment_probabilities"], np.exp(scores), atol=1e-5
    )
    clip = scaled(scores.mean(axis=0), 1.5)
    np.testing.assert_allclose(heard["probabilities"], clip, atol=1e-5)
    served = model.signatures["serving_default"](tf.constant(waveform))
    np.testing.assert_array_equal(served["probabilities"], heard["probabilities"])


def test_onnx_agrees_with_the_training_code(exported):
    folder, _, segments, scores = exported
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    found, clip = session.run(None, {"segments": segments})
    np.testing.assert_allclose(found, np.exp(scores), atol=1e-5)
    np.testing.assert_allclose(clip, scaled(scores.mean(axis=0), 1.5), atol=1e-5)


def test_faces_are_classified_as_by_the_training_code(tmp_path, rng):
    faces = rng.integers(0, 256, (7, 8, 6, 3), np.uint8)
    settings = PathNetSettings(
        input_shape=(8, 6, 3), num_layers=2, num_modules=5, num_active=3
    )
    model = PathNet(settings, {"target": ("anger", "fear", "sadness")})
    draw_anew(model, "target", rng)
    statistics = unmeasured((6, 3), 255.0)
    inputs = SegmentInputs(faces, Scaling.shared(statistics, len(faces)))
    labels = np.arange(len(faces)) % 3
    trainer = Trainer(model, "target", inputs, labels, TrainingSettings())
    trainer.train(GENOTYPE, rng)
    scores = trainer.log_probabilities(GENOTYPE, trainer.prepare(inputs))
    trainer.settle()
    output = output_folder(tmp_path / "model", overwrite=False)
    card = dataclasses.replace(speech_card(), shape=(8, 6, 3), **TINY_FACES)
    pathway = current_pathway(model, "target", GENOTYPE)
    known = dataclasses.replace(about(pathway), modality="face")
    members = [PathwayNetwork.of(model, pathway)]
    export(output, model, members, statistics, card, known, "# Card", with_onnx=True)
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert set(loaded.signatures) == {"faces", "serving_default"}
    session = onnxruntime.InferenceSession(tmp_path / "model" / "model.onnx")
    found, _ = session.run(None, {"faces": faces})
    np.testing.assert_allclose(found, np.exp(scores), atol=1e-5)
    answer = loaded.signatures["faces"](tf.constant(faces))
    np.testing.assert_allclose(answer["frame_probabilities"], np.exp(scores), atol=1e-5)
    clip = metrics.clip_log_probabilities(scores, np.zeros(len(scores), int), 1)[0]
    np.testing.assert_allclose(answer["probabilities"], np.exp(clip), atol=1e-5)
    front_end = json.loads((tmp_path / "model" / "front_end.json").read_text())
    assert front_end == {"size": 8, "margin": 0.0, "frame_stride": 1}


def test_labels_and_front_end_stand_beside_the_model(exported):
    folder = exported[0]
    assert (folder / "labels.txt").read_text() == "anger\nfear\nsadness\n"
    assert '"hop_ms": 10.0' in (folder / "front_end.json").read_text()


def test_a_clip_shorter_than_a_window_is_answered(exported):
    model = tf.saved_model.load(str(exported[0]))
    heard = model.signatures["waveform"](tf.zeros([100]))
    assert heard["segment_probabilities"].shape == (1, 3)
