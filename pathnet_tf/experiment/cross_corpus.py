"""Several corpora, each as the target of every other one: which runs that makes.

Every target is learned from scratch, from each source alone and from all of them
together. A cell of this matrix is an ordinary run in a folder of its own. The cells of
one target have the same classes, folds and seeds, so that their scores can be compared.
"""

import dataclasses
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pathnet_tf.data.confounding import Confounding, measure_confounding
from pathnet_tf.data.dataset import read_cards
from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.data.emotions import with_guesses
from pathnet_tf.data.normalization import TRANSDUCTIVE
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.experiment_data import (
    USUAL_PROTOCOLS,
    require_unconfounded,
    require_unheard,
)
from pathnet_tf.experiment.flags import ResolvedFlags
from pathnet_tf.experiment.run import Report, run
from pathnet_tf.experiment.run_folder import RunFolder
from pathnet_tf.experiment.settings import CrossCorpusSettings, ExperimentSettings
from pathnet_tf.features.feature_sets import FROM_FILES
from pathnet_tf.features.representation import require_fitting
from pathnet_tf.features.settings import Representation
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.interruption import StoppedError
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.shard import Shard
from pathnet_tf.runtime.storage import AnyPath, as_path, write_whole

FLAGS_NAME = "cross_corpus.flags"
PAGE_NAME = "cross_corpus.html"
# Tables and pictures of the page, as files.
PARTS_FOLDER = "cross_corpus"
RUNS_FOLDER = "runs"
SCRATCH = "scratch"

MakeRun = Callable[[Mapping[str, Any]], tuple[ExperimentSettings, ResolvedFlags]]
"""Makes a run of the flags that the user gave, with other values for some of them."""


@dataclasses.dataclass(frozen=True, eq=False)
class Corpus:
    """A dataset: its folder and its card."""

    folder: str
    card: DatasetCard

    def confounding(self, emotions: Sequence[str]) -> Confounding:
        """Measures how far its speakers go together with the given classes."""
        clips = [clip for clip in self.card.clips if clip.emotion in emotions]
        speakers = [clip.speaker for clip in clips]
        return measure_confounding(self.name, speakers, [c.emotion for c in clips])

    @property
    def name(self) -> str:
        """Name of the corpus."""
        return self.card.corpus


@dataclasses.dataclass(frozen=True, eq=False)
class Target:
    """A row of the matrix.

    Attributes:
      corpus: The target.
      sources: Every other corpus.
      emotions: Its classes, the same for all sources.
      protocol: How it is divided.
      num_folds: Folds, where the protocol does not fix them.
      confounding: Its speakers, and those of them who show one class only.
    """

    corpus: Corpus
    sources: tuple[Corpus, ...]
    emotions: tuple[str, ...]
    protocol: str
    num_folds: int
    confounding: Confounding

    def __str__(self) -> str:
        """Describes the row in one line."""
        number = self.confounding.num_speakers
        why = ""
        if self.protocol == "speaker_kfold" and self.confounding.num_single:
            why = f", as {self.confounding}"
        return (
            f"{self.corpus.name}: {len(self.emotions)} emotions "
            f"({', '.join(self.emotions)}), {number} speakers, "
            f"{PROTOCOL_NAMES[self.protocol]}{why}"
        )


@dataclasses.dataclass(frozen=True, eq=False)
class MatrixRun:
    """A run of the matrix.

    Attributes:
      target: Its row.
      sources: What it transfers from; none of the run from scratch.
      settings: The settings of the run.
      flags: Its flags.
    """

    target: Target
    sources: tuple[Corpus, ...]
    settings: ExperimentSettings
    flags: ResolvedFlags

    def __str__(self) -> str:
        """Names the run for a person."""
        return f"{self.target.corpus.name} from {self.source_name}"

    @property
    def source_name(self) -> str:
        """Its sources, joined by `+`, or `scratch`."""
        return "+".join(source.name for source in self.sources) or SCRATCH

    @property
    def method(self) -> str:
        """The method by which the run learns the target."""
        return self.settings.methods[0]

    @property
    def is_finished(self) -> bool:
        """Whether the run has its results, by the same flags and of the same data.

        Raises:
          UsageError: The folder holds a run with other flags.
          DataError: A dataset was written again since.
        """
        folder = RunFolder(self.settings)
        folder.require_usable(self.flags)
        return folder.goes_on and folder.results.exists()


@dataclasses.dataclass(frozen=True, eq=False)
class Matrix:
    """All runs of a matrix.

    Attributes:
      run_dir: Folder of the matrix.
      targets: Its rows.
      corpora: Its columns.
      cells: Its runs, row by row; each row begins with the run from scratch.
      shard: The part of the runs that this process is for; None of all.
    """

    run_dir: AnyPath
    targets: tuple[Target, ...]
    corpora: tuple[Corpus, ...]
    cells: tuple[MatrixRun, ...]
    shard: Shard | None

    @property
    def chosen(self) -> tuple[MatrixRun, ...]:
        """The runs that this process is for."""
        shard = self.shard
        return tuple(shard.chosen(self.cells)) if shard else self.cells

    @property
    def command(self) -> str:
        """What goes on with the matrix."""
        shard = f" --shard={self.shard}" if self.shard else ""
        return f"python -m pathnet_tf.cross_corpus --flagfile={self.flags}{shard}"

    @property
    def flags(self) -> AnyPath:
        """The file of the flags by which the matrix goes on."""
        return self.run_dir / FLAGS_NAME

    def cells_of(self, target: Target) -> list[MatrixRun]:
        """Gives the runs of a row."""
        return [cell for cell in self.cells if cell.target is target]


def plan_matrix(wanted: CrossCorpusSettings, make_run: MakeRun) -> Matrix:
    """Reads the cards of the corpora, and plans and checks all runs.

    Args:
      wanted: Which corpora; none is a folder that holds others.
      make_run: Makes the runs.

    Returns:
      The matrix.

    Raises:
      UsageError: Flags contradict each other or the corpora.
      DataError: A dataset is missing or broken, two of them do not fit each other, or
        one cannot be a target.
    """
    folders = wanted.datasets
    if len(folders) < 2:
        raise UsageError(
            "--datasets must name at least two datasets, or a folder that holds them. "
            f"Received: --datasets={','.join(folders)}"
        )
    corpora = tuple(map(Corpus, folders, read_cards(folders)))
    _require_different(corpora)
    no_targets = _no_targets(wanted, corpora)
    rest = [one for one in corpora if one not in no_targets]
    # The flags that are the same for every run, and whether they fit each other.
    target, source = rest[0].folder, next(o for o in corpora if o is not rest[0]).folder
    common, _ = make_run({"target": target, "source": [source]})
    _require_known_emotions(common.data.emotions, "--emotions", corpora)
    _require_known_emotions(common.data.source_emotions, "--source_emotions", corpora)
    if common.execution.shard and not common.execution.shard.number:
        raise UsageError("--shard must be 1/OF to OF/OF: every run learns its sources")
    if common.normalization in TRANSDUCTIVE and not common.allow_confounded:
        require_unconfounded([one.confounding(one.card.emotions) for one in corpora])
    method = _one_method(common)
    targets = tuple(_target(one, corpora, common) for one in rest)
    cells = []
    for row in targets:
        chosen: list[tuple[Corpus, ...]] = [(), *((one,) for one in row.sources)]
        if len(row.sources) > 1:
            chosen.append(row.sources)
        cells += [_cell(row, sources, method, common, make_run) for sources in chosen]
    shard = common.execution.shard
    return Matrix(as_path(common.run_dir), targets, corpora, tuple(cells), shard)


def run_matrix(
    matrix: Matrix,
    flags: str,
    *,
    done: Callable[[MatrixRun], str],
    report: Report = print,
) -> None:
    """Runs every cell that is not finished.

    Args:
      matrix: What to run.
      flags: The flags of the matrix, as a flagfile that is kept in its folder.
      done: Called with each cell that is finished; gives the words for its score.
      report: Receives the lines meant for a person.

    Raises:
      UserError: What a run raises; all data are read, and all folds checked, before
        the first one begins.
      StoppedError: A signal asked to stop; the message says how to go on.
    """
    contents = (FLAGS_NAME, PAGE_NAME, PARTS_FOLDER, RUNS_FOLDER)
    OutputFolder(matrix.run_dir, contents, "--run_dir").require_shareable()
    for target in matrix.targets:
        report(f"Target {target}")
    cells = matrix.chosen
    left = [cell for cell in cells if not cell.is_finished]
    for target in dict.fromkeys(cell.target for cell in left):
        _require_learnable(matrix.cells_of(target)[-1])
    write_whole(matrix.flags, flags.encode(errors="surrogateescape"))
    seconds: list[float] = []
    for number, cell in enumerate(cells, start=1):
        name = f"[{number}/{len(cells)}] {cell}"
        if cell not in left:
            report(f"{name}: {done(cell)}, was done before")
            continue
        report(f"{name} ...")
        began = time.monotonic()
        try:
            run(cell.settings, flags=cell.flags, report=_ignored, warn=report)
            score = done(cell)
        except (StoppedError, KeyboardInterrupt) as error:
            # The second of them comes while no job runs.
            stopped = error if isinstance(error, StoppedError) else StoppedError()
            raise stopped.with_advice(f"go on with: {matrix.command}") from error
        seconds.append(time.monotonic() - began)
        num_left = len(left) - len(seconds)
        wait = _in_words(num_left * sum(seconds) / len(seconds))
        rest = f"; {num_left} left, about {wait}" if num_left else ""
        report(f"{name}: {score}, took {_in_words(seconds[-1])}{rest}")
    if matrix.shard:
        report(
            f"Shard {matrix.shard}: {len(cells)} run(s) done. When all shards are: "
            f"{dataclasses.replace(matrix, shard=None).command}"
        )


def _require_learnable(cell: MatrixRun) -> None:
    """Reads the data of a run from all others, which are those of all runs of the row.

    Vectors of frames are left to the runs: making them takes seconds a corpus.
    """
    data = cell.settings.data
    wanted = data.representation
    if wanted.is_of_vectors and not set(wanted.parts) <= set(FROM_FILES):
        data = dataclasses.replace(data, representation=Representation())
    read = Experiment.read(dataclasses.replace(cell.settings, data=data))
    require_fitting(read.data.target, wanted)
    read.require_learnable()


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _ignored(line: str) -> None:
    """Takes the lines of a cell's run, which its own page has."""


def _require_different(corpora: Sequence[Corpus]) -> None:
    by_name: dict[str, Corpus] = {}
    for one in corpora:
        other = by_name.setdefault(one.name, one)
        if other is not one:
            raise DataError(
                f"{other.folder} and {one.folder} are both called {one.name}; leave "
                "one of them out, or write it with another --corpus_name"
            )


def _no_targets(wanted: CrossCorpusSettings, corpora: Sequence[Corpus]) -> list[Corpus]:
    found = []
    for word in wanted.source_only:
        path = as_path(word).resolve()
        meant = [
            c for c in corpora if word == c.name or path == as_path(c.folder).resolve()
        ]
        if not meant:
            raise UsageError(
                "--source_only must name some of --datasets, which are "
                f"{', '.join(one.name for one in corpora)}. Received: "
                f"--source_only={word}"
            )
        found += meant
    if len(set(found)) == len(corpora):
        raise UsageError("--source_only names all of --datasets, and leaves no target")
    return found


def _one_method(common: ExperimentSettings) -> str:
    """Gives the method of the cells, which must learn something of the sources."""
    if common.export_dir:
        raise UsageError(
            "--export_dir is for one model, and there are many runs; leave it out, "
            "and give it to python -m pathnet_tf.transfer with the best --source"
        )
    chosen = [name for name in common.methods if name != SCRATCH]
    learns = [
        METHODS[name].starts_from_source or METHODS[name].learns_sources
        for name in chosen
    ]
    if learns != [True]:
        raise UsageError(
            "--method must name one method that learns from sources; scratch is run "
            f"beside it. Received: --method={','.join(common.chosen_methods)}"
        )
    return chosen[0]


def _target(
    corpus: Corpus, corpora: Sequence[Corpus], common: ExperimentSettings
) -> Target:
    """Decides on the classes and the folds of a row, and checks its sources."""
    data = common.data
    sources = tuple(one for one in corpora if one is not corpus)
    emotions = tuple(
        emotion
        for emotion in corpus.card.emotions
        if emotion in (data.emotions or corpus.card.emotions)
        and any(emotion in one.card.emotions for one in sources)
    )
    shown = [clip for clip in corpus.card.clips if clip.emotion in emotions]
    for source in sources:
        _require_shared(source, corpus, emotions, data.source_emotions)
        # Under a given split, not all of them are held out; its runs check those.
        if data.protocol != "split":
            require_unheard(source.name, source.card.clips, shown)
    confounding = corpus.confounding(emotions)
    number = confounding.num_speakers
    protocol = data.protocol or USUAL_PROTOCOLS.get(corpus.name, "loso")
    num_folds = data.num_folds
    if protocol in ("loso", "speaker_kfold") and number < 2:
        raise DataError(
            f"{corpus.folder} has one speaker, who cannot be held out; name it in "
            "--source_only"
        )
    if protocol == "loso" and confounding.num_single:
        protocol, num_folds = "speaker_kfold", min(num_folds, number)
    return Target(corpus, sources, emotions, protocol, num_folds, confounding)


def _require_known_emotions(
    named: Sequence[str], flag: str, corpora: Sequence[Corpus]
) -> None:
    """Checks that a flag names emotions that any corpus has."""
    held = {emotion for one in corpora for emotion in one.card.emotions}
    if absent := [emotion for emotion in named if emotion not in held]:
        raise DataError(
            f"None of the datasets has {with_guesses(absent, sorted(held))}; leave it "
            f"out of {flag}"
        )


def _require_shared(
    source: Corpus, target: Corpus, emotions: Sequence[str], named: Sequence[str]
) -> None:
    """Checks that a source has two classes of the target among those it may learn."""
    learned = [e for e in source.card.emotions if e in (named or source.card.emotions)]
    num_shared = sum(emotion in learned for emotion in emotions)
    if num_shared < 2:
        raise DataError(
            f"{source.folder} and {target.folder} share {num_shared} of the emotions, "
            "and two are needed to transfer; leave one of them out of --datasets, or "
            "name other --emotions"
        )


def _cell(
    target: Target,
    sources: tuple[Corpus, ...],
    method: str,
    common: ExperimentSettings,
    make_run: MakeRun,
) -> MatrixRun:
    # As sources have no other emotions than these.
    source_emotions = [
        emotion
        for emotion in common.data.source_emotions
        if any(emotion in source.card.emotions for source in sources)
    ]
    row = common.run_dir / RUNS_FOLDER / f"to_{_file_name(target.corpus)}"
    names = "+".join(_file_name(one) for one in sources)
    changes: dict[str, Any] = {
        "source": [source.folder for source in sources],
        "target": target.corpus.folder,
        "emotions": list(target.emotions),
        "source_emotions": source_emotions,
        "protocol": target.protocol,
        "num_folds": target.num_folds,
        "method": [method if sources else SCRATCH],
        "scratch_control": False,
        "shard": None,
        "run_dir": str(row / (f"from_{names}" if sources else SCRATCH)),
    }
    if not sources:
        # What is there for sources alone.
        changes |= {"replay": 0.0, "score_sources": False}
    return MatrixRun(target, sources, *make_run(changes))


def _file_name(corpus: Corpus) -> str:
    """Escapes the name of a corpus, which may be any."""
    return urllib.parse.quote(corpus.name, safe="")
