import math

import numpy as np
import pytest

from pathnet_tf.network.layer_shapes import plan_layers, scoring_batch
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError


def plans(module, input_shape=(9, 7, 3), **sizes):
    values = {"units": (4, 5), "kernel_size": (3, 2), "stride": (2, 1)}
    values |= {"pool_size": (1, 2)} | sizes
    return plan_layers(module, input_shape, **values)


def test_dense_modules_see_a_segment_as_one_vector():
    one, two = plans("dense")
    assert (one.input_shape, one.kernel_shape) == ((189,), (189, 4))
    assert (two.input_shape, two.kernel_shape) == ((4,), (4, 5))
    assert (one.stride, one.pool_size, two.output_shape) == ((), (), (5,))


def test_convolutions_keep_rows_and_columns():
    one, two = plans("conv")
    assert one.kernel_shape == (3, 3, 3, 4)
    assert one.output_shape == two.input_shape == (5, 4, 4)
    assert two.kernel_shape == (2, 2, 4, 5)
    # A pool that is not full is left out.
    assert (two.linear_shape, two.output_shape) == ((5, 4, 5), (2, 2, 5))


def test_convolutions_over_time_see_all_of_a_frame():
    one, two = plans("time_conv")
    assert (one.input_shape, one.kernel_shape) == ((9, 1, 21), (3, 1, 21, 4))
    assert (two.linear_shape, two.output_shape) == ((5, 1, 5), (2, 1, 5))


@pytest.mark.parametrize("module", ["dense", "conv", "time_conv"])
@pytest.mark.parametrize("kernel_size", [1, 2, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pool_size", [1, 2])
def test_plans_are_what_layers_make(module, kernel_size, stride, pool_size, rng):
    settings = PathNetSettings(
        input_shape=(9, 8, 2),
        num_layers=2,
        num_modules=2,
        module_units=(3, 2),
        num_active=1,
        module=module,
        kernel_size=kernel_size,
        stride=(stride, 1),
        pool_size=(1, pool_size),
    )
    model = PathNet(settings, {"task": ("a", "b")})
    hidden = rng.standard_normal((2, 9, 8, 2)).astype(np.float32)
    layer_plans = settings.layer_plans()
    for plan, layer in zip(layer_plans, model.pathnet_layers, strict=True):
        hidden = layer(hidden.reshape(2, *plan.input_shape)).numpy()
        assert hidden.shape == (2, *plan.output_shape)
        assert layer.compute_output_shape((None, *plan.input_shape)) == (
            None,
            *plan.output_shape,
        )
        first = layer.path_modules[0]
        assert first.kernel.shape == plan.kernel_shape
        assert first.count_params() == plan.module_parameters
    counts = sum(
        m.count_params() for lay in model.pathnet_layers for m in lay.path_modules
    )
    assert settings.network_parameters() == counts
    assert math.prod(settings.features_shape()) == math.prod(
        layer_plans[-1].output_shape
    )


def test_pools_that_leave_nothing_are_refused():
    with pytest.raises(UsageError, match=r"Layer 2 has nothing left.*lower --stride"):
        plans("conv", pool_size=(3, 2))


def test_dense_segments_are_scored_in_large_blocks():
    assert scoring_batch(plans("dense"), 4) == 512


def test_blocks_are_smaller_where_convolutions_are_large():
    large = plans("conv", (64, 64, 3), units=(20, 20), stride=(1, 1))
    assert scoring_batch(large, 4) == 2**24 // (64 * 64 * 20 * 4)
    assert scoring_batch(large, 10**6) == 1
