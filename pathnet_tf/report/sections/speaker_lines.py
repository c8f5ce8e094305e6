"""Which runs make a line over the number of training speakers."""

import dataclasses
import itertools
from collections.abc import Collection, Sequence

from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.names import data_of, run_name
from pathnet_tf.report.training_speakers import num_training_speakers

# Flags that say what is on the page anyway, or change nothing of a method's scores.
NO_SETTINGS = frozenset(
    (
        "address",
        "alexnet_weights",
        "cache",
        "cache_dir",
        "checkpoint_every",
        "executor",
        "export_dir",
        "export_onnx",
        "functionals",
        "inner_folds",
        "method",
        "num_workers",
        "overwrite",
        "repeats",
        "run_dir",
        "scheduler",
        "score_sources",
        "scratch_control",
        "shard",
        "target",
        "train_speakers",
    )
)


@dataclasses.dataclass(frozen=True, eq=False)
class SpeakerLine:
    """Runs of one method that learn from different numbers of speakers.

    Attributes:
      method: As the results name it.
      setting: What tells it from another line of the method, such as `module=conv`;
        empty where there is no other.
      runs: By their number of training speakers.
    """

    method: str
    setting: str
    runs: dict[int, Evidence]

    @property
    def name(self) -> str:
        """The method, and the setting where there is one."""
        return f"{self.method}, {self.setting}" if self.setting else self.method

    @property
    def also_differs_in(self) -> list[str]:
        """Flags beside the number of speakers in which its runs differ, sorted."""
        return sorted(_differing([*self.runs.values()]))


def comparable_groups(runs: Sequence[Evidence]) -> list[list[Evidence]]:
    """Groups runs that differ in their number of training speakers.

    Args:
      runs: Any.

    Returns:
      Groups of runs with clips, of the same data and protocol, none of them LEAKY, each
      of at least two numbers of training speakers.
    """
    groups: dict[tuple[object, str], list[Evidence]] = {}
    for run in runs:
        if run.clips and not run.is_leaky and num_training_speakers(run):
            groups.setdefault((data_of(run), run.protocol), []).append(run)
    return [
        group
        for group in groups.values()
        if len({num_training_speakers(run) for run in group}) > 1
    ]


def speaker_lines(group: Sequence[Evidence]) -> list[SpeakerLine]:
    """Sorts the methods of a group's runs into lines.

    Where two runs of the same number of speakers have a method in common, their methods
    are told apart by the flags that they differ in, or by their folders if in none.

    Args:
      group: Runs of `comparable_groups`.

    Returns:
      Lines, in the order of the runs and of their methods.
    """
    telling: set[str] = set()
    for one, other in itertools.combinations(group, 2):
        is_same = num_training_speakers(one) == num_training_speakers(other)
        if is_same and set(_scored_methods(one)) & set(_scored_methods(other)):
            telling |= _differing([one, other])
    lines: dict[tuple[str, str], SpeakerLine] = {}
    for run in group:
        number = num_training_speakers(run)
        assert number is not None
        setting = _setting(run, telling)
        for method in _scored_methods(run):
            line = lines.setdefault((method, setting), SpeakerLine(method, setting, {}))
            if number in line.runs:
                own = ", ".join(filter(None, [setting, run_name(run)]))
                line = lines.setdefault((method, own), SpeakerLine(method, own, {}))
            line.runs[number] = run
    return list(lines.values())


def _scored_methods(run: Evidence) -> list[str]:
    """Methods with clips: of a run that stopped half-way some may have none."""
    scored = {table.method for table in run.clips}
    return [method for method in run.methods if method in scored]


def _differing(runs: Sequence[Evidence]) -> set[str]:
    names = {name for run in runs for name in run.flags} - NO_SETTINGS
    return {name for name in names if len({r.flags.get(name, "") for r in runs}) > 1}


def _setting(run: Evidence, telling: Collection[str]) -> str:
    """Flags and values; of a folder its name alone."""
    parts = []
    for name in sorted(telling):
        values = run.flags.get(name, "").split(", ")
        short = " + ".join(value.rstrip("/").rsplit("/", 1)[-1] for value in values)
        parts.append(f"{name}={short or 'none'}")
    return ", ".join(parts)
