import pytest

from pathnet_tf.methods.registry import METHODS, imported, parse_methods
from pathnet_tf.runtime.errors import UsageError


def test_names_are_read_as_they_are_typed():
    assert parse_methods(["pathnet", " scratch", "transfer"]) == ("transfer", "scratch")


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(
        UsageError, match=r"pathnet, transfer, .*Received: --method=tree"
    ):
        parse_methods(["tree"])


@pytest.mark.parametrize("name", METHODS)
def test_an_entry_says_by_one_thing_what_learns(name):
    method = METHODS[name]
    learners = [method.start, method.baseline, method.learns_sources]
    assert sum(map(bool, learners)) == 1


@pytest.mark.parametrize("name", METHODS)
def test_the_functions_that_an_entry_names_are_there(name):
    method = METHODS[name]
    for function in (method.start, method.baseline):
        assert not function or callable(imported(function))
