"""The settings of a whole experiment, checked together."""

import dataclasses

from pathnet_tf.data.folds import LEAKY_PROTOCOLS
from pathnet_tf.evaluation.fold_scores import UNITS_NAME
from pathnet_tf.experiment.caching import CacheSettings
from pathnet_tf.experiment.executors import ExecutorSettings
from pathnet_tf.experiment.experiment_data import DataSettings
from pathnet_tf.experiment.jobs import Shard
from pathnet_tf.methods.progressive import require_column
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.settings import CHECKPOINTS_NAME, JobSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.folder_lock import LOCK_NAME
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath, as_path
from pathnet_tf.serving import export
from pathnet_tf.serving.onnx_export import require_onnx

FLAGS_NAME = "resolved.flags"
RESULTS_NAME = "results.csv"
PREDICTIONS_NAME = "predictions.csv"
ENVIRONMENT_NAME = "environment.json"
# Says which model the run has exported, or was about to.
EXPORTED_NAME = "exported.json"
REPORT_NAME = "report.html"
# Tables and pictures of the report, as files.
REPORT_FOLDER = "report"
RUN_CONTENTS = (
    FLAGS_NAME,
    f"{LOCK_NAME}*",
    ENVIRONMENT_NAME,
    EXPORTED_NAME,
    f"{RESULTS_NAME}*",
    f"{PREDICTIONS_NAME}*",
    REPORT_NAME,
    REPORT_FOLDER,
    "logs",
    "sources",
    UNITS_NAME,
    CHECKPOINTS_NAME,
)


@dataclasses.dataclass(frozen=True)
class ExperimentSettings:
    """What an experiment is.

    Attributes:
      data: Which data it takes and how it divides them.
      unit: How tasks are learned, and the run's folder.
      repeats: How often everything is done, with other random draws.
      scratch_control: Whether the target is also learned from scratch.
      chosen_methods: Methods to run instead of transfer and its control.
      inner_folds: Groups of each fold's training speakers, each scored by a model
        that has not heard it, for what is chosen on training speakers; 0 for none.
      executor: Where units run.
      cache: How the values of the datasets are kept.
      shard: The part of the units to run; none stands for all.
      export_dir: Where to write a model learned on all target speakers, if at all.
      export_onnx: Whether the model is written as ONNX too.
      overwrite: Whether a run or model that is there is replaced.

    Raises:
      UsageError: Values are out of range or contradict each other.
    """

    data: DataSettings
    unit: JobSettings
    repeats: int = 1
    scratch_control: bool = False
    chosen_methods: tuple[str, ...] = ()
    inner_folds: int = 0
    executor: ExecutorSettings = dataclasses.field(default_factory=ExecutorSettings)
    cache: CacheSettings = dataclasses.field(default_factory=CacheSettings)
    shard: Shard | None = None
    export_dir: AnyPath | None = None
    export_onnx: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Checks what the parts cannot check alone."""
        if self.repeats < 1:
            raise UsageError(
                f"repeats must be at least 1. Received: repeats={self.repeats}"
            )
        if self.inner_folds < 0 or self.inner_folds == 1:
            raise UsageError(
                "--inner_folds must be at least 2, or 0 for none. "
                f"Received: --inner_folds={self.inner_folds}"
            )
        if self.shard and self.overwrite:
            raise UsageError(
                "--overwrite would take from --run_dir what other shards wrote; remove "
                "the folder before the first shard starts"
            )
        # A genotype_max above num_modules shows here rather than in a worker.
        num_named = self.unit.learning.space(self.unit.network).num_modules
        grows = self.unit.grow_modules > 0
        if grows and self.unit.learning.genotype_max:
            raise UsageError(
                "--grow_modules adds modules that genes could not name under "
                "--genotype_max; leave one of them at 0"
            )
        if self.data.has_source and num_named < 2 and not grows:
            raise UsageError(
                "Transfer needs at least 2 modules a layer, one to freeze and one to "
                "learn with; raise --num_modules, --genotype_max or --grow_modules"
            )
        for method in self.methods:
            if METHODS[method].needs_source and not self.data.has_source:
                raise UsageError(
                    f"--method={method} needs a --source: {METHODS[method].summary}"
                )
            if METHODS[method].learns_sources and self.data.init_from:
                raise UsageError(
                    f"--method={method} learns the sources again, which --init_from "
                    "does not have; leave it out, or give --source"
                )
        if "progressive" in self.methods and not self.data.init_from:
            require_column(self.unit.network, self.unit.learning.training)
        self._require_members()
        kind = self.data.representation.kind
        if kind != "segments":
            self._require_vectors(kind)
        if self.unit.head == "source" and self.unit.pathways == "per_emotion":
            raise UsageError(
                "--head=source needs --pathways=shared: a source that was learned "
                "emotion by emotion has no head of them all"
            )
        if self.unit.learning.training.replay and not self.data.sources:
            raise UsageError(
                "--replay presents recordings of a --source again, and there is none"
            )
        if self.unit.scores_sources and self.data.init_from:
            raise UsageError(
                "--score_sources needs a --source: the recordings of --init_from are "
                "not at hand"
            )
        if self.export_onnx:
            if not self.export_dir:
                raise UsageError("--export_onnx needs an --export_dir to write to")
            require_onnx()
        first = self.methods[0]
        if self.export_dir and not METHODS[first].is_exportable:
            raise UsageError(
                f"--export_dir exports the first --method, and {first} makes no "
                "SavedModel; name another one first"
            )
        self._require_separate_folders()
        if self.export_dir and self.unit.normalization not in ("", "train", "none"):
            raise UsageError(
                "--export_dir needs --normalization=train or none: a model cannot "
                "carry statistics of clips or speakers to come. "
                f"Received: --normalization={self.unit.normalization}"
            )

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods to run; the first one is exported."""
        usual = ("transfer",) if self.data.has_source else ("scratch",)
        chosen = self.chosen_methods or usual
        return tuple(dict.fromkeys([*chosen, *["scratch"] * self.scratch_control]))

    @property
    def run_folder(self) -> OutputFolder:
        """Where results and logs go."""
        path, overwrite = self.unit.run_dir, self.overwrite
        return OutputFolder(path, RUN_CONTENTS, "--run_dir", overwrite)

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

    def _require_members(self) -> None:
        """An ensemble is of pathways of the last population."""
        ensemble = self.unit.learning.training.ensemble
        population_size = self.unit.learning.search.population_size
        if ensemble > population_size:
            raise UsageError(
                "--ensemble takes pathways of the population, and must not exceed "
                f"--population_size={population_size}. Received: --ensemble={ensemble}"
            )

    def _require_vectors(self, kind: str) -> None:
        """Refuses what needs segments where each clip is one vector."""
        asked = f"--representation={kind} makes one vector of a clip"
        if self.unit.network.module != "dense":
            raise UsageError(
                f"{asked}, in which nothing can be convolved; use --module=dense"
            )
        if self.unit.normalization == "utterance":
            raise UsageError(
                f"{asked}, of which --normalization=utterance would leave nothing; use "
                "train or speaker"
            )
        if self.unit.learning.training.augmentation:
            raise UsageError(
                f"{asked}, which has no frames or bands to mask, to shift or to amplify"
            )
        for method in {"mel_svm", "alexnet", "alexnet_average"} & set(self.methods):
            raise UsageError(f"{asked}, and --method={method} learns from segments")

    def _require_separate_folders(self) -> None:
        """No folder that is written may hold another one, or a dataset."""
        written = {"--run_dir": self.unit.run_dir}
        if self.export_dir:
            written["--export_dir"] = self.export_dir
        read = [as_path(f) for f in (*self.data.sources, self.data.target)]
        read += [as_path(self.data.init_from)] * bool(self.data.init_from)
        for flag, folder in written.items():
            others = [path for path in written.values() if path is not folder] + read
            for other in others:
                if folder.resolve() in (other.resolve(), *other.resolve().parents):
                    raise UsageError(
                        f"{flag}={folder} would hold {other}, which it must not touch; "
                        f"name another {flag}"
                    )
