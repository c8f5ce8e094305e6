import numpy as np
import pytest

from pathnet_tf.search.checkpoints import Checkpoint, Checkpoints


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "kept", every=5)


def save(checkpoints, *steps):
    for step in steps:
        arrays = {"weights/0": np.full([2, 3], step, np.float32)}
        checkpoints.save(Checkpoint(step, arrays, {"rng": [2**100, step]}))


def files(checkpoints):
    return sorted(checkpoints.folder.iterdir())


def test_what_is_loaded_is_what_was_saved(checkpoints):
    save(checkpoints, 5)
    loaded = checkpoints.load()
    assert loaded.step == 5
    assert loaded.facts == {"rng": [2**100, 5]}
    assert loaded.arrays["weights/0"].dtype == np.float32
    assert (loaded.arrays["weights/0"] == 5).all()


def test_the_last_two_are_kept(checkpoints):
    save(checkpoints, 5, 10, 100)
    assert [int(path.stem) for path in files(checkpoints)] == [10, 100]
    assert checkpoints.load().step == 100


def test_nothing_is_loaded_where_nothing_was_saved(checkpoints):
    assert checkpoints.load() is None


def test_they_are_due_every_so_many_steps(checkpoints):
    assert [step for step in range(1, 16) if checkpoints.is_due(step)] == [5, 10, 15]


def test_they_are_removed(checkpoints):
    save(checkpoints, 5)
    checkpoints.remove()
    assert not checkpoints.folder.exists()


@pytest.mark.parametrize("place", [0, 31, 32, 200, -1])
def test_a_flipped_bit_is_found_and_the_one_before_is_used(checkpoints, capsys, place):
    save(checkpoints, 5, 10)
    newest = files(checkpoints)[-1]
    content = bytearray(newest.read_bytes())
    content[place] ^= 4
    newest.write_bytes(content)
    assert checkpoints.load().step == 5
    assert (
        f"{newest} is damaged; going on from the one before" in capsys.readouterr()[1]
    )


@pytest.mark.parametrize("length", [0, 10, 32, 300])
def test_a_truncated_one_is_found(checkpoints, capsys, length):
    save(checkpoints, 5)
    (only,) = files(checkpoints)
    only.write_bytes(only.read_bytes()[:length])
    assert checkpoints.load() is None
    assert "is damaged" in capsys.readouterr().err


def test_one_that_cannot_be_written_leaves_those_before(checkpoints, monkeypatch):
    save(checkpoints, 5)

    def fail(path, target):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("pathnet_tf.runtime.storage.move", fail)
    with pytest.raises(OSError, match="No space"):
        save(checkpoints, 10)
    assert [path.name for path in files(checkpoints)] == ["00000005.checkpoint"]
    assert checkpoints.load().step == 5
