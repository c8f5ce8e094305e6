import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from pathnet_tf.data import dataset_card, tfrecords
from pathnet_tf.runtime.errors import DataError


def read_all(folder):
    card = dataset_card.read_card(folder)
    return tfrecords.index_segments(folder, card)


def test_segments_come_back_as_they_were(write_dataset, rng):
    folder = write_dataset()
    (shard,) = folder.glob("*.tfrecord")
    card = dataset_card.read_card(folder)
    values = rng.standard_normal((3, *card.shape)).astype(np.float32)
    values[1] = 0  # Many zero bytes, which could be found too early.
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for index, value in enumerate(values):
            raw = tfrecords.encode_segment(
                clip="x/ä/1.wav", speaker="ä", emotion="fear", index=index, values=value
            )
            writer.write(raw)
    written = dataset_card.ShardCard(shard.name, 3, dataset_card.file_hash(shard))
    read = tfrecords.index_segments(
        folder, dataclasses.replace(card, shards=(written,))
    )
    np.testing.assert_array_equal(read.values[np.array([2, 0, 1])], values[[2, 0, 1]])
    assert read.clip == ["x/ä/1.wav"] * 3
    assert read.emotion == ["fear"] * 3
    assert read.position.tolist() == [0, 1, 2]


def test_encoding_gives_the_same_bytes(rng):
    values = rng.standard_normal((2, 2, 3)).astype(np.float32)
    fields = {"clip": "a", "speaker": "b", "emotion": "fear", "index": 0}
    assert (
        len({tfrecords.encode_segment(**fields, values=values) for _ in range(5)}) == 1
    )


def test_a_card_comes_back_as_it_was(write_dataset, tmp_path):
    card = dataset_card.read_card(write_dataset())
    dataset_card.write_card(tmp_path, card)
    assert dataset_card.read_card(tmp_path) == card


def with_frames(card):
    counts = dataset_card.FrameCounts(detected=1, reused=1, back_filled=1)
    clips = tuple(dataclasses.replace(clip, frames=counts) for clip in card.clips)
    return dataclasses.replace(card, clips=clips)


def test_a_card_of_faces_comes_back_as_it_was(write_dataset, tmp_path):
    card = with_frames(dataset_card.read_card(write_dataset(modality="face")))
    dataset_card.write_card(tmp_path, card)
    assert dataset_card.read_card(tmp_path) == card
    assert card.finding == {"frame_stride": 1}


def test_the_card_tells_shares_of_frames(write_dataset, tmp_path):
    card = with_frames(dataset_card.read_card(write_dataset(modality="face")))
    dataset_card.write_card(tmp_path, card)
    clip = json.loads((tmp_path / "dataset.json").read_text())["clips"][0]
    assert clip["frames"] == {"detected": 1, "reused": 1, "back_filled": 1}
    shares = {"detected": 0.3333, "reused": 0.3333, "back_filled": 0.3333}
    assert clip["frame_shares"] == shares


def test_a_card_of_before_there_were_faces_is_read(write_dataset):
    path = write_dataset() / "dataset.json"
    content = json.loads(path.read_text())
    del content["finding"]
    path.write_text(json.dumps(content))
    assert dataset_card.read_card(path.parent).finding == {}


@pytest.mark.parametrize(
    ("field", "value"), [("modality", "smell"), ("finding", []), ("dtype", "int64")]
)
def test_a_card_of_something_unknown_is_refused(write_dataset, field, value):
    path = write_dataset() / "dataset.json"
    content = json.loads(path.read_text()) | {field: value}
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=f"lacks or garbles a field .*{field}"):
        dataset_card.read_card(path.parent)


def test_the_card_counts_clips_and_segments(write_dataset):
    content = json.loads((write_dataset() / "dataset.json").read_text())
    assert content["counts"]["s2"]["anger"] == {"clips": 2, "segments": 5}


def test_a_missing_dataset_says_how_to_make_one(tmp_path):
    with pytest.raises(DataError, match=r"No dataset at .*nothing.*write_mels"):
        dataset_card.read_card(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '"x"', '{"schema_version": 99}'])
def test_a_broken_or_foreign_card_is_refused(text, tmp_path):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(DataError, match=r"dataset.json .*write the dataset again"):
        dataset_card.read_card(tmp_path)


def test_a_card_without_a_field_is_refused(write_dataset):
    path = write_dataset() / "dataset.json"
    content = json.loads(path.read_text())
    del content["clips"]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="lacks or garbles a field"):
        dataset_card.read_card(path.parent)


def damage(path, kind):
    raw = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(raw[: len(raw) * 2 // 3])
    elif kind == "flipped":
        middle = len(raw) // 2
        path.write_bytes(raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :])
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()


@pytest.mark.parametrize("kind", ["truncated", "flipped", "empty", "missing"])
def test_a_damaged_shard_is_named(kind, write_dataset):
    folder = write_dataset()
    damage(folder / "segments-00000-of-00001.tfrecord", kind)
    with pytest.raises(DataError, match=r"segments-00000-of-00001.tfrecord .*write"):
        read_all(folder)


def test_a_shard_cut_between_two_records_is_named(write_dataset):
    folder = write_dataset()
    path = folder / "segments-00000-of-00001.tfrecord"
    raws = list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator())
    with tf.io.TFRecordWriter(str(path)) as writer:
        for raw in raws[:-4]:
            writer.write(raw)
    with pytest.raises(DataError, match="sha256"):
        read_all(folder)


def test_segments_of_another_shape_are_refused(write_dataset):
    folder = write_dataset(
        change_card=lambda card: dataclasses.replace(card, shape=(5, 7, 3))
    )
    with pytest.raises(DataError, match="cannot be parsed"):
        read_all(folder)


def test_the_hash_of_a_dataset_covers_its_segments(write_dataset):
    one = dataset_card.dataset_hash(write_dataset("one"))
    two = dataset_card.dataset_hash(write_dataset("two", seed=1))
    assert one != two
