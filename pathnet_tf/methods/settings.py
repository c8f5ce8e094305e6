"""What the units of an experiment share, and where each of them keeps its files."""

import dataclasses
import urllib.parse
from pathlib import Path

from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.learn_task import LearningSettings

TARGET_TASK = "target"
CHECKPOINTS_NAME = "checkpoints"
HEADS = ("drawn", "source")


@dataclasses.dataclass(frozen=True)
class JobSettings:
    """What every unit of an experiment shares.

    Attributes:
      network: Sizes of the network before it grows.
      learning: How a task is learned.
      normalization: One of `normalization.NORMALIZATIONS`; empty stands for the
        usual one of the target's modality, until the data is known.
      validation_share: Share of the training speakers whose accuracy is the
        fitness; 0 makes it the running accuracy on the training set.
      train_speakers: Speakers of each fold's training side that are learned from, drawn
        anew for each fold and repeat; 0 for all.
      grow_modules: Modules added to each layer before each task after the first.
      seed: The experiment's seed.
      run_dir: Folder of the run.
      is_leaky: Whether the protocol is LEAKY; logs then say so.
      num_source_tasks: Tasks that transfer has learned before the target.
      alexnet_weights: What AlexNet starts from; drawn weights if none.
      functionals: Files of `data_tools.write_functionals`.
      pathways: One of `learn_sources.PATHWAYS`.
      head: `source` lets a head begin as the source's where emotions are the same,
        `drawn` draws it.
      scores_sources: Whether the sources are scored again after the target.
      checkpoint_every: Generations from one checkpoint of a search to the next; 0
        keeps nothing of a search that is interrupted.
    """

    network: PathNetSettings
    learning: LearningSettings
    normalization: str
    validation_share: float
    grow_modules: int
    seed: int
    run_dir: AnyPath
    is_leaky: bool = False
    num_source_tasks: int = 0
    alexnet_weights: Path | None = None
    functionals: tuple[Path, ...] = ()
    checkpoint_every: int = 0
    train_speakers: int = 0
    pathways: str = "shared"
    head: str = "drawn"
    scores_sources: bool = False

    @property
    def checkpoint_dir(self) -> AnyPath:
        """Folder of every search's checkpoints."""
        return self.run_dir / CHECKPOINTS_NAME

    @property
    def log_dir(self) -> AnyPath:
        """Folder of every search's log."""
        return (
            self.run_dir / "logs" / "LEAKY" if self.is_leaky else self.run_dir / "logs"
        )


def log_folder(
    log_dir: AnyPath, method: str, stage: str, repeat: int, fold: str
) -> AnyPath:
    """Folder of one search's log, or below `checkpoint_dir` of its checkpoints."""
    # A speaker may be called anything, even "..".
    name = f"fold-{urllib.parse.quote(fold, safe=' ')}"
    return log_dir / method / stage / f"repeat-{repeat}" / name


def network_folder(run_dir: AnyPath, repeat: int) -> AnyPath:
    """Folder of the network that learned a repeat's sources."""
    return run_dir / "sources" / f"repeat-{repeat}"
