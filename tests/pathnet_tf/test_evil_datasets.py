"""Datasets that somebody, or a bad disk, has changed: used as they are, or refused."""

import copy
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathnet_tf.data import dataset, dataset_card
from pathnet_tf.runtime.errors import DataError
from tests.tiny import write_tiny

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["../evil.tfrecord", "/etc/passwd", "a\0b", "\ud800", "anger"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
# One folder serves all examples: each rewrites what it changes.
SHARED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def places(content, path=()):
    """Every place in a JSON value."""
    yield path
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for name, value in items:
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, name))
        else:
            yield (*path, name)


def changed(content, path, value, is_removed):
    if not path:
        return value
    content = copy.deepcopy(content)
    *above, last = path
    holder = content
    for name in above:
        holder = holder[name]
    if is_removed:
        del holder[last]
    else:
        holder[last] = value
    return content


def use(folder):
    """Reads a whole dataset as a run does."""
    card = dataset_card.read_card(folder)
    if not card.emotions:
        return
    loaded = dataset.load(str(folder), card, card.emotions)
    loaded.values[np.arange(len(loaded.labels))].sum()
    loaded.describe().encode()
    dataset_card.write_card(folder, card)


def is_refused(folder):
    """Whether it is, in words that name it; any other error fails the test."""
    try:
        use(folder)
    except DataError as error:
        assert str(folder) in str(error)  # noqa: PT017
        return True
    return False


@pytest.fixture(scope="module")
def restored(tmp_path_factory):
    """A dataset as it was written, whatever a test did to it."""
    place = tmp_path_factory.mktemp("datasets")
    contents = {}
    for modality in ("speech", "face"):
        folder = write_tiny(place, modality, modality=modality)
        contents[modality] = {path: path.read_bytes() for path in folder.iterdir()}

    def restore(modality):
        for path, content in contents[modality].items():
            path.write_bytes(content)
        return place / modality

    return restore


def test_an_unchanged_dataset_is_read(restored):
    assert not is_refused(restored("speech"))
    assert not is_refused(restored("face"))


@pytest.mark.parametrize("modality", ["speech", "face"])
@SHARED
@given(data=st.data())
def test_a_changed_card_is_read_or_refused(restored, modality, data):
    folder = restored(modality)
    card = folder / dataset_card.CARD_NAME
    content = json.loads(card.read_text())
    path = data.draw(st.sampled_from(list(places(content))))
    evil = changed(content, path, data.draw(ANY_JSON), data.draw(st.booleans()))
    card.write_text(json.dumps(evil))
    is_refused(folder)


@SHARED
@given(content=st.binary(max_size=200) | st.text().map(str.encode))
def test_a_card_of_any_bytes_is_refused(restored, content):
    folder = restored("speech")
    (folder / dataset_card.CARD_NAME).write_bytes(content)
    assert is_refused(folder)


@pytest.mark.parametrize("brackets", ["[" * 100_000, '{"a":' * 100_000])
def test_a_card_of_endless_depth_is_refused(restored, brackets):
    folder = restored("speech")
    (folder / dataset_card.CARD_NAME).write_text(brackets)
    with pytest.raises(DataError, match="not valid JSON"):
        dataset_card.read_card(folder)


@pytest.mark.parametrize("name", ["../a.tfrecord", "/tmp/a.tfrecord", "a\0.tfrecord"])
def test_a_shard_outside_of_the_dataset_is_refused(restored, name):
    folder = restored("speech")
    path = folder / dataset_card.CARD_NAME
    content = json.loads(path.read_text())
    content["shards"][0]["file"] = name
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="name of a shard"):
        dataset_card.read_card(folder)


def rewrite(folder, **changes):
    """Changes what the card says of its shard."""
    card = dataset_card.read_card(folder)
    shard = dataclasses.replace(card.shards[0], **changes)
    dataset_card.write_card(folder, dataclasses.replace(card, shards=(shard,)))


@SHARED
@given(data=st.data())
def test_a_changed_shard_of_the_right_hash_is_read_or_refused(restored, data):
    folder = restored("speech")
    (path,) = folder.glob("*.tfrecord")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # Where lengths, tags and names stand: most of the rest are values.
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 300))
        stop = place + data.draw(st.integers(0, 12))
        content[place:stop] = data.draw(st.binary(max_size=12))
    path.write_bytes(content)
    rewrite(folder, sha256=dataset_card.file_hash(path))
    is_refused(folder)
