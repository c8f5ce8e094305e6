import dataclasses
import json

import numpy as np
import pytest

from pathnet_tf.data.fold_inputs import normalize, undivided
from pathnet_tf.features.face_vectors import DESCRIPTORS, clip_vectors, descriptor
from pathnet_tf.features.functionals import loud_functionals
from pathnet_tf.features.functionals_file import functionals_beside
from pathnet_tf.features.representation import represent
from pathnet_tf.features.settings import Representation
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.compare_file import write_compare


def test_segments_stay_as_they_are(target):
    assert represent(target, Representation()) is target


def test_functionals_are_those_of_a_clips_frames(target):
    found = represent(target, Representation("functionals"))
    number, bands, channels = len(target.clips), *target.values.shape[2:]
    assert found.values.shape == (number, 1, 7 * bands, channels)
    assert found.values.dtype == np.float32
    assert found.clip.tolist() == list(range(number))
    for clip in range(number):
        rows = np.flatnonzero(target.clip == clip)
        assert found.labels[clip] == target.labels[rows[0]]
        frames = target.values[rows].reshape(-1, bands, channels)
        expected = [frames.mean(0), frames.std(0)]
        expected += list(np.percentile(frames, (5, 25, 50, 75, 95), axis=0))
        got = found.values[clip].reshape(7, bands, channels)
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def of_frames(target, energies):
    """A dataset of one clip whose frames have one static value each."""
    values = np.zeros((1, len(energies), 2, 3), np.float32)
    values[0, :, :, 0] = np.array(energies)[:, np.newaxis]
    return dataclasses.replace(
        target,
        values=values,
        labels=np.zeros(1, np.int32),
        clip=np.zeros(1, np.int64),
        clips=target.clips[:1],
        speakers=target.speakers[:1],
    )


def test_silent_frames_are_left_out(target):
    # 20 dB are 4.6 in natural logarithms of power.
    data = of_frames(target, [5.0, 5.0, 1.0, 0.0])
    kept = represent(data, Representation("functionals", silence_db=20))
    np.testing.assert_allclose(kept.values[0, 0, :2, 0], (5 + 5 + 1) / 3, rtol=1e-6)
    everything = represent(data, Representation("functionals"))
    np.testing.assert_allclose(everything.values[0, 0, :2, 0], 11 / 4, rtol=1e-6)


def test_silence_is_told_by_the_loudest_of_all_blocks(rng):
    whole = rng.normal(0, 3, (6, 4, 5, 3)).astype(np.float32)
    whole[:4] -= 8
    in_blocks = loud_functionals([whole[:2], whole[2:5], whole[5:]], 20)
    np.testing.assert_array_equal(in_blocks, loud_functionals([whole], 20))
    assert np.abs(in_blocks - loud_functionals([whole], 0)).max() > 1


def test_other_values_are_another_dataset(target):
    one, other = (
        represent(target, Representation("functionals", silence_db=db))
        for db in (0, 1e-3)
    )
    assert len({one.fingerprint, other.fingerprint, target.fingerprint}) == 3


def write(path, target, *, rows=5, keys=None, feature_set="compare"):
    keys = [clip.key for clip in target.clips] if keys is None else keys
    hashes = {clip.key: clip.sha256 for clip in target.clips}
    values = np.arange(len(keys) * rows, dtype=np.float32).reshape(len(keys), rows)
    np.savez(
        path,
        keys=np.array(keys),
        sha256=np.array([hashes[key] for key in keys]),
        feature_set=np.array(feature_set),
        values=values,
    )
    return values


def test_opensmiles_functionals_may_lie_in_several_files(tmp_path, target):
    keys = [clip.key for clip in target.clips]
    first = write(tmp_path / "1.npz", target, keys=keys[:3])
    second = write(tmp_path / "2.npz", target, keys=keys[3:])
    files = (tmp_path / "2.npz", tmp_path / "1.npz")
    found = represent(target, Representation("compare", files=files))
    assert found.values.shape == (len(keys), 1, 5, 1)
    expected = np.concatenate([first, second])
    np.testing.assert_array_equal(found.values[:, 0, :, 0], expected)


def test_a_clip_at_several_speeds_has_as_many_segments(tmp_path, target):
    folder = tmp_path / "target"
    write_compare(folder, speeds=(0.9, 1.1))
    (file,) = functionals_beside([str(folder)], ["compare"])
    found = represent(
        target, Representation("compare", speeds=(0.9, 1.1), files=(file,))
    )
    number = len(target.clips)
    assert found.values.shape == (3 * number, 1, 20, 1)
    assert found.clip.tolist() == np.repeat(np.arange(number), 3).tolist()
    assert found.version.tolist() == [0, 1, 2] * number
    labels = dict(zip(target.clip, target.labels, strict=True))
    assert found.labels.tolist() == [labels[clip] for clip in found.clip]
    with np.load(file) as content:
        place = content["keys"].tolist().index(target.clips[4].key)
        got = found.values[found.clip == 4, 0, :, 0]
        np.testing.assert_array_equal(got[0], content["values"][place])
        np.testing.assert_array_equal(got[1:], content["values_at_speeds"][place])
    assert represent(target, Representation("compare", files=(file,))).version is None


def test_who_is_heard_faster_is_scaled_as_another_speaker(tmp_path, target):
    folder = tmp_path / "target"
    write_compare(folder, speeds=(0.9,))
    files = (tmp_path / "target.compare.npz",)
    found = represent(target, Representation("compare", speeds=(0.9,), files=files))
    inputs = normalize(found, undivided(found), "speaker").train
    values = inputs.block(0, len(inputs)).numpy()
    speaker = np.asarray(found.speakers)[found.clip]
    for one in set(found.speakers):
        for speed in range(2):
            own = values[(speaker == one) & (found.version == speed)]
            np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-5)


def test_files_of_different_functionals_are_refused(tmp_path, target):
    keys = [clip.key for clip in target.clips]
    write(tmp_path / "1.npz", target, keys=keys[:3])
    write(tmp_path / "2.npz", target, keys=keys[3:], rows=4)
    files = (tmp_path / "1.npz", tmp_path / "2.npz")
    with pytest.raises(DataError, match="differing numbers of values"):
        represent(target, Representation("compare", files=files))


def test_functionals_are_looked_for_beside_datasets(tmp_path):
    for name in ("a.compare.npz", "b.egemaps.npz", "c.compare.npz", "a.npz"):
        (tmp_path / name).write_bytes(b"")
    folders = [f"{tmp_path}/a", f"{tmp_path}/b/", f"{tmp_path}/d", "gs://bucket/c", ""]
    for wanted, expected in (
        (["compare", "egemaps"], ["a.compare.npz", "b.egemaps.npz"]),
        (["compare"], ["a.compare.npz"]),
        ([], []),
    ):
        found = functionals_beside(folders, wanted)
        assert [path.name for path in found] == expected


def test_functionals_that_are_nowhere_are_asked_for(target):
    with pytest.raises(UsageError, match="egemaps needs --functionals="):
        represent(target, Representation("egemaps"))


@pytest.mark.parametrize(
    ("modality", "kind", "message"),
    [
        ("face", "functionals", "is one of speech, and target holds faces; use"),
        ("speech", "hog", "is one of faces, and target holds speech; use"),
        ("face", "lbp", "at least 16 x 16 pixels, and those of target have 8 x 6;"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(target, modality, kind, message):
    data = dataclasses.replace(target, modality=modality)
    with pytest.raises(UsageError, match=message):
        represent(data, Representation(kind))


@pytest.mark.parametrize("kind", ["hog", "lbp"])
def test_faces_become_one_vector_a_clip(load, kind):
    faces = load("faces", modality="face", shape=(16, 16, 3))
    found = represent(faces, Representation(kind))
    clips, expected = clip_vectors(
        faces.values, np.arange(len(faces.clip)), faces.clip, DESCRIPTORS[kind]
    )
    np.testing.assert_array_equal(found.values[:, 0, :, 0], expected)
    assert found.clip.tolist() == clips.tolist()
    assert found.labels.tolist() == [faces.labels[faces.clip == c][0] for c in clips]


@pytest.mark.parametrize("normalization", ["train", "speaker", "none"])
def test_each_value_of_faces_vectors_is_scaled_by_itself(load, normalization):
    faces = load("faces", modality="face", shape=(16, 16, 3))
    data = represent(faces, Representation("lbp"))
    values = np.asarray(data.values, np.float64).reshape(len(data.clips), -1)
    groups = np.asarray(data.speakers)
    if normalization != "speaker":
        groups = np.full(len(groups), "all")
    expected = values.copy()
    if normalization != "none":
        for group in np.unique(groups):
            own = values[groups == group]
            std = own.std(axis=0)
            expected[groups == group] = (own - own.mean(axis=0)) / np.where(std, std, 1)
    inputs = normalize(data, undivided(data), normalization).train
    found = inputs.block(0, len(inputs)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "words"}, "representation must be one of"),
        ({"kind": "functionals", "silence_db": -1}, "silence_db must not be negative"),
        ({"silence_db": 30.0}, "needs --representation=functionals, egemaps, comp"),
        ({"kind": "hog", "silence_db": 30.0}, "silence_db leaves silence out of"),
        ({"kind": "lbp", "speeds": (0.9,)}, "needs --representation=egemaps"),
        ({"kind": "functionals", "speeds": (0.9,)}, "needs --representation=egemaps"),
    ],
)
def test_wrong_settings_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Representation(**options)


@pytest.mark.parametrize("functionals", ["compare", "prosody"])
def test_vectors_stand_side_by_side(functionals, tmp_path, target):
    found = write(tmp_path / "1.npz", target, feature_set=functionals)
    vectors = write(tmp_path / "2.npz", target, rows=3, feature_set="vectors")
    files = (tmp_path / "1.npz", tmp_path / "2.npz")
    kind = f"vectors+{functionals}+functionals"
    beside = represent(target, Representation(kind, files=files))
    alone = represent(target, Representation("functionals")).values
    number = len(target.clips)
    expected = [vectors, found, alone.reshape(number, -1)]
    assert beside.values.shape[1::2] == (1, 1)
    got = beside.values.reshape(number, -1)
    np.testing.assert_array_equal(got, np.concatenate(expected, axis=1))


def test_vectors_of_different_encoders_are_refused(tmp_path, target):
    keys = [clip.key for clip in target.clips]
    files = (tmp_path / "1.npz", tmp_path / "2.npz")

    def read(*encoders):
        for file, encoder, some in zip(
            files, encoders, (keys[:3], keys[3:]), strict=True
        ):
            write(file, target, keys=some, feature_set="vectors")
            with np.load(file, allow_pickle=False) as content:
                arrays = dict(content)
            np.savez(file, **arrays, encoder=np.array(json.dumps(encoder)))
        return represent(target, Representation("vectors", files=files))

    known = {"encoder": "a.onnx", "sha256": "1", "layers": ["x"]}
    read(known, known | {"encoder": "elsewhere/a.onnx"})
    read({"given": "a.csv", "sha256": "1"}, {"given": "b.csv", "sha256": "2"})
    for other in (known | {"layers": ["y"]}, {"given": "a.csv", "sha256": "1"}):
        with pytest.raises(UsageError, match="were made by different encoders"):
            read(known, other)
    with pytest.raises(DataError, match=r"encoder is \['a.onnx'\]"):
        read(["a.onnx"], known)


@pytest.mark.parametrize(
    "kind", ["words", "", "hog+", "hog+hog", "segments+compare", "compare+words"]
)
def test_what_is_no_representation_is_told(kind):
    with pytest.raises(UsageError, match="--representation must be one of segments, f"):
        Representation(kind)


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("functionals+compare", {"speeds": (0.9,)}, "--speeds takes vectors that were"),
        ("vectors+hog", {"views": 2}, "--views looks at faces"),
        ("hog+lbp", {"silence_db": 3}, "--silence_db leaves silence out"),
    ],
)
def test_all_vectors_side_by_side_have_as_many_versions(kind, changes, message):
    with pytest.raises(UsageError, match=message):
        Representation(kind, **changes)


def test_a_model_describes_faces_side_by_side_as_datasets_do(rng):
    faces = rng.integers(0, 256, (3, 24, 24, 3), np.uint8)
    parts = [descriptor(one, 2)(faces).numpy() for one in ("hog", "lbp")]
    views = [np.split(one, 2, axis=1) for one in parts]
    found = descriptor("hog+lbp", 2)(faces)
    expected = [views[part][view] for view in (0, 1) for part in (0, 1)]
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), rtol=1e-5)
