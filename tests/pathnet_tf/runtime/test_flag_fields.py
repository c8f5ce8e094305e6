import dataclasses

import pytest
from absl import flags

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import (
    check,
    define,
    flag,
    flag_names,
    flagfile_text,
    settings_from_flags,
)


def read_even(text):
    if int(text) % 2:
        raise ValueError("be even")
    return int(text)


@dataclasses.dataclass(frozen=True)
class Part:
    share: float = flag(0.5, "A share.", above=0, below=1)
    kind: str | None = flag(None, "A kind.", choices=("one", "two"))

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Whole:
    place: str = flag(help_text="A place.")
    part: Part = dataclasses.field(default_factory=Part)
    no_flag: int = 3
    count: int = flag(1, "How many.", name="number", least=1)
    is_new: bool = flag(True, "Whether it is new.")
    names: tuple[str, ...] = flag((), "Names.")
    files: tuple[str, ...] = flag((), "Files.", name="file", kind="repeated")
    even: int | None = flag(None, "An even number.", read=read_even)

    def __post_init__(self):
        check(self)


def parse(*words):
    values = flags.FlagValues()
    define(Whole, values)
    values(["program", *words])
    return values


def settings_of(*words):
    return settings_from_flags(Whole, parse(*words))


def test_flags_have_the_defaults_and_the_help_of_their_fields():
    assert settings_of("--place=here") == Whole(place="here")
    values = parse()
    assert values["number"].help == "How many."
    assert values["place"].default is None


def test_flags_make_settings_and_their_parts():
    words = "--place=here --share=0.1 --kind=two --number=2 --nois_new --names=a,b"
    found = settings_of(*words.split(), "--file=x", "--file=y", "--even=4")
    assert found == Whole(
        place="here",
        part=Part(share=0.1, kind="two"),
        count=2,
        is_new=False,
        names=("a", "b"),
        files=("x", "y"),
        even=4,
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--place is missing"),
        (["--number=0"], "number must be at least 1. Received: number=0"),
        (["--share=1"], "share must lie between 0 and 1. Received: share=1.0"),
        (["--share=nan"], "share must lie between"),
        (["--even=3"], "--even must be even. Received: --even=3"),
    ],
)
def test_wrong_flags_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        settings_of(*words, *(["--place=here"] if words else []))


def test_settings_are_checked_without_flags_too():
    with pytest.raises(UsageError, match=r"kind must be one of .*three"):
        Part(kind="three")


def test_the_text_of_flags_gives_the_same_settings_again():
    words = ["--place=here", "--names=a,b", "--file=x", "--file=y", "--nois_new"]
    text = flagfile_text(flag_names(Whole), parse(*words))
    assert "--kind" not in text
    assert "--share=0.5\n" in text
    assert settings_of(*text.splitlines()) == settings_of(*words)
