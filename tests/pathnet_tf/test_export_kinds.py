"""Every kind of network says the same where it was learned, exported, and as ONNX."""

import dataclasses
import functools

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import Scaling, measure
from pathnet_tf.evaluation.calibration import scaled
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import waveform_to_segments
from pathnet_tf.methods.learn_sources import adopt
from pathnet_tf.network.freezing import current_pathway, draw_anew, freeze
from pathnet_tf.network.pathnet import PathNet, grown
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.saving import load_network
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.serving.answers import Answers
from pathnet_tf.serving.export import export, output_folder
from pathnet_tf.serving.loaded_model import LoadedModel
from pathnet_tf.serving.network_file import read_network
from tests.pathnet_tf.serving.test_export import about, speech_card
from tests.tiny import TINY_FACES

FRONT_END = FrontEnd(num_mel_bands=10, segment_frames=12, segment_shift_frames=5)
EMOTIONS = ("anger", "fear", "sadness")
GENOTYPES = (np.array([[0, 3, 3], [1, 2, 0]]), np.array([[1, 2, 0], [0, 0, 4]]))
KINDS = {
    "dense": {},
    "dense of widths": {"module_units": (6, 3), "pooling": "statistics"},
    "conv": {"module": "conv", "stride": (2, 1), "pool_size": (1, 2)},
    "conv of clips": {
        "module": "conv",
        "kernel_size": (4, 2),
        "stride": (3, 2),
        "pooling": "attention",
    },
    "time_conv": {"module": "time_conv", "kernel_size": 5, "pooling": "statistics"},
    "time_conv attending": {
        "module": "time_conv",
        "kernel_size": (4, 3),
        "stride": (2, 1),
        "pool_size": (1, 2),
        "pooling": "attention",
    },
    "conv of all layers": {"module": "conv", "stride": (3, 1), "readout": "all"},
    "time_conv of all layers": {
        "module": "time_conv",
        "stride": (2, 1),
        "pooling": "attention",
        "readout": "all",
    },
}


@dataclasses.dataclass
class Exported:
    folder: object
    model: PathNet
    learned: LearnedTask
    inputs: object
    values: np.ndarray
    waveform: np.ndarray

    @functools.cached_property
    def of_segments(self):
        """Log-probabilities of segments, each by itself, by the training code."""
        alone = LearnedTask(
            self.learned.pathway, self.learned.members, "segment", 0, Cost()
        )
        return alone.log_probabilities(self.inputs)

    @functools.cached_property
    def of_clip(self):
        """The clip's probabilities, by the training code."""
        scores = self.learned.log_probabilities(self.inputs)
        return scaled(scores.mean(axis=0), 1.5)

    @functools.cached_property
    def loaded(self):
        return LoadedModel(self.folder)


def draw_model(shape, rng, **sizes):
    """A network whose every weight was drawn, with a frozen pathway."""
    settings = PathNetSettings(
        input_shape=shape,
        **{"num_layers": 2, "num_modules": 5, "num_active": 3, "module_units": 4}
        | sizes,
    )
    model = PathNet(settings, {"target": EMOTIONS})
    draw_anew(model, "target", rng)
    for layer in (*model.heads.values(), *model.attentions.values()):
        layer.set_weights([rng.normal(size=one.shape) for one in layer.get_weights()])
    freeze(model, np.array([[4, 4, 3], [2, 4, 4]]))
    return model


def export_drawn(folder, rng, classify, ensemble, card, values, waveform, **sizes):
    shape = values.shape[1:]
    model = draw_model(shape, rng, **sizes)
    pathways = [current_pathway(model, "target", one) for one in GENOTYPES[:ensemble]]
    members = [PathwayNetwork.of(model, one) for one in reversed(pathways)][::-1]
    learned = LearnedTask(pathways[0], members, classify, 0.5, Cost())
    statistics = measure(values)
    scaling = Scaling.shared(statistics, len(values))
    clip = np.zeros(len(values), int)
    known = dataclasses.replace(
        about(pathways[0], temperature=1.5),
        modality=card.modality,
        module=model.settings.module,
        pooling=model.settings.pooling,
        readout=model.settings.readout,
        classify=classify,
        ensemble=ensemble,
    )
    output = output_folder(folder, overwrite=True)
    export(output, model, members, statistics, card, known, "# Card", with_onnx=True)
    inputs = SegmentInputs(values, scaling, clip)
    return Exported(folder, model, learned, inputs, values, waveform)


def hear(folder, rng, classify="segment", ensemble=1, seconds=1.5, **sizes):
    """Exports what hears."""
    waveform = rng.uniform(-0.5, 0.5, round(16000 * seconds)).astype(np.float32)
    waveform *= np.linspace(0.01, 1, len(waveform), dtype=np.float32)
    values = waveform_to_segments(waveform, front_end=FRONT_END)
    card = dataclasses.replace(
        speech_card(),
        shape=FRONT_END.segment_shape,
        front_end=dataclasses.asdict(FRONT_END),
    )
    return export_drawn(
        folder, rng, classify, ensemble, card, values, waveform, **sizes
    )


def see(folder, rng, classify="segment", ensemble=1, **sizes):
    """Exports what sees."""
    faces = rng.integers(0, 256, (7, 8, 6, 3), np.uint8)
    card = dataclasses.replace(speech_card(), shape=(8, 6, 3), **TINY_FACES)
    return export_drawn(folder, rng, classify, ensemble, card, faces, None, **sizes)


@pytest.fixture(
    scope="module",
    params=[
        (kind, classify, ensemble)
        for kind in KINDS
        for classify, ensemble in (("segment", 1), ("clip", 2))
    ]
    + [("dense", "clip", 1), ("time_conv", "segment", 2)],
    ids=str,
)
def heard(request, tmp_path_factory):
    kind, classify, ensemble = request.param
    folder = tmp_path_factory.mktemp("kinds") / "model"
    rng = np.random.default_rng(0)
    return hear(folder, rng, classify, ensemble, **KINDS[kind])


def test_signatures_agree_with_the_training_code(heard):
    model = tf.saved_model.load(str(heard.folder))
    expected = np.exp(heard.of_segments)
    assert expected.std(axis=0).min() > 1e-3  # Segments differ.
    answer = model.signatures["segments"](tf.constant(heard.values))
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5)
    found = model.signatures["serving_default"](tf.constant(heard.waveform))
    np.testing.assert_allclose(found["segment_probabilities"], expected, atol=1e-4)
    np.testing.assert_allclose(found["probabilities"], heard.of_clip, atol=1e-4)


def test_onnx_agrees_with_the_training_code(heard):
    session = onnxruntime.InferenceSession(heard.folder / "model.onnx")
    found, clip = session.run(None, {"segments": heard.values})
    np.testing.assert_allclose(found, np.exp(heard.of_segments), atol=1e-5)
    np.testing.assert_allclose(clip, heard.of_clip, atol=1e-5)


@pytest.mark.parametrize("size", [3, 1000])
def test_a_loaded_model_agrees_in_blocks_of_any_size(heard, monkeypatch, size):
    monkeypatch.setattr("pathnet_tf.serving.loaded_model.MOST_DENSE", size)
    monkeypatch.setattr("pathnet_tf.serving.loaded_model.MOST_CONVOLVED", size)
    answer = heard.loaded.predict(heard.waveform, 16000)
    np.testing.assert_allclose(
        list(answer.probabilities.values()), heard.of_clip, atol=1e-4
    )
    scores = heard.loaded.score(heard.waveform, 16000)
    np.testing.assert_allclose(scores.log_probabilities, heard.of_segments, atol=1e-3)


def test_seconds_are_made_of_segments_each_by_itself(heard):
    scores = heard.loaded.score(heard.waveform, 16000)
    seconds = list(Answers(heard.loaded.about, scores).of_seconds())
    assert [(start, end) for start, end, _ in seconds] == [(0, 1), (1, 1.5)]
    touches = scores.starts_s < 1
    expected = scaled(heard.of_segments[touches].mean(axis=0), 1.5)
    np.testing.assert_allclose(
        list(seconds[0][2].probabilities.values()), expected, atol=1e-4
    )


def test_a_model_goes_on_with_all_its_settings(heard, tmp_path):
    model, pathway = read_network(heard.folder)
    assert model.settings == heard.model.settings
    assert (pathway.genotype == GENOTYPES[0]).all()
    adopt(heard.folder, tmp_path / "source", ("anger", "joy"))
    begun, (source,) = load_network(tmp_path / "source")
    assert begun.settings == heard.model.settings
    assert begun.tasks == {"source_1": EMOTIONS, "target": ("anger", "joy")}
    # A frozen pathway names all that was active, which may be more than genes can.
    wide = grown(begun, 0, num_active=source.genotype.shape[1])
    found = [
        LearnedTask(source, [one], heard.learned.classify, 0, Cost())
        for one in (PathwayNetwork.of(wide, source), heard.learned.members[0])
    ]
    np.testing.assert_allclose(
        *(one.log_probabilities(heard.inputs) for one in found), atol=1e-5
    )


@pytest.mark.parametrize("kind", ["conv", "time_conv attending"])
@pytest.mark.parametrize(("classify", "ensemble"), [("segment", 1), ("clip", 2)])
def test_faces_agree_with_the_training_code(tmp_path, rng, kind, classify, ensemble):
    seen = see(tmp_path / "model", rng, classify, ensemble, **KINDS[kind])
    expected = np.exp(seen.of_segments)
    model = tf.saved_model.load(str(tmp_path / "model"))
    answer = model.signatures["serving_default"](tf.constant(seen.values))
    np.testing.assert_allclose(answer["frame_probabilities"], expected, atol=1e-5)
    np.testing.assert_allclose(answer["probabilities"], seen.of_clip, atol=1e-5)
    session = onnxruntime.InferenceSession(tmp_path / "model" / "model.onnx")
    frames, clip = session.run(None, {"faces": seen.values})
    np.testing.assert_allclose(frames, expected, atol=1e-5)
    np.testing.assert_allclose(clip, seen.of_clip, atol=1e-5)
    loaded = LoadedModel(tmp_path / "model").predict_faces(seen.values)
    np.testing.assert_allclose(
        list(loaded.probabilities.values()), seen.of_clip, atol=1e-5
    )


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_modules_that_do_not_answer_are_left_out(tmp_path, rng, kind):
    sizes = {"num_modules": 60, "module_units": 20, **KINDS[kind]}
    heard = hear(tmp_path / "model", rng, "clip", 2, **sizes)
    weights = sum(
        variable.shape.num_elements()
        for member in heard.learned.members
        for variable in member.variables
    )
    written = sum(
        one.stat().st_size for one in (tmp_path / "model/variables").iterdir()
    )
    assert 4 * weights < written < 4 * weights + 20_000
    assert written < 4 * heard.model.count_params() / 4


def test_a_clip_shorter_than_a_window_is_answered(tmp_path, rng):
    hear(tmp_path / "model", rng, "clip", **KINDS["time_conv attending"])
    answer = LoadedModel(tmp_path / "model").predict(np.zeros(50, np.float32), 16000)
    assert sum(answer.probabilities.values()) == pytest.approx(1)
