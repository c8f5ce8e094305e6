"""Reads what the jobs of a run have written into its folder."""

import dataclasses
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from pathnet_tf.data.speaker_folds import outer_name
from pathnet_tf.evaluation.fold_scores import (
    UNITS_NAME,
    FoldScores,
    LearnedSource,
    read_scores,
    read_sources,
)
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.tensorboard_log import HISTORY_NAME

LEAKY_LOGS = "LEAKY"


@dataclasses.dataclass(frozen=True)
class Search:
    """One search that has a history in the logs.

    Attributes:
      method: Method of the job, such as `transfer` or `scratch`.
      stage: Task that was learned: `target`, or `source_1` and so on.
      repeat: Number of the repeat, from 0.
      fold: Name of the fold, or `all_speakers`.
      path: Its `history.jsonl`.
    """

    method: str
    stage: str
    repeat: int
    fold: str
    path: AnyPath

    def history(self) -> list[dict[str, Any]]:
        """Reads the generations; a last line that is still being written is left out.

        Returns:
          A line of `history.jsonl` for each generation, as the search logged it.

        Raises:
          DataError: A line before the last one cannot be parsed.
        """
        lines = self.path.read_text(encoding="utf-8").split("\n")
        generations = []
        for number, line in enumerate(lines, start=1):
            try:
                if line:
                    generations.append(json.loads(line))
            except ValueError as error:
                if number == len(lines):
                    break
                raise DataError(
                    f"{self.path} cannot be read, line {number} is broken ({error}); "
                    "run its job again"
                ) from error
        return generations


def read_units(run_dir: AnyPath) -> list[FoldScores]:
    """Reads the scores of the target jobs that are done, but for those of inner folds.

    Raises:
      DataError: A file cannot be parsed.
    """
    outcomes = [read_scores(path) for path in _files(run_dir / UNITS_NAME, ".npz")]
    return [outcome for outcome in outcomes if not outer_name(outcome.fold)]


def read_learned_sources(run_dir: AnyPath) -> list[LearnedSource]:
    """Reads which sources were learned.

    Raises:
      DataError: A file cannot be parsed.
    """
    files = _files(run_dir / UNITS_NAME, ".json")
    return [source for path in files for source in read_sources(path)]


def read_networks(run_dir: AnyPath) -> dict[int, dict[str, Any]]:
    """Reads the description of each repeat's source network.

    Returns:
      By repeat, the `settings` of the network and its `pathways`, a list of `Pathway`.
    """
    networks = {}
    for folder in _sorted(run_dir / "sources"):
        path = folder / "network.json"
        if path.exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            content["pathways"] = list(map(Pathway.from_json, content["pathways"]))
            networks[_number(folder.name)] = content
    return networks


def find_searches(run_dir: AnyPath) -> list[Search]:
    """Finds the searches that have a history, but for those of inner folds."""
    searches = []
    for top in (run_dir / "logs", run_dir / "logs" / LEAKY_LOGS):
        for folders in _steps_down(top, 4):
            method, stage, repeat, fold = (folder.name for folder in folders)
            path = folders[-1] / HISTORY_NAME
            name = urllib.parse.unquote(fold.removeprefix("fold-"))
            if path.exists() and not outer_name(name):
                number = _number(repeat)
                searches.append(Search(method, stage, number, name, path))
    return searches


def _steps_down(folder: AnyPath, steps: int) -> Iterator[tuple[AnyPath, ...]]:
    """Gives every chain of `steps` nested folders below a folder."""
    for inside in _sorted(folder):
        if steps == 1:
            yield (inside,)
        elif inside.is_dir():
            for rest in _steps_down(inside, steps - 1):
                yield (inside, *rest)


def _files(folder: AnyPath, ending: str) -> list[AnyPath]:
    """Lists the files of a folder; hidden files are still being written."""
    return [
        path
        for path in _sorted(folder)
        if path.name.endswith(ending) and not path.name.startswith(".")
    ]


def _sorted(folder: AnyPath) -> list[AnyPath]:
    if not folder.is_dir():
        return []
    return sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name))


def _number(name: str) -> int:
    return int(name.removeprefix("repeat-"))
