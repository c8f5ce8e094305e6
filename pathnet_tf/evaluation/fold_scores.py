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
    """What was learned of one task of a source chain.

    Attributes:
      task: Name of the task.
      corpus: Names of its corpora.
      repeat: The repeat, from 0.
      fitness: Fitness of its best pathway.
      num_free_modules: For each layer, the number of modules that are not frozen after
        this task.
      num_modules: Number of modules in a layer.
      score: How well its own recordings are recognized after all sources were learned;
        None if that was not measured.
    """

    task: str
    corpus: str
    repeat: int
    fitness: float
    num_free_modules: list[int]
    num_modules: int
    score: SourceScore | None = None

    def describe(self) -> str:
        """Describes the task in one line."""
        free = ", ".join(map(str, self.num_free_modules))
        return (
            f"{self.task} ({self.corpus}), repeat {self.repeat}: best pathway frozen "
            f"at fitness {self.fitness:.3f}; {free} of {self.num_modules} modules "
            "a layer are free"
        )


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a job cost, in numbers that do not depend on the machine.

    Attributes:
      trained_parameters: Number of weights that training changed, in any candidate.
      active_parameters: Number of weights that the final model computes with.
      presentations: Number of segments presented in training, each time counted.
    """

    trained_parameters: int = 0
    active_parameters: int = 0
    presentations: int = 0


@dataclasses.dataclass(frozen=True)
class FoldScores:
    """The result of learning the target in one fold.

    Attributes:
      method: One of `registry.METHODS`.
      repeat: The repeat, from 0.
      fold: Name of the fold.
      test: int64 `[num_test]`, indices of the held-out segments in the target.
      log_probabilities: float32 `[num_test, num_classes]`, natural logarithms.
      fitness: Fitness of the best pathway on training speakers, or the score that a
        method without pathways has in its place.
      pathway: The best pathway; None for a method without a network.
      seconds: Duration of the job, in seconds.
      cost: What else the job cost.
      source_scores: How well the sources' recordings are recognized after the target
        was learned; empty if that was not measured.
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
    """The file of a source chain's result."""
    return run_dir / UNITS_NAME / f"source repeat-{repeat}.json"


def scores_path(run_dir: AnyPath, method: str, repeat: int, fold: str) -> AnyPath:
    """The file of the scores of a target's fold."""
    # Escaped, as a speaker may have any name, even "..".
    name = f"fold-{urllib.parse.quote(fold, safe=' ')}"
    return run_dir / UNITS_NAME / f"{method} repeat-{repeat} {name}.npz"


def write_sources(path: AnyPath, sources: Sequence[LearnedSource]) -> None:
    """Writes the result of a source chain."""
    content = [dataclasses.asdict(source) for source in sources]
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())


def read_sources(path: AnyPath) -> list[LearnedSource]:
    """Reads the result of a source chain.

    Raises:
      DataError: The file cannot be parsed.
    """
    try:
        return [_learned_source(values) for values in json.loads(path.read_bytes())]
    except (ValueError, TypeError, AttributeError) as error:
        raise _broken(path, error) from error


def write_scores(path: AnyPath, scores: FoldScores) -> None:
    """Writes the scores of a target's fold."""
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
    """Reads the scores of a target's fold.

    Raises:
      DataError: The file cannot be parsed.
    """
    try:
        content = read_arrays(io.BytesIO(path.read_bytes()))
        facts: dict[str, Any] = json.loads(content["facts"].tobytes())
        if facts["pathway"]:
            facts["pathway"] = Pathway.from_json(facts["pathway"])
        # Runs of earlier versions did not count costs.
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
    """The scores of one fold's clips.

    Attributes:
      method: Name of the method, such as `transfer`, `scratch` or `transfer fused`.
      repeat: The repeat, from 0.
      fold: Name of the fold.
      clips: int64 `[num_clips]`, ascending indices into the clips of the target.
      log_probabilities: float64 `[num_clips, num_classes]`, natural logarithms. The
        probabilities of each row sum to 1.
    """

    method: str
    repeat: int
    fold: str
    clips: np.ndarray
    log_probabilities: np.ndarray


def clip_scores(scores: FoldScores, target: Dataset) -> ClipScores:
    """Scores the clips of a fold by the mean log-probability of their segments."""
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
