"""The scores of held-out clips, fold by fold, and the files that hold them.

The jobs of a run work in other processes, on other machines, or days apart. Each job
writes one file into the run's folder, and the file appears whole or not at all. The
results of a run are made from these files alone, whichever machine wrote them.
"""

import dataclasses
import io
import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation import metrics
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, read_arrays, write_whole


@dataclasses.dataclass(frozen=True)
class SourceScore:
    """How well a source's own recordings are recognized by its pathway and head.

    Attributes:
      task: Name of the task.
      war: Accuracy over its clips.
      uar: Mean recall over its classes.
    """

    task: str
    war: float
    uar: float


@dataclasses.dataclass(frozen=True)
class LearnedSource:
    """What came of one task of a source chain.

    Attributes:
      task: Name of the task.
      corpus: Its corpora.
      repeat: From 0.
      fitness: Fitness of its best pathway.
      num_free_modules: Modules of each layer that are free after it.
      num_modules: Modules a layer.
      score: How well it knows its own recordings when all sources are learned, where
        that was asked for.
    """

    task: str
    corpus: str
    repeat: int
    fitness: float
    num_free_modules: list[int]
    num_modules: int
    score: SourceScore | None = None

    def describe(self) -> str:
        """One line for the log."""
        free = ", ".join(map(str, self.num_free_modules))
        return (
            f"{self.task} ({self.corpus}), repeat {self.repeat}: best pathway frozen "
            f"at fitness {self.fitness:.3f}; {free} of {self.num_modules} modules "
            "a layer are free"
        )


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a unit took, whatever the machine.

    Attributes:
      trained_parameters: Weights that training moved, of any candidate.
      active_parameters: Weights that the final model computes with.
      presentations: How often a segment was presented to be learned from.
    """

    trained_parameters: int = 0
    active_parameters: int = 0
    presentations: int = 0


@dataclasses.dataclass(frozen=True)
class FoldScores:
    """What a target unit found.

    Attributes:
      method: One of `registry.METHODS`.
      repeat: From 0.
      fold: Name of the fold.
      test: int64 `[num_test]`, held-out segments as indices into the target.
      log_probabilities: float32 `[num_test, num_classes]`.
      fitness: Fitness of the best pathway, or another method's, on training speakers.
      pathway: The best pathway; none of a method without a network.
      seconds: Time the unit took.
      cost: What it took else.
      source_scores: How well it knows the sources' recordings after the target was
        learned, where that was asked for.
    """

    method: str
    repeat: int
    fold: str
    test: np.ndarray
    log_probabilities: np.ndarray
    fitness: float
    pathway: Pathway | None
    seconds: float = 0.0
    cost: Cost = Cost()
    source_scores: tuple[SourceScore, ...] = ()


UNITS_NAME = "units"


def source_path(run_dir: AnyPath, repeat: int) -> AnyPath:
    """File of a source chain's outcome."""
    return run_dir / UNITS_NAME / f"source repeat-{repeat}.json"


def scores_path(run_dir: AnyPath, method: str, repeat: int, fold: str) -> AnyPath:
    """File of a target unit's outcome."""
    # A speaker may be called anything, even "..".
    name = f"fold-{urllib.parse.quote(fold, safe=' ')}"
    return run_dir / UNITS_NAME / f"{method} repeat-{repeat} {name}.npz"


def write_sources(path: AnyPath, sources: Sequence[LearnedSource]) -> None:
    """Writes the outcome of a source chain."""
    content = [dataclasses.asdict(source) for source in sources]
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())


def read_sources(path: AnyPath) -> list[LearnedSource]:
    """Reads the outcome of a source chain.

    Raises:
      DataError: The file cannot be parsed.
    """
    try:
        return [_learned_source(values) for values in json.loads(path.read_bytes())]
    except (ValueError, TypeError, AttributeError) as error:
        raise _broken(path, error) from error


def write_scores(path: AnyPath, scores: FoldScores) -> None:
    """Writes the outcome of a target unit."""
    facts = {
        field.name: getattr(scores, field.name)
        for field in dataclasses.fields(FoldScores)
        if field.name not in ("test", "log_probabilities", "pathway")
    }
    facts["pathway"] = scores.pathway.to_json() if scores.pathway else None
    facts["cost"] = dataclasses.asdict(scores.cost)
    facts["source_scores"] = [dataclasses.asdict(one) for one in scores.source_scores]
    stream = io.BytesIO()
    np.savez(
        stream,
        facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
        test=scores.test,
        log_probabilities=scores.log_probabilities,
    )
    write_whole(path, stream.getvalue())


def read_scores(path: AnyPath) -> FoldScores:
    """Reads the outcome of a target unit.

    Raises:
      DataError: The file cannot be parsed.
    """
    try:
        content = read_arrays(io.BytesIO(path.read_bytes()))
        facts: dict[str, Any] = json.loads(content["facts"].tobytes())
        if facts["pathway"]:
            facts["pathway"] = Pathway.from_json(facts["pathway"])
        # Runs of earlier versions counted none.
        facts["cost"] = Cost(**facts.get("cost", {}))
        of_sources = facts.get("source_scores", ())
        facts["source_scores"] = tuple(SourceScore(**one) for one in of_sources)
        return FoldScores(
            **facts,
            test=content["test"],
            log_probabilities=content["log_probabilities"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(path, error) from error


def _learned_source(values: dict[str, Any]) -> LearnedSource:
    # Runs of earlier versions have no score.
    score = values.get("score")
    return LearnedSource(**values | {"score": SourceScore(**score) if score else None})


def _broken(path: AnyPath, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read ({error}); remove it and run its unit again"
    )


@dataclasses.dataclass(frozen=True, eq=False)
class ClipScores:
    """What was found of the clips of one fold.

    Attributes:
      method: Such as `transfer`, `scratch` or `transfer fused`.
      repeat: From 0.
      fold: Name of the fold.
      clips: int64 `[num_clips]`, ascending indices into the clips of the target.
      log_probabilities: float64 `[num_clips, num_classes]`; each row's probabilities
        sum to 1.
    """

    method: str
    repeat: int
    fold: str
    clips: np.ndarray
    log_probabilities: np.ndarray


def clip_scores(scores: FoldScores, target: Dataset) -> ClipScores:
    """Brings the segments of a fold together to clips by their mean log-probability."""
    clips, place = np.unique(target.clip[scores.test], return_inverse=True)
    return ClipScores(
        scores.method,
        scores.repeat,
        scores.fold,
        clips,
        metrics.clip_log_probabilities(scores.log_probabilities, place, len(clips)),
    )


def clip_labels(target: Dataset) -> np.ndarray:
    """Class of each clip of a dataset, int64 `[num_clips]`."""
    return np.array([target.emotions.index(clip.emotion) for clip in target.clips])
