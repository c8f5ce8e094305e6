"""Flags that are fields of settings: one place for a default, its choices and its help.

    @dataclasses.dataclass(frozen=True)
    class SearchSettings:
        generations: int = flag(200, "Generations of each search.", least=1)

    define(SearchSettings)                          # --generations, 200 by default
    settings = settings_from_flags(SearchSettings)  # once the flags have been parsed

A field whose type is a dataclass of such fields brings their flags along.
"""

import dataclasses
import typing
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from absl import flags

from pathnet_tf.runtime.errors import UsageError

Settings = TypeVar("Settings")

_KEY = "flag"


@dataclasses.dataclass(frozen=True)
class _Flag:
    """What a field says of its flag; see `flag`."""

    name: str
    help: str
    choices: tuple[str, ...]
    least: float | None
    above: float | None
    below: float | None
    read: Callable[[Any], Any] | None
    kind: str

    def range_text(self) -> str:
        """Says which numbers are allowed."""
        if self.below is not None and self.above is not None:
            return f"lie between {self.above:g} and {self.below:g}"
        if self.below is not None:
            return f"be at least {self.least:g} and below {self.below:g}"
        if self.above is not None:
            return "be positive"
        return f"be at least {self.least:g}" if self.least else "not be negative"

    def holds(self, value: float) -> bool:
        """Whether a number is allowed; NaN never is."""
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def flag(
    default: Any = dataclasses.MISSING,
    help_text: str = "",
    *,
    name: str = "",
    choices: Collection[str] = (),
    least: float | None = None,
    above: float | None = None,
    below: float | None = None,
    read: Callable[[Any], Any] | None = None,
    kind: str = "",
) -> Any:
    """Makes a dataclass field that is a flag.

    Args:
      default: Default of the field and of the flag; without one the flag must be given.
      help_text: What `--help` says.
      name: The flag's name; the field's if empty.
      choices: The values that the flag may have.
      least: The smallest number that is allowed.
      above: A number that values must exceed, 0 where `below` is not given.
      below: A number that values must stay below.
      read: Makes the field's value of the flag's, which is a string, a number or a
        tuple of strings; raises `UsageError`, or a `ValueError` that says what the
        value must do.
      kind: `list` takes words with commas between them, as a tuple as default does;
        `repeated` takes the flag any number of times.

    Returns:
      The field.
    """
    options = _Flag(name, help_text, tuple(choices), least, above, below, read, kind)
    return dataclasses.field(default=default, metadata={_KEY: options})


def check(settings: Any) -> None:
    """Checks all fields of settings that are flags, for their `__post_init__`.

    Raises:
      UsageError: A value is none of its choices, or out of its range.
    """
    for field in dataclasses.fields(settings):
        options = field.metadata.get(_KEY)
        if options is None:
            continue
        name, value = options.name or field.name, getattr(settings, field.name)
        if options.choices and value not in (*options.choices, field.default):
            raise UsageError(
                f"{name} must be one of {options.choices}. Received: {name}={value!r}"
            )
        if not options.holds(value):
            raise UsageError(
                f"{name} must {options.range_text()}. Received: {name}={value}"
            )


def define(settings: type, values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines the flags of settings.

    Args:
      settings: A dataclass with fields made by `flag`.
      values: Where to define them.
    """
    for field in _fields(settings):
        options: _Flag = field.metadata[_KEY]
        name, text = _name(field), options.help
        default: Any = field.default
        if default is dataclasses.MISSING:
            default = None
        if options.choices:
            flags.DEFINE_enum(name, default, options.choices, text, flag_values=values)
        elif options.kind == "repeated":
            flags.DEFINE_multi_string(name, list(default), text, flag_values=values)
        elif options.kind == "list" or isinstance(default, tuple):
            words = default if isinstance(default, tuple) else (default,)
            flags.DEFINE_list(name, list(map(str, words)), text, flag_values=values)
        elif isinstance(default, bool):
            flags.DEFINE_bool(name, default, text, flag_values=values)
        elif isinstance(default, int):
            flags.DEFINE_integer(name, default, text, flag_values=values)
        elif isinstance(default, float):
            flags.DEFINE_float(name, default, text, flag_values=values)
        else:
            flags.DEFINE_string(name, default, text, flag_values=values)


def settings_from_flags(
    settings: type[Settings], values: flags.FlagValues = flags.FLAGS
) -> Settings:
    """Makes settings of flags that have been parsed.

    Args:
      settings: The dataclass whose flags `define` has defined.
      values: Where they were defined.

    Returns:
      The settings; fields that are no flags have their defaults.

    Raises:
      UsageError: A flag is missing, out of its range, or contradicts another one.
    """
    chosen: dict[str, Any] = {}
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        if _KEY in field.metadata:
            chosen[field.name] = _value(field, values)
        elif dataclasses.is_dataclass(field.type):
            part = typing.cast(type, field.type)
            chosen[field.name] = settings_from_flags(part, values)
    return settings(**chosen)


def flag_names(settings: type) -> list[str]:
    """Names of all flags of settings."""
    return [_name(field) for field in _fields(settings)]


def flagfile_text(
    names: Collection[str], values: flags.FlagValues = flags.FLAGS
) -> str:
    """Writes flags as they have been parsed, defaults included, as a flagfile.

    Args:
      names: Which flags.
      values: Where they were defined.

    Returns:
      One flag a line; none of a flag without a value.
    """
    lines = [values[name].serialize() for name in names]
    return "".join(f"{line}\n" for line in lines if line)


def _fields(settings: type) -> Iterator[dataclasses.Field]:
    """Fields that are flags, those of parts included."""
    for field in dataclasses.fields(settings):
        if _KEY in field.metadata:
            yield field
        elif dataclasses.is_dataclass(field.type):
            yield from _fields(typing.cast(type, field.type))


def _name(field: dataclasses.Field) -> str:
    return field.metadata[_KEY].name or field.name


def _value(field: dataclasses.Field, values: flags.FlagValues) -> Any:
    value = values[_name(field)].value
    if field.default is dataclasses.MISSING and not value:
        raise UsageError(f"--{_name(field)} is missing; give it or a --flagfile")
    if field.default is None and value in (None, ""):
        return None
    if isinstance(value, list):
        value = tuple(value)
    read = field.metadata[_KEY].read
    if not read:
        return value
    try:
        return read(value)
    except ValueError as error:
        text = ",".join(value) if isinstance(value, tuple) else value
        raise UsageError(
            f"--{_name(field)} must {error}. Received: --{_name(field)}={text}"
        ) from error
