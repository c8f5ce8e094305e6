"""Keeps a search so that it can go on after an interruption, to the same bits."""

from typing import Any, Protocol

import numpy as np

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.interruption import is_requested, stop_if_requested
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.checkpoints import Checkpoint, Checkpoints
from pathnet_tf.search.genetic_search import SearchState
from pathnet_tf.search.tensorboard_log import SearchLog


class Trainer(Protocol):
    """What holds everything that training changes."""

    def state(self) -> dict[str, np.ndarray]:
        """Its state."""

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes back to a state."""


class SearchKeeper:
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
        self, trainer: Trainer, rng: np.random.Generator, generations: int
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
