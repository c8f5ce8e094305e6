"""Names that are probably one person's, and words that name nobody."""

import pytest

from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.data.speaker_names import lookalikes, speaker_warnings


@pytest.mark.parametrize(
    "names",
    [
        ("1", "1.0"),
        ("01", "1.00"),
        ("03", "3"),
        ("DC", "dc"),
        ("DC", "DC "),
        ("s1", "S01"),
        ("speaker 1", "speaker_01"),
        ("Speaker1", "speaker-1"),
        ("J\u00f6rg", "Jo\u0308rg"),
        ("\uff24\uff23", "DC"),
        ("\uff11", "1"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("ann\u200b", "ann"),
        ("Stra\u00dfe", "STRASSE"),
        ("own/1", "own/1.0"),
    ],
)
def test_lookalikes_are_one_warning_with_both_spellings(names):
    assert lookalikes([*names, "someone else"]) == (tuple(sorted(names)),)
    (line,) = speaker_warnings(names)
    assert line.startswith("Warning: are these one speaker? ")
    assert line.isprintable()
    one, other = line.partition("? ")[2].split(", ")
    assert one != other


@pytest.mark.parametrize(
    "names",
    [
        [f"{number:02d}" for number in range(1, 25)],
        [str(number) for number in range(1, 45)],
        ["DC", "JE", "JK", "KL"],
        ["1", "11", "1_1", "111", "1.1", "1.05", "1.5", "10", "100"],
        ["s1", "s10", "s100", "s1_1", "s11"],
        ["a/1", "b/1"],
        ["\u0915\u093f", "\u0915\u093e"],
    ],
)
def test_people_of_one_numbering_are_no_lookalikes(names):
    assert speaker_warnings(names) == []


def test_many_lookalikes_are_a_few_lines():
    numbers = range(1, 100)
    lines = speaker_warnings([f"{n}" for n in numbers] + [f"{n}.0" for n in numbers])
    assert len(lines) == 7
    assert "93 more groups" in lines[-1]


def test_numbers_of_any_length_are_compared():
    assert lookalikes(["0" * 9 + "7" * 9000, "7" * 9000])


def test_names_of_nobody_are_one_warning():
    (line,) = speaker_warnings(["own/ann", "own/nan", "own/unknown"])
    assert "own/nan, own/unknown may be several people" in line


@pytest.mark.parametrize(
    "word",
    [
        "nan",
        "NaN",
        "-nan",
        "NA",
        "N/A",
        "n.a.",
        "#N/A",
        "<NA>",
        "None",
        "null",
        "NULL",
        "(null)",
        "unknown",
        "Unknown",
        "-",
        "--",
        "\u2014",
        "?",
        "???",
        ".",
        "_",
        "1.#QNAN",
        "not available",
        "not_available",
        "#REF!",
        "\uff1f",
        "\uff2e\uff21",
        " ",
        "",
    ],
)
def test_a_missing_value_is_told(word):
    assert is_missing(word)


@pytest.mark.parametrize(
    "word",
    ["0", "1", "Nana", "Nancy", "Ann", "A", "X", "Noneman", "\u674e", "na1", "N"],
)
def test_a_name_is_no_missing_value(word):
    assert not is_missing(word)
