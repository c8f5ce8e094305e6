"""The settings of a whole experiment, checked together."""

import dataclasses
from pathlib import Path

from pathnet_tf import export
from pathnet_tf.errors import UsageError
from pathnet_tf.folders import OutputFolder
from pathnet_tf.folds import LEAKY_PROTOCOLS
from pathnet_tf.material import DataSettings
from pathnet_tf.units import UnitSettings

FLAGS_NAME = "resolved.flags"
RUN_CONTENTS = (
    FLAGS_NAME,
    "environment.json",
    "results.csv*",
    "predictions.csv*",
    "logs",
    "sources",
)


@dataclasses.dataclass(frozen=True)
class ExperimentSettings:
    """What an experiment is.

    Attributes:
      data: Which data it takes and how it divides them.
      unit: How tasks are learned, and the run's folder.
      repeats: How often everything is done, with other random draws.
      scratch_control: Whether the target is also learned from scratch.
      num_workers: Processes.
      export_dir: Where to write a model learned on all target speakers, if at all.
      overwrite: Whether a run or model that is there is replaced.

    Raises:
      UsageError: Values are out of range or contradict each other.
    """

    data: DataSettings
    unit: UnitSettings
    repeats: int = 1
    scratch_control: bool = False
    num_workers: int = 1
    export_dir: Path | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Checks what the parts cannot check alone."""
        for name in ("repeats", "num_workers"):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} must be at least 1. Received: {name}={getattr(self, name)}"
                )
        # A genotype_max above num_modules shows here rather than in a worker.
        num_named = self.unit.learning.space(self.unit.network).num_modules
        grows = self.unit.grow_modules > 0
        if grows and self.unit.learning.genotype_max:
            raise UsageError(
                "--grow_modules adds modules that genes could not name under "
                "--genotype_max; leave one of them at 0"
            )
        if self.data.sources and num_named < 2 and not grows:
            raise UsageError(
                "Transfer needs at least 2 modules a layer, one to freeze and one to "
                "learn with; raise --num_modules, --genotype_max or --grow_modules"
            )
        self._require_separate_folders()
        if self.export_dir and self.unit.normalization not in ("train", "none"):
            raise UsageError(
                "--export_dir needs --normalization=train or none: a model cannot "
                "carry statistics of clips or speakers to come. "
                f"Received: --normalization={self.unit.normalization}"
            )

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods to run; the first one is exported."""
        if not self.data.sources:
            return ("scratch",)
        return ("transfer", "scratch") if self.scratch_control else ("transfer",)

    @property
    def run_folder(self) -> OutputFolder:
        """Where results and logs go."""
        return OutputFolder(
            self.unit.run_dir, RUN_CONTENTS, "--run_dir", self.overwrite
        )

    @property
    def model_folder(self) -> OutputFolder | None:
        """Where the model goes, if one is exported."""
        if not self.export_dir:
            return None
        return export.output_folder(self.export_dir, overwrite=self.overwrite)

    @property
    def is_leaky(self) -> bool:
        """Whether the protocol lets speakers stand on both sides of a fold."""
        return self.data.protocol in LEAKY_PROTOCOLS

    def _require_separate_folders(self) -> None:
        """No folder that is written may hold another one, or a dataset."""
        written = {"--run_dir": self.unit.run_dir}
        if self.export_dir:
            written["--export_dir"] = self.export_dir
        read = [Path(folder) for folder in (*self.data.sources, self.data.target)]
        for flag, folder in written.items():
            others = [path for path in written.values() if path is not folder] + read
            for other in others:
                if folder.resolve() in (other.resolve(), *other.resolve().parents):
                    raise UsageError(
                        f"{flag}={folder} would hold {other}, which it must not touch; "
                        f"name another {flag}"
                    )
