"""What a person names to be predicted."""

import math

import pytest

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving.prediction_inputs import find_inputs


def test_files_passed_over_are_said_and_links_followed(tmp_path, capsys):
    for name in ("real/a.caf", "real/b.sph", "real/c.xyz", "real/d.weba"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "real")
    found = find_inputs([str(folder)], "speech")
    assert [one.path.name for one in found] == ["a.caf", "b.sph", "d.weba"]
    assert capsys.readouterr().err == (
        f"{folder}: passed over 1 file whose ending is not read here: 1 .xyz (such as "
        "link/c.xyz)\n"
    )


def test_inputs_keep_the_order_of_the_words(tmp_path):
    for name in ("b/2.wav", "b/1.flac", "b/.hidden.wav", "b/x.png", "a.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    words = [str(tmp_path / "b"), str(tmp_path / "a.wav")]
    assert [one.path.name for one in find_inputs(words, "speech")] == [
        "1.flac",
        "2.wav",
        "a.wav",
    ]
    assert [one.path.name for one in find_inputs(words[:1], "face")] == ["x.png"]


@pytest.mark.parametrize("cell", ["x", "-1", "nan", "inf"])
def test_a_table_of_no_seconds_is_refused(tmp_path, cell):
    table = tmp_path / "clips.csv"
    table.write_text(f"file,start\na.wav,{cell}\n")
    with pytest.raises(DataError, match=r"clips.csv row 2: .* is no number of seconds"):
        find_inputs([str(table)], "speech")


def test_the_end_of_a_stretch_may_be_open(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("file,start,end\na.wav,1,\n")
    (one,) = find_inputs([str(table)], "speech")
    assert (one.start_s, one.end_s) == (1.0, None)
    assert math.isfinite(one.start_s)
