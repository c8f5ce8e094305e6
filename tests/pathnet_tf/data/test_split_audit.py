import pytest

from pathnet_tf.data.split_audit import AuditSettings, Overlap, audit, audit_lines
from pathnet_tf.data.split_table import read_split_table
from pathnet_tf.runtime.errors import DataError


@pytest.fixture
def check(tmp_path):
    def check_rows(*rows, columns="file,speaker,split", **options):
        path = tmp_path / "split.csv"
        path.write_text("\n".join([columns, *rows]), encoding="utf-8")
        settings = AuditSettings(root=tmp_path, **options)
        return audit(read_split_table(path), settings)

    return check_rows


def overlaps(found):
    return [one for division in found.divisions for one in division.overlaps]


def test_any_two_sides_are_compared(check):
    found = check("a,ann,train", "b,bob,test", "c,ann,dev", "d,bob,dev")
    assert overlaps(found) == [
        Overlap("speaker", ("train", "validation"), ("ann",), True),
        Overlap("speaker", ("validation", "test"), ("bob",), True),
    ]


def test_a_row_in_no_split_leaks_nothing(check):
    found = check("a,ann,train", "b,bob,test", "a,bob,")
    assert found.leaks == {}
    assert "1 row(s) without a split were left out." in audit_lines(found)


def test_a_link_is_the_file_it_points_to(check, tmp_path):
    (tmp_path / "a.wav").write_text("x")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    found = check("a.wav,ann,train", "b.wav,bob,test")
    assert found.leaks == {"file": ["split"]}


def test_copies_on_one_side_are_no_leak(check, tmp_path):
    for name in "abc":
        (tmp_path / name).write_text("y" if name == "c" else "x")
    found = check("a,ann,train", "b,ann,train", "c,bob,test")
    assert found.leaks == {}


def test_missing_files_are_counted(check, tmp_path):
    (tmp_path / "a").write_text("x")
    found = check("a,ann,train", "b,bob,test")
    assert found.missing == ("b",)
    text = "\n".join(audit_lines(found))
    assert "1 of 2 files (b); their content was not compared" in text
    assert "Content of 1 file(s) compared" in text


def test_balance_counts_emotions_on_each_side(check):
    found = check(
        "a,ann,train,Anger",
        "b,ann,train,fear",
        "c,bob,test,anger",
        columns="file,speaker,split,emotion",
    )
    (division,) = found.divisions
    assert division.balance == {
        "train": {"anger": 1, "fear": 1},
        "test": {"anger": 1, "fear": 0},
    }
    assert division.absent == [("fear", "test")]
    assert "  balance   warning: no fear in test" in audit_lines(found)
    assert found.num_warnings == 1


def test_speakers_named_alike_are_asked_about(check):
    found = check("a,03,train", "b,3,test", "c,Ann,train", "d,ann,test")
    assert found.leaks == {}
    assert found.similar_speakers == (("03", "3"), ("Ann", "ann"))
    assert "Warning: are these one speaker? 03, 3" in audit_lines(found)


def test_sentences_that_are_not_known_overlap_with_nothing(check):
    columns = "file,speaker,split,sentence"
    found = check("a,ann,train,", "b,bob,test,", "c,bob,test,x", columns=columns)
    assert overlaps(found) == []
    assert found.num_without_sentence == 2


def test_long_lists_are_shortened(check):
    rows = [f"f{n},s{n},{side}" for n in range(9) for side in ("train", "test")]
    text = "\n".join(audit_lines(check(*rows)))
    assert "9 in train and test: s0, s1, s2, s3, s4, s5 and 3 more" in text


def test_the_root_must_be_there(check, tmp_path):
    check("a,ann,train", "b,bob,test")
    settings = AuditSettings(root=tmp_path / "none")
    with pytest.raises(DataError, match="No folder at"):
        audit(read_split_table(tmp_path / "split.csv"), settings)


def test_no_leak_is_said_of_lookalikes_on_a_condition(check):
    found = check("a,1,train", "b,1.0,test")
    lines = audit_lines(found)
    assert "Warning: are these one speaker? 1, 1.0" in lines
    assert (
        lines[-1] == "No leak, if the speakers above are different people; 1 warning(s)"
    )


@pytest.mark.parametrize("word", ["nan", "unknown", "-"])
def test_a_speaker_without_a_name_is_refused(check, word):
    with pytest.raises(DataError, match=rf"row 3: column speaker is '{word}'"):
        check("a,ann,train", f"b,{word},test")


def test_missing_emotions_and_sentences_are_unknown(check):
    found = check(
        "a,ann,train,anger,1",
        "b,bob,test,anger,nan",
        "c,bob,test,NaN,1",
        columns="file,speaker,split,emotion,sentence",
    )
    assert found.divisions[0].balance == {"train": {"anger": 1}, "test": {"anger": 1}}
    assert found.num_without_sentence == 1
