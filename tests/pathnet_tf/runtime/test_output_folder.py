import socket
import subprocess

import pytest

from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.output_folder import OutputFolder


def publish(folder, overwrite=False, text="new", error=None):
    output = OutputFolder(folder, ("mark", "part-*"), "--out", overwrite)
    with output.published() as aside:
        (aside / "mark").write_text(text)
        if error:
            raise error


def test_a_folder_appears_whole(tmp_path):
    publish(tmp_path / "a" / "x")
    assert (tmp_path / "a" / "x" / "mark").read_text() == "new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["x"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_failure_leaves_what_was_there(is_there, error, tmp_path):
    if is_there:
        publish(tmp_path / "x", text="old")
    with pytest.raises(error):
        publish(tmp_path / "x", overwrite=True, error=error())
    assert [path.name for path in tmp_path.iterdir()] == ["x"] * is_there
    assert not is_there or (tmp_path / "x" / "mark").read_text() == "old"


def test_a_folder_is_replaced_when_asked(tmp_path):
    publish(tmp_path / "x", text="old")
    publish(tmp_path / "x", overwrite=True)
    assert (tmp_path / "x" / "mark").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_is_not_replaced_unasked(tmp_path):
    publish(tmp_path / "x", text="old")
    with pytest.raises(UsageError, match=r"x exists; name another --out.*--overwrite"):
        publish(tmp_path / "x")


def test_a_folder_of_another_kind_is_never_replaced(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis.tex").write_text("precious")
    with pytest.raises(UsageError, match=r"holds thesis.tex, so it is not replaced"):
        publish(tmp_path / "x", overwrite=True)
    assert (tmp_path / "x" / "thesis.tex").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written.*another --out"):
        publish(tmp_path / "file" / "x")


def test_a_folder_in_which_someone_put_a_file_is_never_replaced(tmp_path):
    publish(tmp_path / "x")
    (tmp_path / "x" / "part-1").touch()
    publish(tmp_path / "x", overwrite=True)
    (tmp_path / "x" / "notes.txt").write_text("precious")
    with pytest.raises(UsageError, match=r"holds notes.txt, so it is not replaced"):
        publish(tmp_path / "x", overwrite=True)
    assert (tmp_path / "x" / "notes.txt").read_text() == "precious"


def test_a_folder_is_shared_by_those_of_its_kind_alone(tmp_path):
    output = OutputFolder(tmp_path / "x", ("mark", "part-*"), "--out")
    output.require_shareable()
    (tmp_path / "x").mkdir()
    for name in ("part-1", ".mark.about-to-come"):
        (tmp_path / "x" / name).touch()
        output.require_shareable()
    (tmp_path / "x" / "thesis.tex").touch()
    with pytest.raises(UsageError, match=r"holds thesis.tex, .* another --out"):
        output.require_shareable()


def test_a_file_is_not_shared(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        OutputFolder(tmp_path / "x", ("mark",), "--out").require_shareable()


@pytest.fixture
def dead_process():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_what_a_killed_process_left_is_cleared_up(tmp_path, dead_process):
    left = tmp_path / f".x.unfinished-{socket.gethostname()}-{dead_process}"
    left.mkdir()
    (left / "mark").touch()
    publish(tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_another_machine_writes_is_left_alone(tmp_path):
    (tmp_path / ".x.unfinished-other-1").mkdir()
    publish(tmp_path / "x")
    assert (tmp_path / ".x.unfinished-other-1").exists()


def test_what_a_process_still_writes_is_left_alone(tmp_path):
    output = OutputFolder(tmp_path / "x", ("mark",), "--out")
    with output.published() as aside:
        (aside / "mark").touch()
        # As a process of another container may find it, to which this one is dead.
        elsewhere = aside.rename(aside.with_name(f"{aside.name[:-1]}{'x'}"))
        publish(tmp_path / "x")
        assert (elsewhere / "mark").exists()
        elsewhere.rename(aside)
        (tmp_path / "x" / "mark").unlink()
        (tmp_path / "x").rmdir()
    assert (tmp_path / "x" / "mark").exists()


def test_what_was_about_to_be_replaced_comes_back(tmp_path, dead_process):
    publish(tmp_path / "x", text="old")
    hidden = tmp_path / f".x.replaced-{socket.gethostname()}-{dead_process}"
    (tmp_path / "x").rename(hidden)
    with pytest.raises(UsageError, match=r"x exists"):
        publish(tmp_path / "x")
    assert (tmp_path / "x" / "mark").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
