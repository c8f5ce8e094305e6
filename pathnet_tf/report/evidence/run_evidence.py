"""Reads all that a run has written into its folder.

The run may have stopped half-way, and its datasets may have been moved since.
"""

import dataclasses
import functools
import json
from collections.abc import Mapping
from typing import Any

from pathnet_tf.data.speaker_folds import LEAKY_PROTOCOLS
from pathnet_tf.evaluation.fold_scores import FoldScores, LearnedSource, clip_scores
from pathnet_tf.evaluation.results_csv import (
    Row,
    method_label,
    result_rows,
    source_rows,
)
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.experiment_data import USUAL_PROTOCOLS
from pathnet_tf.experiment.flags import read_run_settings
from pathnet_tf.experiment.jobs import missing
from pathnet_tf.experiment.settings import (
    ENVIRONMENT_NAME,
    FLAGS_NAME,
    PREDICTIONS_NAME,
    RESULTS_NAME,
    ExperimentSettings,
)
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.report.evidence.result_files import (
    ClipTable,
    clip_tables,
    read_predictions,
    read_results,
)
from pathnet_tf.report.evidence.run_records import (
    Search,
    find_searches,
    read_learned_sources,
    read_networks,
    read_units,
)
from pathnet_tf.report.evidence.used_datasets import UsedDataset, used_datasets
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, as_path

REMEDY = "so no run has begun there; check --run_dir"


@dataclasses.dataclass(frozen=True, eq=False)
class Evidence:
    """What a run has written into its folder.

    Attributes:
      run_dir: Folder of the run.
      flags: Values of its `resolved.flags`, by name.
      environment: Content of its `environment.json`; empty if there is no such file.
      settings: Settings of the run; None for a fusion, which learns nothing.
      datasets: Datasets that the run read, sources first.
      emotions: Declared classes of the target; empty if they are not known.
      rows: Rows of `results.csv`; if the run is not finished, the same rows computed
        from the folds that are done.
      clips: Scores of held-out clips: a table for each method, repeat and fold.
      units: Scores of each target job that is done; their methods are never marked
        LEAKY.
      sources: Sources that were learned.
      networks: By repeat, the description of the network learned from the sources.
      searches: Searches that have a history in the logs.
      missing: Names of the jobs that are not done.
      is_finished: Whether the run has written `results.csv`.
      trouble: Why the folds that are done cannot be scored; empty if they can.
    """

    run_dir: AnyPath
    flags: Mapping[str, str]
    environment: Mapping[str, Any]
    settings: ExperimentSettings | None
    datasets: tuple[UsedDataset, ...]
    emotions: tuple[str, ...]
    rows: tuple[Row, ...]
    clips: tuple[ClipTable, ...]
    units: tuple[FoldScores, ...]
    sources: tuple[LearnedSource, ...]
    networks: Mapping[int, Mapping[str, Any]]
    searches: tuple[Search, ...]
    missing: tuple[str, ...]
    is_finished: bool
    trouble: str = ""

    @property
    def protocol(self) -> str:
        """How the target is divided into folds; empty if that is not known."""
        return _protocol(self.flags, self.target_corpus)

    @property
    def is_leaky(self) -> bool:
        """Whether speakers of a fold's test set are in its training set too."""
        return self.protocol in LEAKY_PROTOCOLS or any(
            "LEAKY" in row.method for row in self.rows
        )

    @property
    def is_synthesized(self) -> bool:
        """Whether some of the recordings are synthesized."""
        return bool(self.environment.get("is_synthesized"))

    @property
    def target(self) -> UsedDataset | None:
        """The target dataset; of a fusion, the first of its datasets."""
        return next((one for one in self.datasets if one.role != "source"), None)

    @functools.cached_property
    def methods(self) -> tuple[str, ...]:
        """Methods that learned the target, named and ordered as in `results.csv`."""
        names = [row.method for row in self.rows if row.stage == "target"]
        if not names:
            names = [method_label(unit.method, self.is_leaky) for unit in self.units]
        return tuple(dict.fromkeys(names))

    @property
    def target_corpus(self) -> str:
        """Name of the target's corpus; empty if it is not known."""
        if self.target and self.target.card:
            return self.target.card.corpus
        return next((key.split("/")[0] for one in self.clips for key in one.keys), "")

    @property
    def source_corpora(self) -> tuple[str, ...]:
        """Names of the sources' corpora; empty if they are not known."""
        sources = [one.card for one in self.datasets if one.role == "source"]
        known = [card.corpus for card in sources if card]
        if not known:
            known = [n for one in self.sources for n in one.corpus.split("+")]
        return tuple(dict.fromkeys(known))

    @property
    def modality(self) -> str:
        """`speech`, `face` or `speech and face`; empty if it is not known."""
        if "speech_run" in self.flags:
            return "speech and face"
        cards = [one.card for one in self.datasets if one.card]
        return cards[-1].modality if cards else ""

    def frozen(self, search: Search) -> list[Pathway]:
        """Gives the pathways that were frozen before a search, in their order."""
        is_frozen = search.method in ("transfer", "fixed_pathway")
        if not is_frozen or search.repeat not in self.networks:
            return []
        pathways = self.networks[search.repeat]["pathways"]
        names = [pathway.task for pathway in pathways]
        return pathways[: names.index(search.stage) if search.stage in names else None]


def read_evidence(run_dir: str) -> Evidence:
    """Reads the folder of a run.

    Args:
      run_dir: Folder of a run or fusion.

    Returns:
      What the folder holds.

    Raises:
      DataError: The folder holds no run, or a file is missing or cannot be parsed.
    """
    folder = as_path(run_dir)
    flags = read_flags(folder)
    is_fusion = "speech_run" in flags
    settings = None if is_fusion else read_run_settings(run_dir, remedy=REMEDY)
    environment = _read_environment(folder)
    is_finished = (folder / RESULTS_NAME).exists()
    units, sources = read_units(folder), read_learned_sources(folder)
    evidence = Evidence(
        run_dir=folder,
        flags=flags,
        environment=environment,
        settings=settings,
        datasets=tuple(used_datasets(settings, environment)),
        emotions=(),
        rows=(),
        clips=(),
        units=tuple(units),
        sources=tuple(sources),
        networks=read_networks(folder),
        searches=tuple(find_searches(folder)),
        missing=(),
        is_finished=is_finished,
    )
    if is_finished:
        return dataclasses.replace(evidence, **_finished_scores(folder))
    if settings is None:
        raise DataError(
            f"{run_dir} is a fusion without {RESULTS_NAME}; make it again with "
            "python -m pathnet_tf.fuse --overwrite"
        )
    return dataclasses.replace(evidence, **_scores_so_far(evidence, settings))


def read_flags(run_dir: AnyPath) -> dict[str, str]:
    """Reads the flags of a run or fusion as text.

    Args:
      run_dir: Folder of the run.

    Returns:
      Values by name. The values of a flag that was given several times are joined by
      `, `.

    Raises:
      DataError: The folder holds no run.
    """
    try:
        content = (run_dir / FLAGS_NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{run_dir} has no {FLAGS_NAME}, {REMEDY}") from error
    flags: dict[str, str] = {}
    # Paths may hold bytes that are no UTF-8.
    lines = content.decode(errors="backslashreplace").split("\n")
    for line in filter(None, lines):
        name, equals, value = line.strip().removeprefix("--").partition("=")
        if not equals:
            value = "false" if name.startswith("no") else "true"
            name = name.removeprefix("no")
        flags[name] = f"{flags[name]}, {value}" if name in flags else value
    return flags


def _finished_scores(folder: AnyPath) -> dict[str, Any]:
    emotions, clips = read_predictions(folder / PREDICTIONS_NAME)
    rows = read_results(folder / RESULTS_NAME)
    return {"emotions": emotions, "clips": tuple(clips), "rows": tuple(rows)}


def _scores_so_far(evidence: Evidence, settings: ExperimentSettings) -> dict[str, Any]:
    """Scores the jobs that are done, if the datasets are still there."""
    try:
        experiment = Experiment.read(settings)
    except DataError as error:
        by_name = _missing_by_name(evidence, settings)
        return {"trouble": str(error), "missing": tuple(by_name)}
    plan, data = experiment.plan, experiment.data
    absent = tuple(map(str, missing([*plan.sources, *plan.targets])))
    held_out = {fold.name: fold.test for fold in data.folds}
    for unit in evidence.units:
        test = held_out.get(unit.fold)
        if test is None or test.tolist() != unit.test.tolist():
            trouble = (
                f"{settings.data.target} is not the dataset that the run learned "
                f"({unit.method}, fold {unit.fold} held out other segments)"
            )
            return {"trouble": trouble, "missing": absent}
    target, is_leaky = data.target, settings.is_leaky
    names = [(job.method, job.repeat, job.fold.name) for job in plan.targets]
    units = sorted(
        evidence.units, key=lambda one: names.index((one.method, one.repeat, one.fold))
    )
    rows = source_rows(evidence.sources)
    rows += result_rows(units, target, is_leaky=is_leaky)
    scores = [clip_scores(unit, target) for unit in units]
    return {
        "emotions": target.emotions,
        "rows": tuple(rows),
        "clips": tuple(clip_tables(scores, target, is_leaky=is_leaky)),
        "missing": absent,
    }


def _missing_by_name(evidence: Evidence, settings: ExperimentSettings) -> list[str]:
    """Names the jobs that are not done, without the datasets.

    The names of the folds come from the jobs that are done and from the logs.
    """
    done = {(one.method, one.repeat, one.fold) for one in evidence.units}
    folds = [one.fold for one in evidence.units]
    folds += [one.fold for one in evidence.searches]
    names = dict.fromkeys(fold for fold in folds if fold != "all_speakers")
    learned = {one.repeat for one in evidence.sources}
    repeats = range(settings.repeats)
    sources = [r for r in repeats if settings.data.sources and r not in learned]
    return [f"sources, repeat {repeat}" for repeat in sources] + [
        f"{method}, repeat {repeat}, fold {fold}"
        for method in settings.methods
        for repeat in repeats
        for fold in names
        if (method, repeat, fold) not in done
    ]


def _read_environment(folder: AnyPath) -> dict[str, Any]:
    path = folder / ENVIRONMENT_NAME
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DataError(
            f"{path} is not valid JSON ({error}); remove it, the report then names no "
            "versions"
        ) from error


def _protocol(flags: Mapping[str, str], corpus: str) -> str:
    if flags.get("protocol"):
        return flags["protocol"]
    if "speech_run" in flags:
        try:
            return _protocol(read_flags(as_path(flags["speech_run"])), corpus)
        except DataError:
            return ""
    return USUAL_PROTOCOLS.get(corpus, "loso") if corpus else ""
