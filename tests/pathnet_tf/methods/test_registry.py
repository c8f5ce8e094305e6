import pytest

from pathnet_tf.methods.baselines import BASELINES
from pathnet_tf.methods.initial_network import _STARTS
from pathnet_tf.methods.registry import METHODS, parse_methods
from pathnet_tf.runtime.errors import UsageError


def test_names_are_read_as_they_are_typed():
    assert parse_methods(["pathnet", " scratch", "transfer"]) == ("transfer", "scratch")


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(
        UsageError, match=r"pathnet, transfer, .*Received: --method=svm"
    ):
        parse_methods(["svm"])


def test_every_method_can_be_learned():
    networks = {name for name, method in METHODS.items() if method.is_network}
    beside = {name for name, method in METHODS.items() if method.learns_sources}
    assert set(_STARTS) == networks - beside
    assert set(BASELINES) == set(METHODS) - networks
