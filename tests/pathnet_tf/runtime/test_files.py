"""Files whatever their names: listed, escaped, and found again."""

import os

import pytest

from pathnet_tf.runtime.errors import DataError, UsageError, printable
from pathnet_tf.runtime.file_names import escaped, named_file
from pathnet_tf.runtime.media_files import (
    SOUNDS,
    VIDEOS,
    files_below,
    passed_over_line,
)
from pathnet_tf.runtime.storage import as_path


def test_folders_behind_links_are_listed_once(tmp_path):
    for name in ("real/a.wav", "real/._a.wav", "real/.hidden/b.wav", "c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    (tmp_path / "again").symlink_to("real")
    (tmp_path / "real/loop").symlink_to(tmp_path)
    (tmp_path / "one.wav").symlink_to("real/a.wav")
    found = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)]
    assert found == ["c.wav", "one.wav", "real/a.wav"]


def test_a_folder_that_cannot_be_opened_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"shut cannot be opened \(Permission"):
        files_below(tmp_path / "shut")


def test_what_is_passed_over_is_counted_by_ending(tmp_path):
    for name in ("a.WAV", "b.txt", "c.TXT", "README", "d.xyz"):
        (tmp_path / name).touch()
    (tmp_path / os.fsdecode(b"\xfc.txt")).touch()
    line = passed_over_line(tmp_path, files_below(tmp_path), SOUNDS | VIDEOS)
    assert line == (
        f"{tmp_path}: passed over 5 files whose endings are not read here: 1 without "
        "an ending (such as README), 3 .txt (such as b.txt), 1 .xyz (such as d.xyz)"
    )
    assert passed_over_line(tmp_path, [tmp_path / "a.WAV"], SOUNDS) == ""


NAMES = [b"Gl\xfcck.wav", b"\xff\xfe", b"\xc3\xa4\xe4", b"a\xff\nb"]


@pytest.mark.parametrize("name", NAMES)
def test_an_escaped_name_is_text_and_names_its_file(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    path.touch()
    text = escaped(path.name)
    text.encode()
    assert named_file(tmp_path, text).exists()
    printable(path.name).encode()


def test_a_name_that_looks_escaped_is_itself_first(tmp_path):
    for name in (rb"a\xfc", b"a\xfc"):
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    assert named_file(tmp_path, r"a\xfc").read_bytes() == rb"a\xfc"
    assert named_file(tmp_path, r"b\xfc") == tmp_path / r"b\xfc"


def test_a_folder_of_ours_whose_name_is_no_text_is_refused():
    with pytest.raises(UsageError, match=r"J\\xf6rg is no UTF-8"):
        as_path(os.fsdecode(b"J\xf6rg"))
