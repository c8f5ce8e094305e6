import builtins
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data_tools.encoders.encoder import opened, pooled
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.features.log_mel import log_mel
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.data_tools.encoders import tiny_encoders


def described(waveform, encoder, **settings):
    resolved = EncoderSettings(str(encoder), **settings).resolved()
    return opened(resolved)(waveform)


def told(frames):
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])


@pytest.fixture
def waveform(rng):
    return rng.uniform(-0.5, 0.5, 4321).astype(np.float32)


@pytest.fixture(scope="module")
def onnx_file(tmp_path_factory):
    return tiny_encoders.write_onnx(tmp_path_factory.mktemp("encoder") / "tiny.onnx")


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    import tensorflow as tf

    model = tf.Module()
    model.weights = tf.Variable(tiny_encoders.WEIGHTS[:, np.newaxis])

    @tf.function(input_signature=[tf.TensorSpec([1, None], tf.float32, "waveform")])
    def encode(waveform):
        step = tiny_encoders.STEP
        found = tf.nn.conv1d(waveform[..., tf.newaxis], model.weights, step, "VALID")
        return {"frames": found}

    model.encode = encode
    folder = tmp_path_factory.mktemp("encoder") / "saved"
    tf.saved_model.save(model, str(folder), signatures={"serving_default": encode})
    return folder


@pytest.fixture(scope="module")
def lite_file(saved_model):
    import tensorflow as tf

    path = saved_model.with_name("tiny.tflite")
    path.write_bytes(
        tf.lite.TFLiteConverter.from_saved_model(str(saved_model)).convert()
    )
    return path


def test_statistics_of_several_layers(waveform, onnx_file):
    frames = tiny_encoders.frames_of(waveform)
    found = described(waveform, onnx_file, layers=("frames",))
    np.testing.assert_allclose(found, told(frames), rtol=1e-4, atol=1e-5)
    layers = ("frames", "twice")
    found = described(waveform, onnx_file, layers=layers)
    np.testing.assert_allclose(found, told(1.5 * frames), rtol=1e-4, atol=1e-5)
    found = described(waveform, onnx_file, layers=layers, are_layers_apart=True)
    expected = [told(frames), told(2 * frames)]
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-4, atol=1e-5)
    statistics = ("maximum", "minimum")
    found = described(waveform, onnx_file, layers=("frames",), statistics=statistics)
    expected = [frames.max(axis=0), frames.min(axis=0)]
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-4, atol=1e-5)
    found = described(waveform, onnx_file, layers=("clip",), statistics=("mean",))
    np.testing.assert_allclose(found, frames.mean(axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["saved_model", "lite_file"])
def test_tensorflow_gives_the_same(request, waveform, name):
    encoder = request.getfixturevalue(name)
    for sound in (waveform, waveform[:2000]):
        expected = told(tiny_encoders.frames_of(sound))
        found = described(sound, encoder)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def write_frame_encoder(path):
    """One that takes frames of 64 mel bands and their number, and gives both."""
    nodes = [
        helper.make_node("Cast", ["length"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["frames", "float"], ["sum"]),
    ]
    inputs = [
        helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, "time", 64]),
        helper.make_tensor_value_info("length", TensorProto.INT64, [1]),
    ]
    output = helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, "time", 64])
    graph = helper.make_graph(nodes, "frames", inputs, [output])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))


def test_frames_and_their_number_are_taken(tmp_path, waveform):
    from data_tools.encoders.encoder import front_end_of

    write_frame_encoder(tmp_path / "frames.onnx")
    settings = EncoderSettings(str(tmp_path / "frames.onnx"), takes="frames").resolved()
    frames = log_mel(waveform, front_end=front_end_of(settings)).numpy()
    found = opened(settings)(waveform)
    np.testing.assert_allclose(found, told(frames + len(frames)), rtol=1e-4, atol=1e-4)


def test_open_wake_word_hears_windows_of_both_models(tmp_path, rng):
    """Of a mean of samples for a mel spectrogram, and a mean of frames of it."""
    opset = {"opset_imports": [helper.make_opsetid("", 17)], "ir_version": 8}
    value, floats = helper.make_tensor_value_info, TensorProto.FLOAT
    kernel = rng.normal(size=(32, 1, 640)).astype(np.float32) / 640
    mel = helper.make_graph(
        [
            helper.make_node("Unsqueeze", ["input", "one"], ["channel"]),
            helper.make_node("Conv", ["channel", "kernel"], ["mel"], strides=[160]),
            helper.make_node("Transpose", ["mel"], ["output"], perm=[0, 2, 1]),
        ],
        "mel",
        [value("input", floats, [1, "samples"])],
        [value("output", floats, None)],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(np.array([1]), "one"),
        ],
    )
    mean = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["windows"], ["bands"], axes=[1]),
            helper.make_node("Transpose", ["bands"], ["mean"], perm=[0, 1, 3, 2]),
        ],
        "mean",
        [value("windows", floats, ["number", 76, 32, 1])],
        [value("mean", floats, None)],
    )
    folder = tmp_path / "resources/models"
    folder.mkdir(parents=True)
    for name, graph in (("melspectrogram", mel), ("embedding_model", mean)):
        onnx.save(helper.make_model(graph, **opset), str(folder / f"{name}.onnx"))
    clip = rng.uniform(-0.5, 0.5, 160 * 95).astype(np.float32)
    for sound, padded in ((clip, clip), (clip[:999], np.pad(clip[:999], (0, 11641)))):
        numbers = np.rint(32767 * padded)
        samples = np.lib.stride_tricks.sliding_window_view(numbers, 640)[::160]
        frames = samples @ kernel[:, 0].T / 10 + 2
        starts = range(0, len(frames) - 75, 8)
        windows = np.array([frames[one : one + 76].mean(axis=0) for one in starts])
        found = described(sound, tmp_path)
        np.testing.assert_allclose(found, told(windows), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"layers": ("deep",)}, UsageError, "has no deep; name --layers of frames, tw"),
        ({}, UsageError, "has several outputs; name --layers of frames, twice"),
        (
            {"layers": ("roots",)},
            ValueError,
            r"gets values of the encoder .*tiny.onnx .* not finite \(NaN or infinity\)",
        ),
        (
            {"layers": ("frames", "turned")},
            ValueError,
            "have no average; use --layers_apart",
        ),
        ({"layers": ("frames",), "takes": "frames"}, ValueError, "makes the encoder"),
    ],
)
def test_what_an_encoder_cannot_do_is_told(
    waveform, onnx_file, settings, error, message
):
    with pytest.raises(error, match=message):
        described(waveform, onnx_file, **settings)


def test_a_clip_that_is_too_short_is_told(waveform, onnx_file):
    with pytest.raises(ValueError, match=r"makes the encoder .* fail \("):
        described(waveform[:399], onnx_file, layers=("frames",))
    with pytest.raises(ValueError, match="too short"):
        pooled([np.zeros((0, 3))], EncoderSettings())


def test_a_model_of_something_else_is_no_encoder(tmp_path, waveform):
    write_frame_encoder(tmp_path / "x.onnx")
    model = onnx.load(str(tmp_path / "x.onnx"))
    model.graph.input[1].type.tensor_type.shape.dim.add().dim_value = 2
    model.graph.input[1].type.tensor_type.elem_type = TensorProto.STRING
    del model.graph.node[:]
    model.graph.node.append(helper.make_node("Identity", ["frames"], ["sum"]))
    onnx.save(model, str(tmp_path / "x.onnx"))
    with pytest.raises(UsageError, match=r"takes frames .*an encoder takes a waveform"):
        described(waveform, tmp_path / "x.onnx")


def test_a_damaged_file_is_named(tmp_path, waveform):
    for name in ("x.onnx", "x.tflite"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(DataError, match=rf"{name} cannot be loaded"):
            described(waveform, tmp_path / name)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(DataError, match="saved cannot be loaded"):
        described(waveform, folder)


@pytest.mark.parametrize(
    ("module", "names", "extra"),
    [
        ("onnxruntime", ["x.onnx"], "encoders"),
        ("transformers", ["config.json"], "transformers"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path, waveform, monkeypatch, module, names, extra
):
    real = builtins.__import__

    def absent(name, *rest):
        if name.split(".")[0] == module:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    (tmp_path / names[0]).write_text("{}")
    encoder = tmp_path if module == "transformers" else tmp_path / names[0]
    with pytest.raises(UsageError, match=rf"pip install 'pathnet_tf\[{extra}\]'"):
        described(waveform, encoder)


def test_an_encoder_is_known_by_its_files(tmp_path, onnx_file):
    copy = tmp_path / onnx_file.name
    copy.write_bytes(onnx_file.read_bytes())
    settings, other = (
        EncoderSettings(str(one)).resolved() for one in (onnx_file, copy)
    )
    assert (settings.sha256, settings.rate_hz) == (other.sha256, 16000)
    (tmp_path / f"{copy.name}.data").write_bytes(b"weights")
    assert EncoderSettings(str(copy)).resolved().sha256 != settings.sha256


def test_an_encoder_states_its_rate(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    text = json.dumps({"sampling_rate": 8000})
    (tmp_path / "preprocessor_config.json").write_text(text)
    assert EncoderSettings(str(tmp_path)).resolved().rate_hz == 8000
    with pytest.raises(UsageError, match="states 8000 Hz; leave the flag out"):
        EncoderSettings(str(tmp_path), rate_hz=16000).resolved()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"encoder": "gone"}, DataError, "There is no encoder at gone"),
        ({"encoder": "."}, UsageError, "--encoder=. is none; it takes an ONNX file"),
        ({"encoder": "openwakeword"}, UsageError, "is not installed with its models"),
        ({"statistics": ("median",)}, UsageError, "must be of mean, .*: median"),
        ({"statistics": ("mean", "mean")}, UsageError, "names one twice"),
        ({"statistics": ()}, UsageError, "--statistics is empty"),
    ],
)
def test_a_wrong_choice_is_told(tmp_path, monkeypatch, changes, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        EncoderSettings(**changes).resolved()
