"""The flags of a run as text, written to its folder and read back from there."""

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

from absl import flags

from pathnet_tf.experiment.settings import (
    FLAGS_NAME,
    ExecutionSettings,
    ExperimentSettings,
)
from pathnet_tf.runtime import storage
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.flag_fields import (
    define,
    flag_names,
    flagfile_text,
    settings_from_flags,
)


@dataclasses.dataclass(frozen=True)
class ResolvedFlags:
    """The flags of a run as flagfiles, one flag a line.

    Attributes:
      results: Those that results depend on.
      execution: Those that they do not.
    """

    results: str
    execution: str = ""

    @classmethod
    def parsed(cls, values: flags.FlagValues = flags.FLAGS) -> "ResolvedFlags":
        """Takes the flags of this process, or of `values`."""
        execution = flag_names(ExecutionSettings)
        others = [n for n in flag_names(ExperimentSettings) if n not in execution]
        # A run that is started again by its own flags goes on.
        execution.remove("overwrite")
        return cls(flagfile_text(others, values), flagfile_text(execution, values))

    def differences(self, begun: str) -> list[str]:
        """Names flags by which a run that has begun differs.

        Args:
          begun: The flagfile in its folder.

        Returns:
          A phrase for each.
        """
        ignored = {_name(line) for line in _lines(self.execution)}
        # The same folder may be spelled in another way.
        ignored |= {"overwrite", "run_dir"}
        old, new = (
            [line for line in _lines(text) if _name(line) not in ignored]
            for text in (begun, self.results)
        )
        names = dict.fromkeys(_name(line) for line in [*old, *new])
        found = []
        for name in names:
            there, here = (
                " ".join(line for line in lines if _name(line) == name) or "none"
                for lines in (old, new)
            )
            if there != here:
                found.append(f"{there} there, {here} here")
        return found


def changed_run(
    values: flags.FlagValues, changes: Mapping[str, Any]
) -> tuple[ExperimentSettings, ResolvedFlags]:
    """Makes a run of flags that have been parsed, with other values for some of them.

    Args:
      values: The flags.
      changes: Values by the names of their flags.

    Returns:
      The settings of the run, and its flags.

    Raises:
      UsageError: The settings contradict each other.
    """
    changed = flags.FlagValues()
    define(ExperimentSettings, changed)
    lines = _lines(flagfile_text(flag_names(ExperimentSettings), values))
    changed([sys.argv[0], *lines])
    for name, value in changes.items():
        changed[name].value = value
    settings = settings_from_flags(ExperimentSettings, changed)
    return settings, ResolvedFlags.parsed(changed)


def read_run_settings(run_dir: str, *, remedy: str) -> ExperimentSettings:
    """Reads the settings of a run from the flags in its folder.

    Args:
      run_dir: The run's folder.
      remedy: What to do where no run has begun, for the error.

    Returns:
      The settings, with `run_dir` as the folder.

    Raises:
      DataError: No run has begun there, or one of another release.
      UsageError: The settings contradict each other.
    """
    path = storage.as_path(run_dir) / FLAGS_NAME
    try:
        # As paths are decoded, which may hold bytes that are no UTF-8.
        text = path.read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{run_dir} has no {FLAGS_NAME}, {remedy}") from error
    values = flags.FlagValues()
    define(ExperimentSettings, values)
    try:
        values([sys.argv[0], *_lines(text), f"--run_dir={run_dir}"])
    except flags.Error as error:
        raise DataError(
            f"{path} holds flags that this release does not know ({error}); run it "
            "again, or use the release that ran it"
        ) from error
    return settings_from_flags(ExperimentSettings, values)


def _lines(text: str) -> list[str]:
    """Lines of a flagfile; a path may hold other characters that end lines."""
    return [line for line in text.split("\n") if line]


def _name(line: str) -> str:
    """Name of the flag in a line of a flagfile."""
    name = line.partition("=")[0].lstrip("-")
    # Of a boolean flag that is off.
    return name.removeprefix("no") if "=" not in line else name
