"""The page of a matrix of corpora: each as the target of every other one."""

import dataclasses
import functools
import os
import shlex
import urllib.parse
from pathlib import Path

import numpy as np

from pathnet_tf.data.dataset_card import SYNTHESIZED
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES
from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.paired_comparison import (
    PairedComparison,
    compare_counts,
    corrected,
)
from pathnet_tf.evaluation.results_csv import method_label
from pathnet_tf.evaluation.significance import Interval, bootstrap_interval
from pathnet_tf.experiment.cross_corpus import (
    PAGE_NAME,
    PARTS_FOLDER,
    SCRATCH,
    Matrix,
    MatrixRun,
    Target,
)
from pathnet_tf.experiment.settings import REPORT_NAME
from pathnet_tf.figures.cross_corpus_figures import cross_corpus_figure
from pathnet_tf.report.evidence.run_evidence import Evidence, read_evidence
from pathnet_tf.report.html.captioned import marked
from pathnet_tf.report.html.rendering import render
from pathnet_tf.report.html.section import Picture, Section
from pathnet_tf.report.html.table import Cell, Change, Link, Table
from pathnet_tf.report.names import corpus_name
from pathnet_tf.report.sections.protocol import normalization_words
from pathnet_tf.report.sections.speaker_counts import (
    bootstrap_rng,
    confusions_of,
    paired_confusions,
    scored,
    speakers_of,
)
from pathnet_tf.report.write_report import write_parts, write_report
from pathnet_tf.runtime.storage import AnyPath, write_whole

OTHERS = "all others"


@dataclasses.dataclass(frozen=True, eq=False)
class Score:
    """What a run of the matrix gave.

    Attributes:
      evidence: The run.
      uar: Clip UAR, pooled over folds, with its interval over speakers.
      gain: The run against that from scratch, not corrected; None of scratch itself.
    """

    evidence: Evidence
    uar: Interval
    gain: PairedComparison | None


class CrossCorpusPage:
    """Gathers the scores of a matrix, run by run, and lays them out."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._scores: dict[MatrixRun, Score] = {}

    @property
    def parts(self) -> AnyPath:
        """The folder of the page's tables and pictures as files."""
        return self._matrix.run_dir / PARTS_FOLDER

    def add(self, cell: MatrixRun) -> str:
        """Reads the scores of a finished run, and writes its own page if it has none.

        Args:
          cell: The run; that from scratch comes before the others of its row.

        Returns:
          The score in words.

        Raises:
          DataError: A file of the run cannot be read.
        """
        run_dir = str(cell.settings.run_dir)
        if not (cell.settings.run_dir / REPORT_NAME).exists():
            write_report([run_dir])
        run = read_evidence(run_dir)
        counts = scored(confusions_of(run, _label(cell), speakers_of(run)))
        uar = bootstrap_interval(counts, metrics.uars, rng=bootstrap_rng(run))
        row = self._matrix.cells_of(cell.target)
        scratch = next(one for one in row if not one.sources)
        gain = None
        if cell is not scratch and scratch in self._scores:
            sides = paired_confusions(
                (run, _label(cell)), (self._scores[scratch].evidence, _label(scratch))
            )
            names = (f"from {cell.source_name}", "from scratch")
            gain = compare_counts(
                *names, "UAR", metrics.uars, sides, rng=bootstrap_rng(run)
            )
        self._scores[cell] = Score(run, uar, gain)
        return f"clip UAR {uar.estimate:.3f}" + (
            f" ({gain.pooled.estimate:+.3f} over scratch)"
            if gain and gain.pooled
            else ""
        )

    def text(self) -> str:
        """Writes the matrix for a terminal."""
        rows = [[marked("clip UAR", self._is_leaky), *self._columns]]
        for target in self._matrix.targets:
            scores = self._row(target)
            rows.append([target.corpus.name, *map(_in_cell, scores)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for name, *cells in rows:
            texts = [c.rjust(width) for c, width in zip(cells, widths[1:], strict=True)]
            lines.append("  ".join([name.ljust(widths[0]), *texts]))
        lines.append(
            "In brackets: gain over scratch; * p < 0.05 by speaker, after Holm over "
            "the row."
        )
        return "\n".join(lines)

    def write(self) -> AnyPath:
        """Writes the page, and its tables and pictures beside it.

        Returns:
          File of the page.
        """
        matrix, output = self._matrix, self._matrix.run_dir / PAGE_NAME
        sections = [self._matrix_section(), self._run_section(output)]
        sections += [self._target_section(), self._command_section()]
        runs = [score.evidence for score in self._scores.values()]
        names = ", ".join(corpus_name(one.name) for one in matrix.corpora)
        num_done, num_all = len(self._scores), len(matrix.cells)
        state = f"Stopped at {num_done} of {num_all} runs. " * (num_done < num_all)
        page = render(
            "page.html",
            title=f"{len(matrix.corpora)} corpora, each from the others",
            subtitle=f"{state}{names}, {matrix.corpora[0].card.modality}",
            sections=sections,
            is_leaky=self._is_leaky,
            notice=SYNTHESIZED if any(run.is_synthesized for run in runs) else "",
        )
        write_parts(self.parts, sections)
        write_whole(output, page.encode())
        return output

    @functools.cached_property
    def _columns(self) -> list[str]:
        """Names of the columns."""
        corpora = self._matrix.corpora
        others = [OTHERS] if len(corpora) > 2 else []
        return [SCRATCH, *(one.name for one in corpora), *others]

    @property
    def _is_leaky(self) -> bool:
        return any(cell.settings.is_leaky for cell in self._matrix.cells)

    def _row(self, target: Target) -> list[Score | None]:
        """The scores of a row by column, their gains corrected over the row."""
        cells = self._matrix.cells_of(target)
        found = {cell: self._scores[cell] for cell in cells if cell in self._scores}
        tested = [cell for cell, score in found.items() if score.gain]
        gains = corrected([gain for cell in tested if (gain := found[cell].gain)])
        for cell, gain in zip(tested, gains, strict=True):
            found[cell] = dataclasses.replace(found[cell], gain=gain)
        by_column = {_column(cell): score for cell, score in found.items()}
        return [by_column.get(column) for column in self._columns]

    def _matrix_section(self) -> Section:
        targets, columns = self._matrix.targets, self._columns
        rows = [self._row(target) for target in targets]
        names = [corpus_name(one.corpus.name) for one in targets]
        heads = [corpus_name(name) for name in columns]
        title = "Clip UAR of each target, by what it was learned from"
        figure = cross_corpus_figure(
            names,
            heads,
            [[one.uar.estimate if one else np.nan for one in row] for row in rows],
            [[_gain(one, np.nan) for one in row] for row in rows],
            [[bool(one and _is_significant(one)) for one in row] for row in rows],
            title=title,
        )
        scores: list[list[Cell]] = [
            [name, *(one.uar.estimate if one else None for one in row)]
            for name, row in zip(names, rows, strict=True)
        ]
        gains: list[list[Cell]] = [
            [name, *(Change(_gain(one)) if one and one.gain else None for one in row)]
            for name, row in zip(names, rows, strict=True)
        ]
        leak = self._is_leaky
        return Section(
            "matrix",
            "Who helps whom",
            (
                Table("scores", title, ["target", *heads], scores, is_leaky=leak),
                Table(
                    "gains",
                    "What transfer gains over scratch, clip UAR",
                    ["target", *heads[1:]],
                    [[row[0], *row[2:]] for row in gains],
                    is_leaky=leak,
                ),
            ),
            (Picture("matrix", title, figure, is_leaky=leak),),
            note="A row is one target: its classes, folds and seeds are the same "
            "whatever it was learned from, so numbers of a row can be compared. Those "
            "of different rows cannot: each target has its own classes and speakers.",
        )

    def _run_section(self, output: AnyPath) -> Section:
        rows: list[list[Cell]] = []
        for target in self._matrix.targets:
            for score, column in zip(self._row(target), self._columns, strict=True):
                if score:
                    link = _linked(corpus_name(column), score.evidence, output)
                    rows.append([corpus_name(target.corpus.name), link, *_cells(score)])
        columns = ["target", "learned from", "clip UAR", "low", "high"]
        columns += ["gain over scratch", "gain low", "gain high"]
        columns += ["p after Holm", "by speaker", "speakers"]
        title = "All runs, with 95 % intervals over speakers"
        return Section(
            "runs",
            "Every run",
            (Table("runs", title, columns, rows, is_leaky=self._is_leaky),),
            note="Intervals are bootstrap over the target's speakers, the same ones "
            "drawn for both sides of a gain, and are not corrected for being several. "
            "The test is Wilcoxon's signed-rank test of the gains in the speakers' own "
            "UAR, corrected by Holm's rule over the row.",
        )

    def _target_section(self) -> Section:
        rows: list[list[Cell]] = []
        for target in self._matrix.targets:
            score = self._row(target)[0]
            if not score:
                continue
            run, emotions = score.evidence, target.emotions
            clips = [c for c in target.corpus.card.clips if c.emotion in emotions]
            rows.append(
                [
                    corpus_name(target.corpus.name),
                    ", ".join(emotions),
                    PROTOCOL_NAMES[target.protocol],
                    len({table.fold for table in run.clips}),
                    target.confounding.num_speakers,
                    target.confounding.num_single,
                    len(clips),
                    normalization_words(run),
                    run.settings.repeats if run.settings else None,
                ]
            )
        columns = ["target", "emotions", "protocol", "folds", "speakers"]
        columns += ["of one emotion", "clips", "normalization", "repeats"]
        return Section(
            "targets",
            "The targets",
            (Table("targets", "What each row is", columns, rows),),
            note="Classes are the target's own emotions, or those that were asked for, "
            "that at least one source has. Test speakers are scored once, at the end; "
            "nothing is chosen on them, and no source holds any of them.",
        )

    def _command_section(self) -> Section:
        matrix = self._matrix
        words = [f"--flagfile={matrix.flags}", f"--run_dir={matrix.run_dir}_again"]
        command = ["python -m pathnet_tf.cross_corpus", *map(shlex.quote, words)]
        content = {"commands": " \\\n  ".join(command)}
        title = "To get these again"
        return Section("commands", title, template="commands.html", content=content)


def _label(cell: MatrixRun) -> str:
    return method_label(cell.method, cell.settings.is_leaky)


def _column(cell: MatrixRun) -> str:
    return OTHERS if len(cell.sources) > 1 else cell.source_name


def _gain(score: Score | None, otherwise: float = 0.0) -> float:
    """Gain of the pooled score over scratch."""
    pooled = score.gain.pooled if score and score.gain else None
    return pooled.estimate if pooled else otherwise


def _is_significant(score: Score) -> bool:
    return bool(score.gain and score.gain.is_significant)


def _in_cell(score: Score | None) -> str:
    """Writes a cell for a terminal."""
    if score is None:
        return "-"
    star = "*" if _is_significant(score) else " "
    gain = f" ({_gain(score):+.3f}){star}" if score.gain else ""
    return f"{score.uar.estimate:.3f}{gain}"


def _cells(score: Score) -> list[Cell]:
    """Gives the numbers of a run."""
    gain, uar = score.gain, score.uar
    cells: list[Cell] = [uar.estimate, uar.low, uar.high]
    if gain is None or gain.pooled is None:
        return [*cells, None, None, None, None, None, uar.num_speakers]
    return [
        *cells,
        Change(gain.pooled.estimate),
        gain.pooled.low,
        gain.pooled.high,
        "< 0.001" if gain.p_value < 0.001 else f"{gain.p_value:.3f}",
        _verdict(gain),
        uar.num_speakers,
    ]


def _verdict(gain: PairedComparison) -> str:
    if not gain.is_significant:
        return "too few speakers to tell" if gain.remark else "no evidence"
    return "helps" if gain.effect > 0 else "harms"


def _linked(name: str, run: Evidence, output: AnyPath) -> Link | str:
    """Names what a run learned from, with a link to its own page."""
    page = run.run_dir / REPORT_NAME
    if not (isinstance(page, Path) and isinstance(output, Path)):
        return name
    relative = os.path.relpath(page.absolute(), output.absolute().parent)
    return Link(name, urllib.parse.quote(f"./{Path(relative).as_posix()}"))
