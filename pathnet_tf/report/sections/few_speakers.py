"""The section about runs that learn from few speakers: does transfer help most there?

The figure shows scores over the number of training speakers. Each of its lines is one
method, and joins runs that differ in this number alone.
"""

import dataclasses
import itertools
from collections.abc import Collection, Sequence

import numpy as np

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.paired_comparison import compare_counts
from pathnet_tf.evaluation.significance import Interval, bootstrap_interval
from pathnet_tf.figures.few_speakers_figures import few_speakers_figure
from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.section import Picture, Section
from pathnet_tf.report.html.table import Cell, Change, Table
from pathnet_tf.report.names import (
    corpus_name,
    data_of,
    num_training_speakers,
    run_name,
    training_speakers_words,
)
from pathnet_tf.report.sections.protocol import normalization_words
from pathnet_tf.report.sections.speaker_counts import (
    bootstrap_rng,
    confusions_of,
    paired_confusions,
    scored,
    speakers_of,
)

COLUMNS = (
    "training speakers",
    "method",
    "clip UAR",
    "low",
    "high",
    "first - this",
    "difference low",
    "difference high",
    "held-out speakers",
)
PAIR = ("transfer", "scratch")


@dataclasses.dataclass(frozen=True, eq=False)
class SpeakerLine:
    """Runs of one method that learn from different numbers of speakers.

    Attributes:
      method: Method as `results.csv` names it.
      setting: Flags that distinguish this line from another line of the same method,
        such as `module=conv`; empty if there is only one line of the method.
      runs: The runs, by their number of training speakers.
    """

    method: str
    setting: str
    runs: dict[int, Evidence]

    @property
    def name(self) -> str:
        """The method, followed by the setting if there is one."""
        return f"{self.method}, {self.setting}" if self.setting else self.method

    @property
    def also_differs_in(self) -> list[str]:
        """Other flags in which the runs of the line differ, sorted."""
        return sorted(_differing([*self.runs.values()]))


def few_speakers_section(runs: Sequence[Evidence]) -> Section | None:
    """Shows scores over the number of training speakers.

    Args:
      runs: All runs of the page.

    Returns:
      The section; None if no two comparable runs have different numbers of training
      speakers.
    """
    groups = comparable_groups(runs)
    if not groups:
        return None
    shown = []
    for place, group in enumerate(groups, start=1):
        lines = speaker_lines(group)
        ending = f"_{place}" if len(groups) > 1 else ""
        flags = sorted({f"--{flag}" for line in lines for flag in line.also_differs_in})
        picture, table = _picture(lines, group, ending), _table(lines, group, ending)
        shown.append((flags, picture, table))
    return Section(
        "few_speakers",
        "Few speakers to learn from",
        tuple(table for *_, table in shown),
        tuple(picture for _, picture, _ in shown),
        template="few_speakers.html",
        content={"groups": shown},
    )


def _table(
    lines: Sequence[SpeakerLine], group: Sequence[Evidence], ending: str
) -> Table:
    """Makes a row for each number of training speakers and each line."""
    rows: list[list[Cell]] = []
    for number in _numbers(lines):
        for line in lines:
            if number not in line.runs:
                continue
            run = line.runs[number]
            score = _score(run, line.method)
            first = _first(lines, line, number)
            gap = _difference(first, line, number) if first is not line else None
            rows.append(
                [
                    training_speakers_words(run),
                    line.name,
                    score.estimate,
                    score.low,
                    score.high,
                    *([Change(gap.estimate), gap.low, gap.high] if gap else [None] * 3),
                    score.num_speakers,
                ]
            )
    return Table(f"few_speakers{ending}", _title(group), COLUMNS, rows)


def _picture(
    lines: Sequence[SpeakerLine], group: Sequence[Evidence], ending: str
) -> Picture:
    numbers = _numbers(lines)
    scores = {
        line.name: _array([_score_at(line, number) for number in numbers])
        for line in lines
    }
    differences = {}
    for one, other in _pairs(lines):
        name = f"{one.method} - {other.method}"
        name += f", {one.setting}" if one.setting else ""
        found = [_difference(one, other, number) for number in numbers]
        if any(found):
            differences[name] = (one.name, _array(found))
    title = _title(group)
    figure = few_speakers_figure(
        [_tick(lines, number) for number in numbers], scores, differences, title=title
    )
    return Picture(f"few_speakers{ending}", title, figure)


def _numbers(lines: Sequence[SpeakerLine]) -> list[int]:
    return sorted({number for line in lines for number in line.runs})


def _tick(lines: Sequence[SpeakerLine], number: int) -> str:
    """Labels a number of training speakers; `all` where it is all of some run."""
    runs = [line.runs[number] for line in lines if number in line.runs]
    words = {training_speakers_words(run) or "" for run in runs}
    return max(words, key=len)


def _first(lines: Sequence[SpeakerLine], line: SpeakerLine, number: int) -> SpeakerLine:
    """Finds the first line of the same setting that has a run with this number."""
    return next(
        one for one in lines if one.setting == line.setting and number in one.runs
    )


def _pairs(lines: Sequence[SpeakerLine]) -> list[tuple[SpeakerLine, SpeakerLine]]:
    """Pairs the lines to subtract, for each setting.

    They are transfer and scratch; if one of them is missing, the first two lines.
    """
    pairs = []
    for setting in dict.fromkeys(line.setting for line in lines):
        alike = [line for line in lines if line.setting == setting]
        named = {line.method: line for line in alike}
        if all(method in named for method in PAIR):
            pairs.append((named[PAIR[0]], named[PAIR[1]]))
        elif len(alike) > 1:
            pairs.append((alike[0], alike[1]))
    return pairs


def _score(run: Evidence, method: str) -> Interval:
    counts = scored(confusions_of(run, method, speakers_of(run)))
    return bootstrap_interval(counts, metrics.uars, rng=bootstrap_rng(run))


def _score_at(line: SpeakerLine, number: int) -> Interval | None:
    return _score(line.runs[number], line.method) if number in line.runs else None


def _difference(one: SpeakerLine, other: SpeakerLine, number: int) -> Interval | None:
    """Subtracts the second line from the first.

    Returns:
      The pooled difference; None if a line has no run with this number, or if the two
      runs cannot be compared.
    """
    if number not in one.runs or number not in other.runs:
        return None
    first, second = (line.runs[number] for line in (one, other))
    sides = paired_confusions((first, one.method), (second, other.method))
    made = compare_counts(
        one.name, other.name, "UAR", metrics.uars, sides, rng=bootstrap_rng(first)
    )
    return made.pooled if made else None


def _array(intervals: Sequence[Interval | None]) -> np.ndarray:
    """Stacks intervals to float64 `[num_intervals, 3]`: estimate, low, high; or NaN."""
    nothing = [np.nan] * 3
    return np.array(
        [[one.estimate, one.low, one.high] if one else nothing for one in intervals]
    )


def _title(group: Sequence[Evidence]) -> str:
    title = f"{_target(group)}: clip UAR by number of training speakers"
    words = {normalization_words(run) for run in group}
    return f"{title}; normalization: {', '.join(sorted(words))}"


def _target(group: Sequence[Evidence]) -> str:
    name = corpus_name(group[0].target_corpus) or "unknown target"
    is_synthesized = any(run.is_synthesized for run in group)
    return f"{name}, SYNTHESIZED" if is_synthesized else name


# Flags that the page shows elsewhere, or that do not change a method's scores.
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


def comparable_groups(runs: Sequence[Evidence]) -> list[list[Evidence]]:
    """Groups runs that differ in their number of training speakers.

    Args:
      runs: All runs of the page.

    Returns:
      Groups of runs with the same data and protocol. Each group has at least two
      different numbers of training speakers. LEAKY runs and runs without scored clips
      are left out.
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

    Two runs with the same number of speakers may have a method in common. Their lines
    are then named after the flags in which the runs differ, or after the folders of the
    runs if no flag differs.

    Args:
      group: A group from `comparable_groups`.

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
    """Lists the methods that have scored clips, which a stopped run may lack."""
    scored = {table.method for table in run.clips}
    return [method for method in run.methods if method in scored]


def _differing(runs: Sequence[Evidence]) -> set[str]:
    names = {name for run in runs for name in run.flags} - NO_SETTINGS
    return {name for name in names if len({r.flags.get(name, "") for r in runs}) > 1}


def _setting(run: Evidence, telling: Collection[str]) -> str:
    """Writes the flags in `telling` with their values; of a path, its last part."""
    parts = []
    for name in sorted(telling):
        values = run.flags.get(name, "").split(", ")
        short = " + ".join(value.rstrip("/").rsplit("/", 1)[-1] for value in values)
        parts.append(f"{name}={short or 'none'}")
    return ", ".join(parts)
