"""`ram://` is a store that every TensorFlow has, and that is no local file."""

import pytest
import tensorflow as tf

from pathnet_tf.runtime import storage
from pathnet_tf.runtime.storage import (
    RemotePath,
    as_path,
    move,
    remove_tree,
    write_whole,
)


@pytest.fixture(params=["local", "ram"])
def folder(request, tmp_path):
    if request.param == "local":
        return tmp_path / "folder"
    return as_path(f"ram://{tmp_path.name}/{request.node.name}")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a/b", "PosixPath"),
        ("/a/b", "PosixPath"),
        ("file:///a/b", "PosixPath"),
        ("gs://bucket/a", "RemotePath"),
        ("ram://a", "RemotePath"),
    ],
)
def test_a_scheme_makes_a_remote_path(text, kind):
    assert type(as_path(text)).__name__ == kind
    assert str(as_path(text)) == text.removeprefix("file://")


def test_a_remote_path_has_the_parts_of_a_path():
    path = as_path("gs://bucket/run/results.csv")
    assert path.name == "results.csv"
    assert path.parent == as_path("gs://bucket/run/")
    assert path.parents == [as_path("gs://bucket/run"), as_path("gs://bucket")]
    assert path.with_name("x") == as_path("gs://bucket") / "run" / "x"
    assert as_path(path) is path


def test_files_come_back_as_they_were_written(folder):
    write_whole(folder / "sub" / "a.txt", b"one")
    write_whole(folder / "sub" / "a.txt", "two ä".encode())
    assert (folder / "sub" / "a.txt").read_text(encoding="utf-8") == "two ä"
    assert [path.name for path in (folder / "sub").iterdir()] == ["a.txt"]
    assert (folder / "sub").is_dir()
    assert (folder / "sub" / "a.txt").is_file()
    (folder / "sub" / "a.txt").unlink()
    assert not (folder / "sub" / "a.txt").exists()


def test_folders_are_moved_with_all_they_hold(folder):
    write_whole(folder / "one" / "a.txt", b"a")
    write_whole(folder / "one" / "deep" / "b.txt", b"b")
    move(folder / "one", folder / "two")
    assert not (folder / "one").exists()
    assert (folder / "two" / "a.txt").read_bytes() == b"a"
    assert (folder / "two" / "deep" / "b.txt").read_bytes() == b"b"


def test_a_tree_is_removed_whether_or_not_it_is_there(folder):
    write_whole(folder / "one" / "deep" / "b.txt", b"b")
    for _ in range(2):
        remove_tree(folder / "one")
        assert not (folder / "one").exists()


def test_slices_of_a_file_are_its_bytes(folder):
    write_whole(folder / "bytes", bytes(range(100)))
    mapped = storage.map_bytes(str(folder / "bytes"))
    for part in (slice(90, 100), slice(3, 7), slice(0, 100)):
        assert mapped[part].tobytes() == bytes(range(100))[part]


def test_a_file_that_is_not_there_is_the_same_error_everywhere(folder):
    with pytest.raises(FileNotFoundError) as caught:
        (folder / "nothing").read_bytes()
    assert str(caught.value.filename).endswith("nothing")


def test_a_scheme_that_nothing_opens_is_named():
    with pytest.raises(OSError, match="scheme 'foo' not implemented"):
        RemotePath("foo://x/y").exists()


def test_a_failed_write_leaves_no_file(folder, monkeypatch):
    write_whole(folder / "a.txt", b"old")

    def fail(path, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "move", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(folder / "a.txt", b"new")
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
    assert (folder / "a.txt").read_bytes() == b"old"


def test_local_paths_need_no_tensorflow(tmp_path, monkeypatch):
    monkeypatch.setattr(tf.io, "gfile", None)
    write_whole(tmp_path / "a", b"a")
    assert storage.map_bytes(str(tmp_path / "a"))[0:1].tobytes() == b"a"
