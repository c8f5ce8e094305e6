"""The section about runs that learn from few speakers: does transfer help most there?

A line of the figure is a method over the number of training speakers; it joins runs
that differ in this number alone.
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


def few_speakers_section(runs: Sequence[Evidence]) -> Section | None:
    """Scores over the number of training speakers.

    Args:
      runs: Those of a page that compares some.

    Returns:
      The section; none where no two comparable runs learn from different numbers.
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
    """A row a number of training speakers and method."""
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
    """The number below the picture, or that it is all of them."""
    runs = [line.runs[number] for line in lines if number in line.runs]
    words = {training_speakers_words(run) or "" for run in runs}
    return max(words, key=len)


def _first(lines: Sequence[SpeakerLine], line: SpeakerLine, number: int) -> SpeakerLine:
    """The first method of the same setting that learned from as many speakers."""
    return next(
        one for one in lines if one.setting == line.setting and number in one.runs
    )


def _pairs(lines: Sequence[SpeakerLine]) -> list[tuple[SpeakerLine, SpeakerLine]]:
    """Transfer and scratch of each setting; the first two methods if they are not."""
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
    """The first less the second; none where one lacks the number or a speaker."""
    if number not in one.runs or number not in other.runs:
        return None
    first, second = (line.runs[number] for line in (one, other))
    sides = paired_confusions((first, one.method), (second, other.method))
    made = compare_counts(
        one.name, other.name, "UAR", metrics.uars, sides, rng=bootstrap_rng(first)
    )
    return made.pooled if made else None


def _array(intervals: Sequence[Interval | None]) -> np.ndarray:
    """Float `[num, 3]`: estimates with both ends, NaN where there is none."""
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
