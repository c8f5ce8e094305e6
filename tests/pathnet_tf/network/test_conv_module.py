import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.network.modules import ConvModule, glorot_uniform


def make_module(kernel, bias=0.0, stride=(1, 1)):
    """A module of one unit on one channel."""
    kernel = np.array(kernel, np.float32)
    module = ConvModule(1, kernel.shape, stride)
    module.build((None, None, None, 1))
    module.kernel.assign(kernel[:, :, np.newaxis, np.newaxis])
    module.bias.assign([bias])
    return module


def output(module, image):
    image = np.array(image, np.float32)[np.newaxis, :, :, np.newaxis]
    return module(image).numpy()[0, :, :, 0].tolist()


def test_outputs_computed_by_hand():
    module = make_module([[1, 0], [0, 2]], bias=-3)
    # Zeros stand to the right of the inputs and below them.
    assert output(module, [[1, 2], [3, 4]]) == [[1 + 8 - 3, 0], [0, 1]]


def test_zeros_stand_on_both_sides_of_a_window_of_three():
    assert output(make_module([[1], [10], [100]]), [[1], [2], [3]]) == [
        [210],
        [321],
        [32],
    ]


def test_a_stride_skips_places():
    module = make_module([[1], [10], [100]], stride=(2, 1))
    assert output(module, [[1], [2], [3]]) == [[210], [32]]


def by_loops(image, kernel, bias, stride):
    """relu(x * K + b) place by place, zeros around: float64."""
    sizes = [-(-n // s) for n, s in zip(image.shape[:2], stride, strict=True)]
    totals = [
        max((m - 1) * s + k - n, 0)
        for m, s, k, n in zip(
            sizes, stride, kernel.shape[:2], image.shape[:2], strict=True
        )
    ]
    around = [(total // 2, total - total // 2) for total in totals]
    padded = np.pad(image.astype(np.float64), [*around, (0, 0)])
    result = np.zeros((*sizes, kernel.shape[3]))
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            row, column = i * stride[0], j * stride[1]
            window = padded[row : row + len(kernel), column : column + kernel.shape[1]]
            result[i, j] = np.einsum("ijc,ijcu->u", window, kernel) + bias
    return np.maximum(result, 0)


@pytest.mark.parametrize("kernel_size", [(1, 1), (3, 3), (5, 1), (2, 4)])
@pytest.mark.parametrize("stride", [(1, 1), (4, 1), (2, 3)])
def test_outputs_equal_those_of_loops(kernel_size, stride, rng):
    module = ConvModule(3, kernel_size, stride)
    module.build((None, 7, 6, 2))
    module.bias.assign(rng.standard_normal(3))
    image = rng.standard_normal((7, 6, 2)).astype(np.float32)
    expected = by_loops(
        image, module.kernel.numpy(), module.bias.numpy(), module.stride
    )
    found = module(image[np.newaxis])[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert module.compute_output_shape((None, 7, 6, 2))[1:] == found.shape


def test_a_frozen_module_has_no_gradient(rng):
    module = ConvModule(2, (3, 1))
    module.build((None, 4, 1, 2))
    module.trainable = False
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(module(rng.standard_normal((1, 4, 1, 2))))
    assert tape.gradient(value, [module.kernel.value, module.bias.value]) == [None] * 2


def test_kernels_are_drawn_as_keras_draws_them(rng):
    kernel = glorot_uniform(rng, (5, 3, 7, 11))
    limit = np.sqrt(6 / (5 * 3 * (7 + 11)))
    assert 0.98 * limit < np.abs(kernel).max() <= np.float32(limit)
    assert abs(kernel.mean()) < limit / 20


def test_a_module_is_made_again_from_its_config():
    module = ConvModule(3, (5, 1), (4, 1), name="x")
    assert ConvModule.from_config(module.get_config()).get_config() == (
        module.get_config()
    )


@pytest.mark.parametrize(
    ("kernel_size", "stride", "message"),
    [
        ((3,), (1, 1), r"kernel_size must be two numbers.*kernel_size=\(3,\)"),
        ((3, 0), (1, 1), r"Received: kernel_size=\(3, 0\)"),
        ((3, 3), (0, 1), r"Received: stride=\(0, 1\)"),
    ],
)
def test_wrong_arguments_are_refused(kernel_size, stride, message):
    with pytest.raises(ValueError, match=message):
        ConvModule(2, kernel_size, stride)
