"""What all jobs of an experiment share, and where each of them keeps its files."""

import dataclasses
import urllib.parse
from pathlib import Path
from typing import NamedTuple

from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.flag_fields import check, flag
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.settings import LearningSettings

TARGET_TASK = "target"
CHECKPOINTS_NAME = "checkpoints"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """How the tasks of an experiment are learned, sources and target alike.

    Attributes:
      learning: How a network learns a task.

    Raises:
      UsageError: A value is out of its range.
    """

    learning: LearningSettings = dataclasses.field(default_factory=LearningSettings)
    fitness: str = flag(
        "train",
        "What chooses pathways: the running accuracy on training speakers, or the "
        "accuracy on speakers that are taken out of them.",
        choices=("train", "validation"),
    )
    validation_share: float = flag(
        0.2,
        "Share of the training speakers that --fitness=validation takes out.",
        above=0,
        below=1,
    )
    grow_modules: int = flag(
        0,
        "Modules to add to each layer before each task after the first.",
        least=0,
    )
    train_speakers: int = flag(
        0,
        "Speakers of the target that each fold is learned from, drawn anew for each "
        "fold and repeat, so that what little data is worth can be seen; 0: all.",
        least=0,
    )
    pathways: str = flag(
        "shared",
        "Learn a source by one pathway, or by one for each of its emotions, which is "
        "told from the others; all of them go on to the target.",
        choices=("shared", "per_emotion"),
    )
    head: str = flag(
        "drawn",
        "Whether the target's output head is drawn, or begins as the source's where "
        "their emotions are the same.",
        choices=("drawn", "source"),
    )
    score_sources: bool = flag(
        False,
        "Also score the sources' own recordings before and after each fold of the "
        "target: what transfer and finetune keep of them.",
    )
    alexnet_weights: Path | None = flag(
        None, "Weights that --method=alexnet starts from, an .npz file.", read=Path
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)

    @property
    def validating_share(self) -> float:
        """Share of the training speakers whose accuracy is the fitness.

        0 where the fitness is the running accuracy on the training set.
        """
        return self.validation_share if self.fitness == "validation" else 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class JobSettings(TaskSettings):
    """What all jobs of an experiment share, once its data is known.

    Attributes:
      network: Sizes of the network before it grows.
      normalization: One of `normalization.NORMALIZATIONS`.
      seed: The experiment's seed.
      run_dir: Folder of the run.
      is_leaky: Whether the protocol is LEAKY; logs then say so.
      num_source_tasks: Tasks that transfer has learned before the target.
      functionals: Files of `data_tools.write_functionals`.
      checkpoint_every: Generations from one checkpoint of a search to the next; 0
        keeps nothing of a search that is interrupted.
    """

    network: PathNetSettings
    normalization: str
    seed: int
    run_dir: AnyPath
    is_leaky: bool
    num_source_tasks: int
    functionals: tuple[Path, ...]
    checkpoint_every: int

    @property
    def checkpoint_dir(self) -> AnyPath:
        """Folder of every search's checkpoints."""
        return self.run_dir / CHECKPOINTS_NAME

    @property
    def log_dir(self) -> AnyPath:
        """Folder of every search's log."""
        logs = self.run_dir / "logs"
        return logs / "LEAKY" if self.is_leaky else logs


class SearchName(NamedTuple):
    """Which search of a run is meant.

    Attributes:
      method: One of `registry.METHODS`; the sources' is `transfer`.
      task: The task that is learned.
      repeat: From 0.
      fold: Name of the fold.
    """

    method: str
    task: str
    repeat: int
    fold: str

    def folder(self, top: AnyPath) -> AnyPath:
        """Folder of the search below the run's folder of logs, or of checkpoints."""
        # A speaker may be called anything, even "..".
        name = f"fold-{urllib.parse.quote(self.fold, safe=' ')}"
        return top / self.method / self.task / f"repeat-{self.repeat}" / name


def network_folder(run_dir: AnyPath, repeat: int) -> AnyPath:
    """Folder of the network that learned a repeat's sources."""
    return run_dir / "sources" / f"repeat-{repeat}"
