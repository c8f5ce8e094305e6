"""Outcomes of units as files of the run's folder, one a unit, whole or not there.

Units run in other processes, on other machines, or days apart. What a unit found is
written where every one of them looks, and an experiment's results are made from those
files alone, whoever wrote them.
"""

import dataclasses
import io
import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

import numpy as np

from pathnet_tf.evaluation.fold_scores import (
    Cost,
    FoldScores,
    LearnedSource,
    SourceScore,
)
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath, read_arrays, write_whole

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
