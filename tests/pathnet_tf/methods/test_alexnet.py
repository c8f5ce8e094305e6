import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.methods.alexnet import (
    LAYOUTS,
    AlexNet,
    load_weights,
    normalize_responses,
    num_parameters,
    read_weights,
)
from pathnet_tf.network.settings import ALEXNET_PARAMETERS
from pathnet_tf.runtime.errors import DataError


@pytest.mark.parametrize(
    ("layout", "published"),
    [
        ("grouped", ALEXNET_PARAMETERS),
        ("ungrouped", 62_378_344),
        ("single", 61_100_840),
    ],
)
def test_parameters_are_the_published_ones(layout, published):
    assert num_parameters(LAYOUTS[layout], 1000) == published


@pytest.fixture(scope="module")
def model():
    model = AlexNet(LAYOUTS["grouped"], 6)
    model.draw_anew(np.random.default_rng(0))
    return model


def test_the_model_has_as_many_parameters(model):
    assert model.count_params() == num_parameters(LAYOUTS["grouped"], 6)


def test_grouped_convolution_is_that_of_the_formula(model, rng):
    """conv4 at one pixel, computed by hand."""
    inputs = rng.standard_normal((1, 5, 5, 384)).astype(np.float32)
    got = model.convolve("conv4", tf.constant(inputs), 1, 1).numpy()
    assert got.shape == (1, 5, 5, 384)
    kernel, bias = (weight.numpy() for weight in model._parts["conv4"])
    for row, column, unit in ((2, 3, 7), (0, 0, 200), (4, 4, 383)):
        half = slice(0, 192) if unit < 192 else slice(192, 384)
        total = bias[unit]
        for down in range(3):
            for across in range(3):
                y, x = row + down - 1, column + across - 1
                if 0 <= y < 5 and 0 <= x < 5:
                    total += inputs[0, y, x, half] @ kernel[down, across, :, unit]
        assert got[0, row, column, unit] == pytest.approx(max(total, 0), abs=1e-4)


def test_responses_are_normalized_over_five_channels(rng):
    responses = 100 * rng.standard_normal((1, 2, 2, 7)).astype(np.float32)
    got = normalize_responses(tf.constant(responses)).numpy()
    for channel in range(7):
        near = responses[..., max(0, channel - 2) : channel + 3].astype(np.float64)
        divisor = (1 + 1e-4 / 5 * np.square(near).sum(axis=-1)) ** 0.75
        np.testing.assert_allclose(
            got[..., channel], responses[..., channel] / divisor, rtol=1e-4
        )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_classifies_64_pixels(layout, rng):
    model = AlexNet(LAYOUTS[layout], 3)
    model.draw_anew(rng)
    images = tf.constant(rng.standard_normal((2, 64, 64, 3)), tf.float32)
    assert model.features(images).shape == (2, 4096)
    assert model(images).shape == (2, 3)


def test_training_drops_half_of_the_units_and_scoring_none(model, rng):
    images = tf.constant(rng.standard_normal((1, 64, 64, 3)), tf.float32)
    scored = model.features(images).numpy()
    trained = model.features(images, training=True).numpy()
    assert (scored == model.features(images).numpy()).all()
    assert (trained == 0).sum() > (scored == 0).sum()


def drawn(layout="grouped"):
    rng = np.random.default_rng(1)
    arrays = {}
    for name, shape in LAYOUTS[layout].kernel_shapes(2).items():
        # Small, as 240 MB of noise would not compress.
        arrays[f"{name}/kernel"] = np.full(shape, rng.normal(), np.float32)
        arrays[f"{name}/bias"] = np.full(shape[-1:], rng.normal(), np.float32)
    return arrays


@pytest.fixture
def save(tmp_path):
    def write(arrays):
        path = tmp_path / "weights.npz"
        np.savez_compressed(path, **arrays)
        return path

    return write


@pytest.mark.parametrize("name", LAYOUTS)
def test_weights_tell_their_layout_and_reach_their_layers(name, save):
    arrays = drawn(name)
    layout, weights = read_weights(save(arrays))
    assert layout == LAYOUTS[name]
    model = AlexNet(layout, 6)
    model.draw_anew(np.random.default_rng(0))
    last = [weight.numpy() for weight in model._parts["fc8"]]
    load_weights(model, weights)
    for layer, parts in model._parts.items():
        for kind, weight in zip(("kernel", "bias"), parts, strict=True):
            expected = arrays[f"{layer}/{kind}"] if layer != "fc8" else last.pop(0)
            np.testing.assert_array_equal(weight.numpy(), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fc7/bias": None}, r"has no fc7/bias; README.md"),
        ({"conv1/kernel": None}, r"has no conv1/kernel"),
        ({"conv3/kernel": np.zeros((3, 3, 2, 2), "f")}, r"conv3/kernel must be float"),
        ({"conv2/kernel": np.zeros((5, 5, 7, 256), "f")}, r"which no layout has"),
        (
            {"conv5/bias": np.full(256, np.nan, "f")},
            r"conv5/bias has values not",
        ),
        ({"fc6/bias": np.zeros(4096, int)}, r"fc6/bias must be float .*int64"),
    ],
)
def test_a_broken_file_is_refused_by_layer(save, change, message):
    arrays = drawn() | change
    path = save({name: one for name, one in arrays.items() if one is not None})
    with pytest.raises(DataError, match=message):
        read_weights(path)


def test_no_pickle_is_loaded(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, **{"conv1/kernel": np.array([{}], object)})
    with pytest.raises(DataError, match=r"plain arrays"):
        read_weights(path)


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_a_file_that_is_none_is_one_line(tmp_path, content):
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read as an .npz file"):
        read_weights(path)
