"""Which units an experiment is made of, and how any worker runs one of them."""

import contextlib
import dataclasses
import gc
from collections.abc import Sequence

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.folds import Fold
from pathnet_tf.data.stored_values import StoredValues
from pathnet_tf.evaluation.fold_scores import (
    read_scores,
    read_sources,
    scores_path,
    source_path,
    write_scores,
    write_sources,
)
from pathnet_tf.methods.learn_sources import adopt, learn_sources, source_tasks
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.settings import (
    TARGET_TASK,
    JobSettings,
    log_folder,
    network_folder,
)
from pathnet_tf.network.saving import load_network
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.interruption import StoppedError, is_requested, obey_owner
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.runtime.storage import AnyPath, as_path, remove_tree


@dataclasses.dataclass(frozen=True, eq=False)
class SourceJob:
    """Learns a repeat's source chain, or takes it from a model."""

    settings: JobSettings
    sources: list[Dataset]
    target_emotions: tuple[str, ...]
    repeat: int
    init_from: str = ""

    @property
    def outcome(self) -> AnyPath:
        """Where the outcome is written."""
        return source_path(self.settings.run_dir, self.repeat)

    @property
    def needs_source(self) -> bool:
        """Whether the repeat's source chain must have been learned before."""
        return False

    def __str__(self) -> str:
        """Names the unit for a person."""
        return f"sources, repeat {self.repeat}"

    def searches(self) -> dict[AnyPath, int]:
        """Log folder of every search, with the size of its training set."""
        log_dir = self.settings.log_dir
        tasks = source_tasks(
            self.sources, self.settings.pathways, self.settings.seed, self.repeat
        )
        return {
            log_folder(log_dir, "transfer", task.name, self.repeat, ALL_SPEAKERS): len(
                task.fold.train
            )
            for task in tasks
        }

    def run(self) -> None:
        """Learns, and writes the outcome."""
        learned = []
        if self.init_from:
            use_one_thread()
            place = network_folder(self.settings.run_dir, self.repeat)
            adopt(as_path(self.init_from), place, self.target_emotions)
        else:
            learned = learn_sources(
                self.settings, self.sources, self.target_emotions, self.repeat
            )
        write_sources(self.outcome, learned)
        remove_checkpoints(self)
        release(self.sources)

    def require_readable(self) -> None:
        """Reads what the unit left.

        Raises:
          DataError: Some of it is damaged.
        """
        read_sources(self.outcome)
        load_network(network_folder(self.settings.run_dir, self.repeat))


@dataclasses.dataclass(frozen=True, eq=False)
class TargetJob:
    """Learns the target on one fold by one method."""

    settings: JobSettings
    target: Dataset
    fold: Fold
    method: str
    repeat: int
    sources: Sequence[Dataset] = ()

    @property
    def outcome(self) -> AnyPath:
        """Where the outcome is written."""
        return scores_path(
            self.settings.run_dir, self.method, self.repeat, self.fold.name
        )

    @property
    def needs_source(self) -> bool:
        """Whether the repeat's source chain must have been learned before."""
        return METHODS[self.method].starts_from_source

    def __str__(self) -> str:
        """Names the unit for a person."""
        return f"{self.method}, repeat {self.repeat}, fold {self.fold.name}"

    def searches(self) -> dict[AnyPath, int]:
        """Log folder of the search if there is one, with its training set's size."""
        if not METHODS[self.method].is_network:
            return {}
        folder = log_folder(
            self.settings.log_dir, self.method, TARGET_TASK, self.repeat, self.fold.name
        )
        beside = sum(
            len(source.labels)
            for source in self.sources
            if METHODS[self.method].learns_sources
        )
        return {folder: len(self.fold.train) + beside}

    def run(self) -> None:
        """Learns and scores, and writes the outcome."""
        scores = learn_target(
            self.settings,
            self.target,
            self.fold,
            method=self.method,
            repeat=self.repeat,
            sources=self.sources,
        )
        write_scores(self.outcome, scores)
        remove_checkpoints(self)
        release([self.target, *self.sources])

    def require_readable(self) -> None:
        """Reads what the unit left.

        Raises:
          DataError: It is damaged.
        """
        read_scores(self.outcome)


Job = SourceJob | TargetJob


@dataclasses.dataclass(frozen=True)
class Shard:
    """One part of an experiment's units, for an array job.

    Attributes:
      number: From 1; 0 is the part that learns the sources alone.
      of: How many parts there are.

    Raises:
      UsageError: `number` is out of its range.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        """Checks the numbers."""
        if not 0 <= self.number <= self.of or self.of < 1:
            raise UsageError(
                "--shard must be NUMBER/OF, from 1/OF to OF/OF, or 0/OF to learn the "
                f"sources alone. Received: --shard={self}"
            )

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Makes a shard of `3/10`.

        Raises:
          UsageError: The text is none.
        """
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal()):
            raise UsageError(
                f"--shard must be two numbers, such as 3/10. Received: --shard={text}"
            )
        return cls(int(number), int(of))

    def __str__(self) -> str:
        """As it is typed."""
        return f"{self.number}/{self.of}"

    def choose(
        self, sources: Sequence[SourceJob], targets: Sequence[TargetJob]
    ) -> list[Job]:
        """Chooses this part's units: every `of`-th target unit, and what it needs."""
        if self.number == 0:
            return list(sources)
        chosen = targets[self.number - 1 :: self.of]
        repeats = {unit.repeat for unit in chosen if unit.needs_source}
        return [unit for unit in sources if unit.repeat in repeats] + list(chosen)


def release(datasets: Sequence[Dataset]) -> None:
    """Gives back the memory of a unit that is done, for the next ones in its process.

    Args:
      datasets: Those that it read.
    """
    # A trainer and its graphs hold each other, and the Gram matrices with them.
    gc.collect()
    for dataset in datasets:
        if isinstance(dataset.values, StoredValues):
            dataset.values.release()


def remove_checkpoints(unit: Job) -> None:
    """Removes the checkpoints of a unit that has left its outcome."""
    settings = unit.settings
    for log in unit.searches():
        inside = str(log)[len(str(settings.log_dir)) :].strip("/")
        remove_tree(as_path(f"{settings.checkpoint_dir}/{inside}"))


def run_job(unit: Job) -> None:
    """Runs a unit, or leaves it where the process is asked to stop.

    Args:
      unit: Any; what is missing of it tells whether it was left.
    """
    obey_owner()
    if not is_requested():
        # Whoever was asked to stop knows it.
        with contextlib.suppress(StoppedError):
            unit.run()


def missing(units: Sequence[Job]) -> list[Job]:
    """The units that have no outcome yet."""
    return [unit for unit in units if not unit.outcome.exists()]
