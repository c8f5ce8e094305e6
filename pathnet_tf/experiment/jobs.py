"""The jobs that an experiment is made of, and how any worker runs one of them."""

import contextlib
import dataclasses
import gc
from collections.abc import Sequence

from pathnet_tf.data.dataset import ALL_SPEAKERS, Dataset
from pathnet_tf.data.speaker_folds import Fold
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
    SearchName,
    network_folder,
)
from pathnet_tf.network.saving import load_network
from pathnet_tf.runtime.interruption import StoppedError, is_requested, obey_owner
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.runtime.storage import AnyPath, as_path, remove_tree


@dataclasses.dataclass(frozen=True, eq=False)
class SourceJob:
    """Learns the sources of one repeat, or takes them from an exported model."""

    settings: JobSettings
    sources: list[Dataset]
    target_emotions: tuple[str, ...]
    repeat: int
    init_from: str | None = None

    @property
    def scores_path(self) -> AnyPath:
        """File that the job leaves when it is done."""
        return source_path(self.settings.run_dir, self.repeat)

    @property
    def needs_source(self) -> bool:
        """Whether the repeat's sources must have been learned before."""
        return False

    def __str__(self) -> str:
        """Names the job for a person."""
        return f"sources, repeat {self.repeat}"

    def searches(self) -> dict[SearchName, int]:
        """Every search of the job, with the number of its training segments."""
        tasks = source_tasks(
            self.sources, self.settings.pathways, self.settings.seed, self.repeat
        )
        return {
            SearchName(
                "transfer", task.name, self.repeat, ALL_SPEAKERS
            ): task.fold.num_train
            for task in tasks
        }

    def run(self) -> None:
        """Learns, and writes what came of it."""
        learned = []
        if self.init_from:
            use_one_thread()
            place = network_folder(self.settings.run_dir, self.repeat)
            adopt(as_path(self.init_from), place, self.target_emotions)
        else:
            learned = learn_sources(
                self.settings, self.sources, self.target_emotions, self.repeat
            )
        write_sources(self.scores_path, learned)
        remove_checkpoints(self)
        release(self.sources)

    def require_readable(self) -> None:
        """Reads the files that the job left.

        Raises:
          DataError: One of them is damaged.
        """
        read_sources(self.scores_path)
        load_network(network_folder(self.settings.run_dir, self.repeat))


@dataclasses.dataclass(frozen=True, eq=False)
class TargetJob:
    """Learns the target on one fold by one method, and scores what the fold holds out.

    Attributes:
      settings: The experiment's.
      target: The target dataset.
      fold: What trains and what is held out.
      method: One of `registry.METHODS`.
      repeat: From 0.
      sources: The source datasets, where the method learns or scores them too.
    """

    settings: JobSettings
    target: Dataset
    fold: Fold
    method: str
    repeat: int
    sources: Sequence[Dataset] = ()

    @property
    def scores_path(self) -> AnyPath:
        """File that the job leaves when it is done."""
        return scores_path(
            self.settings.run_dir, self.method, self.repeat, self.fold.name
        )

    @property
    def needs_source(self) -> bool:
        """Whether the repeat's sources must have been learned before."""
        return METHODS[self.method].starts_from_source

    def __str__(self) -> str:
        """Names the job for a person."""
        return f"{self.method}, repeat {self.repeat}, fold {self.fold.name}"

    def searches(self) -> dict[SearchName, int]:
        """The job's search, if it has one, with the number of its training segments."""
        method = METHODS[self.method]
        if not method.is_network:
            return {}
        name = SearchName(self.method, TARGET_TASK, self.repeat, self.fold.name)
        beside = self.sources if method.learns_sources else ()
        return {name: self.fold.num_train + sum(len(one.labels) for one in beside)}

    def run(self) -> None:
        """Learns and scores, and writes the scores."""
        scores = learn_target(
            self.settings,
            self.target,
            self.fold,
            method=self.method,
            repeat=self.repeat,
            sources=self.sources,
        )
        write_scores(self.scores_path, scores)
        remove_checkpoints(self)
        release([self.target, *self.sources])

    def require_readable(self) -> None:
        """Reads the scores that the job left.

        Raises:
          DataError: They are damaged.
        """
        read_scores(self.scores_path)


Job = SourceJob | TargetJob


def release(datasets: Sequence[Dataset]) -> None:
    """Gives back the memory of a job that is done, for the next ones in its process.

    Args:
      datasets: Those that the job read.
    """
    # A trainer and its graphs hold each other, and the Gram matrices with them.
    gc.collect()
    for dataset in datasets:
        if isinstance(dataset.values, StoredValues):
            dataset.values.release()


def remove_checkpoints(job: Job) -> None:
    """Removes the checkpoints of a job that is done."""
    for search in job.searches():
        remove_tree(search.folder(job.settings.checkpoint_dir))


def run_job(job: Job) -> None:
    """Runs a job, or leaves it undone where the process is asked to stop.

    A job that was left undone has no scores, by which whoever asked knows it.

    Args:
      job: Any job.
    """
    obey_owner()
    if not is_requested():
        with contextlib.suppress(StoppedError):
            job.run()


def missing(jobs: Sequence[Job]) -> list[Job]:
    """The jobs that have no scores yet."""
    return [job for job in jobs if not job.scores_path.exists()]
