import pickle

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data import stored_values
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.data.fold_inputs import Division, normalize
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.stored_values import joined
from pathnet_tf.data.tfrecords import index_segments
from tests.pathnet_tf.data.test_dataset import load


@pytest.fixture
def stored(write_dataset):
    folder = write_dataset()
    return index_segments(folder, read_card(folder)).values


@pytest.fixture
def array(stored):
    return stored[np.arange(len(stored))]


ROWS = np.array([7, 0, 7, 3])


@pytest.mark.parametrize("is_in_memory", [True, False])
def test_a_copy_holds_what_the_shards_hold(stored, array, tmp_path, is_in_memory):
    kept = stored.cached(tmp_path / "copy", is_in_memory=is_in_memory)
    np.testing.assert_array_equal(kept[ROWS], array[ROWS])
    assert kept.shape == stored.shape
    assert (tmp_path / "copy").read_bytes() == array.tobytes()


def test_values_stay_in_files_when_handed_to_another_process(stored, array, tmp_path):
    for values in (stored, stored.cached(tmp_path / "copy", is_in_memory=True)):
        values[ROWS]
        handed = pickle.dumps(values)
        assert len(handed) < array.nbytes / 2
        np.testing.assert_array_equal(pickle.loads(handed)[ROWS], array[ROWS])


def test_a_copy_in_memory_is_shared_not_copied(stored, tmp_path):
    kept = stored.cached(tmp_path / "copy", is_in_memory=True)
    SegmentInputs(kept)  # Its tensor looks at the same file.
    with (tmp_path / "copy").open("r+b") as file:
        file.write(np.float32(123.0).tobytes())
    assert SegmentInputs(kept).block(0, 1)[0, 0] == 123.0


def test_a_copy_that_is_there_is_not_made_again(stored, tmp_path):
    stored.cached(tmp_path / "copy", is_in_memory=False)
    before = (tmp_path / "copy").stat().st_mtime_ns
    again = stored.cached(tmp_path / "copy", is_in_memory=False)
    assert again[ROWS].shape[0] == 4
    assert (tmp_path / "copy").stat().st_mtime_ns == before


def test_a_copy_cut_short_is_made_again(stored, array, tmp_path):
    (tmp_path / "copy").write_bytes(b"short")
    kept = stored.cached(tmp_path / "copy", is_in_memory=False)
    np.testing.assert_array_equal(kept[ROWS], array[ROWS])


@pytest.mark.parametrize("is_in_memory", [True, False])
def test_another_machine_makes_its_own_copy(stored, array, tmp_path, is_in_memory):
    copy = tmp_path / "cache" / "copy"
    copy.parent.mkdir()
    handed = pickle.dumps(stored.cached(copy, is_in_memory=is_in_memory))
    copy.unlink()
    copy.parent.rmdir()
    elsewhere = pickle.loads(handed)
    np.testing.assert_array_equal(elsewhere[ROWS], array[ROWS])
    # Memory that nobody would free is not taken: the worker keeps its own.
    assert copy.exists() is not is_in_memory


def test_copies_are_written_a_part_at_a_time(stored, array, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_values, "COPY_ROWS", 7)
    stored.cached(tmp_path / "copy", is_in_memory=False)
    assert (tmp_path / "copy").read_bytes() == array.tobytes()


def test_selected_and_joined_values_are_those_of_their_rows(stored, array):
    both = joined([stored.select(ROWS), stored])
    np.testing.assert_array_equal(both[[0, 1, 2, 3, 4]], array[[7, 0, 7, 3, 0]])


def test_a_row_that_is_not_there_is_refused(stored, tmp_path):
    for values in (stored, stored.cached(tmp_path / "copy", is_in_memory=False)):
        with pytest.raises(IndexError):
            values[np.array([len(stored)])]


@pytest.mark.parametrize("normalization", ["train", "utterance", "speaker", "none"])
def test_streams_give_what_memory_gives(write_dataset, tmp_path, normalization):
    target = load(write_dataset())
    everything = np.arange(len(target.labels))
    division = Division(everything[:18], everything[18:18], everything[18:])
    order = np.random.default_rng(0).permutation(18).astype(np.int32)
    read = []
    for values in (
        target.values,
        target.values.cached(tmp_path / "disk", is_in_memory=False),
        target.values.cached(tmp_path / "memory", is_in_memory=True),
        target.values[everything],
    ):
        object.__setattr__(target, "values", values)
        inputs = normalize(target, division, normalization).train
        read.append(batches_of(inputs, order, 5))
        np.testing.assert_array_equal(
            read[-1], tf.gather(inputs.block(0, 18), order).numpy()
        )
    for other in read[1:]:
        np.testing.assert_array_equal(read[0], other)


def batches_of(inputs, order, size):
    """What a pass presents, batch after batch."""

    @tf.function(autograph=False)
    def run(order):
        following = inputs.batches(order, size)
        return [
            following(order[start : start + size])
            for start in range(0, order.shape[0], size)
        ]

    return tf.concat(run(order), axis=0).numpy()
