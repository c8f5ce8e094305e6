"""The settings of a whole experiment, checked together.

Nothing here imports TensorFlow: `--help` is made of these fields.
"""

import dataclasses
import os
from pathlib import Path

from pathnet_tf.data.emotions import read_labels
from pathnet_tf.data.normalization import NORMALIZATIONS
from pathnet_tf.data.speaker_folds import LEAKY_PROTOCOLS, PROTOCOLS
from pathnet_tf.data.stored_values import CACHES
from pathnet_tf.features.feature_sets import FROM_FILES
from pathnet_tf.features.settings import Representation
from pathnet_tf.methods.registry import METHODS, parse_methods
from pathnet_tf.methods.settings import TaskSettings
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.executor_settings import ExecutorSettings
from pathnet_tf.runtime.flag_fields import check, flag
from pathnet_tf.runtime.shard import Shard
from pathnet_tf.runtime.storage import AnyPath, as_path

FLAGS_NAME = "resolved.flags"
RESULTS_NAME = "results.csv"
PREDICTIONS_NAME = "predictions.csv"
ENVIRONMENT_NAME = "environment.json"
REPORT_NAME = "report.html"
# Tables and pictures of the report, as files.
REPORT_FOLDER = "report"


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Which data an experiment takes and how it divides them.

    Attributes:
      representation: What a clip is to the network.

    Raises:
      UsageError: There are two kinds of sources, or a value is none of its choices.
    """

    sources: tuple[str, ...] = flag(
        (),
        "Dataset folder to transfer from, or a folder that holds datasets, for all of "
        "them but the target; repeat the flag for several.",
        name="source",
        kind="repeated",
    )
    init_from: str | None = flag(
        None,
        "Exported model to go on from, instead of a --source: what it has learned is "
        "frozen. The sizes of the network are the model's.",
    )
    target: str = flag(help_text="Dataset folder to transfer to.")
    source_mode: str = flag(
        "pooled",
        "Learn several sources as one task over the emotions that they share, or one "
        "after the other.",
        choices=("pooled", "sequential"),
    )
    emotions: tuple[str, ...] = flag(
        (),
        "Classes of the target. If empty, all that it holds, but for SAVEE's neutral "
        "where no source has it.",
        read=read_labels,
    )
    source_emotions: tuple[str, ...] = flag(
        (),
        "Classes of the sources. If empty: all that a source has; of pooled ones those "
        "of --emotions that any of them has, or, without --emotions, those they share.",
        read=read_labels,
    )
    protocol: str | None = flag(
        None,
        "How the target is divided; the two random ones are LEAKY and say so. "
        "Default: speaker_kfold for eNTERFACE, else loso.",
        choices=PROTOCOLS,
    )
    num_folds: int = flag(5, "Folds, where the protocol does not fix them.")
    representation: Representation = dataclasses.field(default_factory=Representation)

    @property
    def has_source(self) -> bool:
        """Whether there is anything to transfer from."""
        return bool(self.sources or self.init_from)

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)
        if self.sources and self.init_from:
            raise UsageError(
                "--init_from goes on from what a model has learned, and --source "
                "learns anew; leave one of them out"
            )
        if self.init_from and self.representation.is_of_vectors:
            raise UsageError(
                "--init_from goes on from a model of segments; leave out "
                f"--representation={self.representation.kind}"
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExecutionSettings(ExecutorSettings):
    """How a run is carried out, which no result depends on.

    Raises:
      UsageError: Values are out of range or contradict each other.
    """

    overwrite: bool = flag(
        False,
        "Begin anew and replace run_dir and export_dir if they are there. Without it, "
        "a run that was interrupted goes on where it was.",
    )
    checkpoint_every: int = flag(
        20, "Generations from one checkpoint of a search to the next.", least=1
    )
    num_workers: int = flag(0, "Processes; 0 stands for one a core.", least=0)
    shard: Shard | None = flag(
        None,
        "Run only this part of the folds and repeats, such as 3/10, for array jobs; "
        "when all parts are done, python -m pathnet_tf.merge --run_dir=... makes the "
        "results. 0/10 learns the sources alone, which every part would else learn for "
        "itself.",
        read=Shard.parse,
    )
    cache: str = flag(
        "memory",
        "Hold the datasets in memory, once for all processes; or stream them from a "
        "copy on disk; or stream them from where they are.",
        choices=CACHES,
    )
    cache_dir: Path | None = flag(
        None,
        "Folder of --cache=disk. Default: the user's cache folder.",
        read=Path,
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        if self.cache_dir and self.cache != "disk":
            raise UsageError(
                "--cache_dir is for --cache=disk. "
                f"Received: --cache={self.cache} --cache_dir={self.cache_dir}"
            )
        if self.shard and self.overwrite:
            raise UsageError(
                "--overwrite would take from --run_dir what other shards wrote; remove "
                "the folder before the first shard starts"
            )

    @property
    def num_processes(self) -> int:
        """Processes that run jobs on this machine."""
        return self.num_workers or os.cpu_count() or 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExperimentSettings:
    """What an experiment is, as its flags say.

    What the flags leave to the data, such as the usual normalization of its modality,
    is decided in `Experiment.job_settings`.

    Attributes:
      data: Which data it takes and how it divides them.
      network: Sizes of the network; the data decides what goes into it.
      tasks: How tasks are learned.
      execution: How the run is carried out.

    Raises:
      UsageError: Values are out of range or contradict each other.
    """

    data: DataSettings
    run_dir: AnyPath = flag(help_text="Folder for results and logs.", read=as_path)
    export_dir: AnyPath | None = flag(
        None,
        "Also learn on all target speakers and write a SavedModel here.",
        read=as_path,
    )
    export_onnx: bool = flag(
        False, "Write the model as ONNX too; needs the extra [onnx]."
    )
    seed: int = flag(0, "Seed of every random draw.", least=0)
    repeats: int = flag(
        1, "How often to do everything, with other random draws.", least=1
    )
    scratch_control: bool = flag(False, "Also learn the target from scratch.")
    chosen_methods: tuple[str, ...] = flag(
        (),
        "What the target is learned by, separated by commas: pathnet (called transfer "
        f"in results), {', '.join(name for name in METHODS if name != 'transfer')}. "
        "Default: pathnet, or scratch without a --source.",
        name="method",
        read=parse_methods,
    )
    inner_folds: int = flag(
        0,
        "Also score every fold's training speakers, in so many groups (2 or more), "
        "each by a model that has not heard it: for what is chosen on training "
        "speakers, such as the weights of python -m pathnet_tf.fuse. Changes no "
        "result.",
    )
    normalization: str | None = flag(
        None,
        "Whose statistics scale the inputs. speaker takes each speaker's own; "
        "speaker_mean takes each speaker's own mean off and divides by the deviation "
        "of training speakers around theirs, which is better where a speaker has few "
        "clips. Both are transductive. Default: train for speech and vectors, none for "
        "pixels of faces, which are then divided by 255.",
        choices=NORMALIZATIONS,
    )
    allow_confounded: bool = flag(
        False,
        "Take --normalization=speaker or speaker_mean even where most speakers of a "
        "corpus show one emotion only, whose statistics then are those of the emotion.",
    )
    network: PathNetSettings = dataclasses.field(default_factory=PathNetSettings)
    tasks: TaskSettings = dataclasses.field(default_factory=TaskSettings)
    execution: ExecutionSettings = dataclasses.field(default_factory=ExecutionSettings)

    def __post_init__(self) -> None:
        """Checks what the parts cannot check alone."""
        check(self)
        if self.inner_folds < 0 or self.inner_folds == 1:
            raise UsageError(
                "--inner_folds must be at least 2, or 0 for none. "
                f"Received: --inner_folds={self.inner_folds}"
            )
        # A genotype_max above num_modules shows here rather than in a worker.
        num_named = self.tasks.learning.space(self.network).num_modules
        grows = self.tasks.grow_modules > 0
        if grows and self.tasks.learning.genotype_max:
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
            if not self.data.init_from:
                METHODS[method].require_network(
                    self.network, self.tasks.learning.training
                )
        self._require_members()
        if self.data.representation.is_of_vectors:
            self._require_vectors(self.data.representation.kind)
        if self.tasks.head == "source" and self.tasks.pathways == "per_emotion":
            raise UsageError(
                "--head=source needs --pathways=shared: a source that was learned "
                "emotion by emotion has no head of them all"
            )
        if self.tasks.learning.training.replay and not self.data.sources:
            raise UsageError(
                "--replay presents recordings of a --source again, and there is none"
            )
        if self.tasks.score_sources and self.data.init_from:
            raise UsageError(
                "--score_sources needs a --source: the recordings of --init_from are "
                "not at hand"
            )
        if self.export_onnx:
            if not self.export_dir:
                raise UsageError("--export_onnx needs an --export_dir to write to")
            from pathnet_tf.serving.model_folder import require_onnx

            require_onnx()
        first = self.methods[0]
        if self.export_dir and not METHODS[first].is_exportable:
            raise UsageError(
                f"--export_dir exports the first --method, and {first} makes no "
                "SavedModel; name another one first"
            )
        self._require_separate_folders()
        if self.export_dir and self.normalization not in (None, "train", "none"):
            raise UsageError(
                "--export_dir needs --normalization=train or none: a model cannot "
                "carry statistics of clips or speakers to come. "
                f"Received: --normalization={self.normalization}"
            )

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods to run; the first one is exported."""
        usual = ("transfer",) if self.data.has_source else ("scratch",)
        chosen = self.chosen_methods or usual
        return tuple(dict.fromkeys([*chosen, *["scratch"] * self.scratch_control]))

    @property
    def functionals(self) -> tuple[Path, ...]:
        """Files of functionals: those that flags name, or beside datasets."""
        from pathnet_tf.features.functionals_file import functionals_beside

        representation = self.data.representation
        wanted = set(representation.parts)
        wanted |= {METHODS[method].feature_set for method in self.methods}
        folders = [*self.data.sources, self.data.target]
        return representation.files or functionals_beside(
            folders, [one for one in FROM_FILES if one in wanted]
        )

    @property
    def is_leaky(self) -> bool:
        """Whether the protocol lets speakers stand on both sides of a fold."""
        return self.data.protocol in LEAKY_PROTOCOLS

    def _require_members(self) -> None:
        """An ensemble is of pathways of the last population."""
        ensemble = self.tasks.learning.training.ensemble
        population_size = self.tasks.learning.search.population_size
        if ensemble > population_size:
            raise UsageError(
                "--ensemble takes pathways of the population, and must not exceed "
                f"--population_size={population_size}. Received: --ensemble={ensemble}"
            )

    def _require_vectors(self, kind: str) -> None:
        """Refuses what needs segments where each clip is one vector."""
        asked = f"--representation={kind} makes one vector of a clip"
        if self.network.module != "dense":
            raise UsageError(
                f"{asked}, in which nothing can be convolved; use --module=dense"
            )
        if self.normalization == "utterance":
            raise UsageError(
                f"{asked}, of which --normalization=utterance would leave nothing; use "
                "train, speaker or speaker_mean"
            )
        training = self.tasks.learning.training
        if training.augmentation:
            raise UsageError(
                f"{asked}, which has no frames or bands to mask, to shift or to amplify"
            )
        if training.face_augmentation:
            raise UsageError(
                f"{asked}, in which nothing can be turned or moved; --views=8 "
                "describes faces that are"
            )
        for method in self.methods:
            if METHODS[method].needs_segments:
                raise UsageError(
                    f"{asked}, and --method={method} learns from segments; "
                    "--method=svm takes vectors"
                )

    def _require_separate_folders(self) -> None:
        """No folder that is written may hold another one, or a dataset."""
        written = {"--run_dir": self.run_dir}
        if self.export_dir:
            written["--export_dir"] = self.export_dir
        folders = (*self.data.sources, self.data.target, self.data.init_from)
        read = [as_path(folder) for folder in folders if folder]
        for name, folder in written.items():
            others = [path for path in written.values() if path is not folder] + read
            for other in others:
                if folder.resolve() in (other.resolve(), *other.resolve().parents):
                    raise UsageError(
                        f"{name}={folder} would hold {other}, which it must not touch; "
                        f"name another {name}"
                    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class CrossCorpusSettings:
    """Which corpora there are, and which of them are no targets."""

    datasets: tuple[str, ...] = flag(
        (),
        "Dataset folders, separated by commas, each of them source and target; a "
        "folder that holds datasets stands for all of them.",
    )
    source_only: tuple[str, ...] = flag(
        (),
        "Those of --datasets that are no targets, such as a corpus of two speakers: "
        "names of corpora, or the folders.",
    )
