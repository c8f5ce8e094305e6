"""Checkpoints of a search, from which an interrupted search goes on to the same bits.

A checkpoint file is the SHA-256 of what follows it, then an `.npz` of arrays and facts.
It is written whole, and the last two are kept.
"""

import dataclasses
import hashlib
import io
import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.interruption import is_requested, stop_if_requested
from pathnet_tf.runtime.storage import AnyPath, read_arrays, remove_tree, write_whole
from pathnet_tf.search.genetic_search import SearchState
from pathnet_tf.search.tensorboard_log import SearchLog

SUFFIX = ".checkpoint"
NUM_KEPT = 2
DIGEST_BYTES = hashlib.sha256().digest_size
FACTS = "facts"


@dataclasses.dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a piece of work needs to go on.

    Attributes:
      step: How far it is.
      arrays: Its arrays, by name.
      facts: Plain values for JSON.
    """

    step: int
    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one piece of work.

    Attributes:
      folder: Where they lie.
      every: Steps from one to the next.
    """

    folder: AnyPath
    every: int

    def is_due(self, step: int) -> bool:
        """Whether one is to be written after so many steps."""
        return step % self.every == 0

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint and removes all but the last two.

        Raises:
          OSError: It cannot be written; those before it are whole.
        """
        stream = io.BytesIO()
        facts = json.dumps({"step": checkpoint.step, **checkpoint.facts}).encode()
        np.savez(stream, **{FACTS: np.frombuffer(facts, np.uint8)}, **checkpoint.arrays)
        content = stream.getvalue()
        path = self.folder / f"{checkpoint.step:08d}{SUFFIX}"
        write_whole(path, hashlib.sha256(content).digest() + content)
        for old in self._newest_first()[NUM_KEPT:]:
            old.unlink(missing_ok=True)

    def load(self) -> Checkpoint | None:
        """Reads the newest checkpoint that is whole.

        Those that are not are named on stderr.

        Returns:
          None where there is none.
        """
        for path in self._newest_first():
            content = path.read_bytes()
            digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
            if hashlib.sha256(content).digest() != digest:
                print(
                    f"{path} is damaged; going on from the one before it, or from the "
                    "beginning",
                    file=sys.stderr,
                )
                continue
            loaded = read_arrays(io.BytesIO(content))
            facts = json.loads(loaded.pop(FACTS).tobytes())
            return Checkpoint(facts.pop("step"), loaded, facts)
        return None

    def remove(self) -> None:
        """Removes all of them, as the work is done."""
        remove_tree(self.folder)

    def _newest_first(self) -> list[AnyPath]:
        if not self.folder.is_dir():
            return []
        paths = [p for p in self.folder.iterdir() if p.name.endswith(SUFFIX)]
        return sorted(paths, key=lambda path: path.name, reverse=True)


class Trainable(Protocol):
    """What holds everything that training changes."""

    def state(self) -> dict[str, np.ndarray]:
        """Arrays `[...]` by name, all that training has changed."""

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes back to where `state` gave these arrays `[...]`."""


class SearchCheckpoints:
    """Writes checkpoints of one search, and finds the last one.

    A checkpoint holds the population, the weights of modules and head, the state of
    the random stream, the counters and the log.
    """

    def __init__(
        self, checkpoints: Checkpoints, log: SearchLog, run_dir: AnyPath
    ) -> None:
        """Keeps a search in `checkpoints` while `run_dir` is there."""
        self._checkpoints = checkpoints
        self._log = log
        self._run_dir = run_dir

    def begin(
        self, trainer: Trainable, rng: np.random.Generator, generations: int
    ) -> SearchState | None:
        """Brings trainer, stream and log to where an interrupted search stood.

        Args:
          trainer: What trains candidates.
          rng: The search's stream.
          generations: Of the whole search, whose last one is always kept.

        Returns:
          The state of the search; none if it begins.
        """
        self._trainer, self._rng, self._generations = trainer, rng, generations
        saved = self._checkpoints.load()
        if not saved:
            return None
        arrays, facts = dict(saved.arrays), saved.facts
        population, winner = arrays.pop("population"), arrays.pop("winner")
        trainer.restore(arrays)
        rng.bit_generator.state = facts["rng"]
        self._log.restore(facts["log"])
        return SearchState(saved.step, population, winner, facts["winner_fitness"])

    def keep(self, state: SearchState) -> None:
        """Writes a checkpoint where one is due or the process is asked to stop.

        Raises:
          StoppedError: It is, and the checkpoint has been written.
          DataError: The run's folder is gone.
          OSError: The checkpoint cannot be written; the one before it is whole.
        """
        is_last = state.generation == self._generations
        stops = is_requested()
        if not (stops or is_last or self._checkpoints.is_due(state.generation)):
            return
        if not self._run_dir.is_dir():
            raise DataError(
                f"{self._run_dir} was removed while its run was under way; start it "
                "again"
            )
        facts: dict[str, Any] = {
            "rng": self._rng.bit_generator.state,
            "log": self._log.lines,
            "winner_fitness": state.winner_fitness,
        }
        arrays = {"population": state.population, "winner": state.winner}
        arrays |= self._trainer.state()
        self._checkpoints.save(Checkpoint(state.generation, arrays, facts))
        stop_if_requested()
