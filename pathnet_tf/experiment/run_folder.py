"""A run's folder: how a run begins there, goes on there, and what stands in it."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence

from pathnet_tf.data.dataset_card import DatasetCard, dataset_hash
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.evaluation.fold_scores import UNITS_NAME
from pathnet_tf.experiment import environment
from pathnet_tf.experiment.environment import recorded_datasets, recorded_functionals
from pathnet_tf.experiment.flags import ResolvedFlags
from pathnet_tf.experiment.jobs import Job, missing
from pathnet_tf.experiment.settings import (
    ENVIRONMENT_NAME,
    FLAGS_NAME,
    PREDICTIONS_NAME,
    REPORT_FOLDER,
    REPORT_NAME,
    RESULTS_NAME,
    ExperimentSettings,
)
from pathnet_tf.features.functionals_file import file_hashes
from pathnet_tf.methods.settings import CHECKPOINTS_NAME
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.folder_lock import LOCK_NAME, locked
from pathnet_tf.runtime.interruption import StoppedError
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath, as_path, remove_tree, write_whole
from pathnet_tf.serving import export
from pathnet_tf.serving.model_folder import ModelAbout, about_hash

# Says which model the run has exported, or was about to.
EXPORTED_NAME = "exported.json"
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


class RunFolder:
    """The folder of a run, and the folder of the model that the run exports.

    Attributes:
      path: The run's folder.
      flags: The file of its flags.
      environment: The file that says what the run depended on.
      results: The table of its results.
      predictions: The table of its clips' scores.
    """

    def __init__(self, settings: ExperimentSettings) -> None:
        self._settings = settings
        self.path = settings.run_dir
        self.flags = self.path / FLAGS_NAME
        self.environment = self.path / ENVIRONMENT_NAME
        self.results = self.path / RESULTS_NAME
        self.predictions = self.path / PREDICTIONS_NAME
        self._exported = self.path / EXPORTED_NAME

    def __str__(self) -> str:
        """The path, as it was typed."""
        return str(self.path)

    @property
    def goes_on(self) -> bool:
        """Whether a run has begun here that is not to be replaced."""
        return self.flags.exists() and not self._settings.execution.overwrite

    def require_usable(self, flags: ResolvedFlags) -> None:
        """Checks that the folders may be written, or hold the same run.

        Args:
          flags: The flags of the run that is about to begin or to go on.

        Raises:
          UsageError: They may not, or another run has begun there.
          DataError: A dataset was written again since the run began.
        """
        execution, goes_on = self._settings.execution, self.goes_on
        output = OutputFolder(self.path, RUN_CONTENTS, "--run_dir", execution.overwrite)
        if execution.shard or goes_on:
            output.require_shareable()
        else:
            output.require_free()
        if goes_on:
            begun = self.flags.read_bytes().decode(errors="surrogateescape")
            if found := flags.differences(begun):
                anew = "" if execution.shard else ", or begin anew with --overwrite"
                raise UsageError(
                    f"--run_dir={self} holds a run with other flags "
                    f"({'; '.join(found)}); name another --run_dir{anew}"
                )
            environment.require_same_versions(self.environment)
            self.require_same_data()
        if self._settings.export_dir and not self.has_exported:
            self._model_folder().require_free()

    @contextlib.contextmanager
    def started(self, flags: ResolvedFlags, *, is_synthesized: bool) -> Iterator[None]:
        """Holds the folder, in which the run begins or goes on.

        Args:
          flags: The run's flags.
          is_synthesized: Whether any of its recordings are.

        Yields:
          With the folder locked and flags and environment written.

        Raises:
          UsageError: Another process holds the folder.
          StoppedError: A signal asked to stop; says how to go on.
        """
        shard = self._settings.execution.shard
        with locked(self.path, shard=str(shard or "")):
            # Again, as another process may have held it since.
            self.require_usable(flags)
            if not self.goes_on:
                self._begin(flags, is_synthesized=is_synthesized)
            try:
                yield
            except StoppedError as error:
                raise error.with_advice(
                    "go on with: python -m pathnet_tf.transfer "
                    f"--flagfile={self.flags}{f' --shard={shard}' if shard else ''}"
                ) from error

    def require_complete(self, jobs: Sequence[Job]) -> None:
        """Checks that all jobs are done, and that the data are still the same.

        Args:
          jobs: Those of the run.

        Raises:
          DataError: Names the dataset that was written again since, or what is missing.
        """
        self.require_same_data()
        absent = missing(jobs)
        if not absent:
            return
        names = "; ".join(str(one) for one in absent[:3])
        more = f"; and {len(absent) - 3} more" if len(absent) > 3 else ""
        raise DataError(
            f"{self} lacks {len(absent)} of {len(jobs)} jobs ({names}{more}); run "
            "their shards (again), jobs that are done are kept"
        )

    def require_same_data(self) -> None:
        """Checks that datasets, functionals and model are those that the run learned.

        Row numbers in its scores mean nothing in another dataset, however alike.

        Raises:
          DataError: One of them was written again since.
        """
        data = self._settings.data
        learned = recorded_datasets(self.environment)
        for folder in (*data.sources, data.target):
            if learned.get(folder) != dataset_hash(as_path(folder)):
                raise DataError(
                    f"{folder} is not the dataset that {self} learned; it was written "
                    "again since. Run with --overwrite, or bring it back"
                )
        if files := self._settings.functionals:
            used = recorded_functionals(self.environment)
            for file, found in file_hashes(files).items():
                if used.get(file) != found:
                    raise DataError(
                        f"{file} is not the file that {self} used; it was written "
                        "again since. Run with --overwrite, or bring it back"
                    )
        init = data.init_from
        if init and learned.get(init) != about_hash(as_path(init)):
            raise DataError(
                f"{init} is not the model that {self} went on from; it was exported "
                "again since. Run with --overwrite, or bring it back"
            )

    @property
    def has_exported(self) -> bool:
        """Whether this run has written its model already."""
        folder, marker = self._settings.export_dir, self._exported
        if self._settings.execution.overwrite:
            return False
        if not (folder and marker.exists() and folder.is_dir()):
            return False
        return bool(json.loads(marker.read_text())["sha256"] == _model_hash(folder))

    def export(
        self,
        model: PathNet,
        members: Sequence[PathwayNetwork],
        statistics: Statistics,
        card: DatasetCard,
        about: ModelAbout,
        text: str,
    ) -> None:
        """Exports the model, and leaves a note by which the run knows it.

        Args:
          model: The network.
          members: The pathways that answer for the target together.
          statistics: Of its inputs.
          card: The target's.
          about: What is known of the model.
          text: The same for a person.

        Raises:
          UserError: As `export.export` does.
        """

        def note(aside: AnyPath) -> None:
            # Before the model appears: a run killed in between finds its own.
            content = json.dumps({"sha256": _model_hash(aside)}) + "\n"
            write_whole(self._exported, content.encode())

        export.export(
            self._model_folder(),
            model,
            members,
            statistics,
            card,
            about,
            text,
            with_onnx=self._settings.export_onnx,
            note=note,
        )

    def _begin(self, flags: ResolvedFlags, *, is_synthesized: bool) -> None:
        """Empties the folder, and writes what the run depends on."""
        settings, execution = self._settings, self._settings.execution
        if not execution.shard:
            for path in self.path.iterdir() if self.path.is_dir() else ():
                # The lock is held.
                if path.is_dir():
                    remove_tree(path)
                elif not path.name.startswith(LOCK_NAME):
                    path.unlink()
        folders = [*settings.data.sources, settings.data.target]
        hashes = {folder: dataset_hash(as_path(folder)) for folder in folders}
        if init := settings.data.init_from:
            hashes[init] = about_hash(as_path(init))
        content = environment.describe(seed=settings.seed, datasets=hashes)
        content |= {
            "is_synthesized": is_synthesized,
            "overwrites": execution.overwrite,
        }
        if files := settings.functionals:
            content["functionals"] = file_hashes(files)
        environment.write(self.environment, content)
        text = flags.results if execution.shard else flags.results + flags.execution
        write_whole(self.flags, text.encode(errors="surrogateescape"))

    def _model_folder(self) -> OutputFolder:
        """Where the model goes; a run that began with --overwrite goes on with it."""
        folder = self._settings.export_dir
        assert folder is not None
        overwrite = self._settings.execution.overwrite
        if self.goes_on:
            content = json.loads(self.environment.read_text())
            overwrite = bool(content.get("overwrites"))
        return export.output_folder(folder, overwrite=overwrite)


def drop_damaged(jobs: Sequence[Job], report: Callable[[str], None]) -> None:
    """Removes scores that cannot be read, so that their jobs run again.

    Args:
      jobs: Those of the run.
      report: Told of each.
    """
    for job in jobs:
        if job.scores_path.exists():
            try:
                job.require_readable()
            except DataError as error:
                report(f"{job} is run again: {error}")
                job.scores_path.unlink()


def _model_hash(folder: AnyPath) -> str:
    """Hash of a model's weights."""
    found = hashlib.sha256()
    paths: list[AnyPath] = list((folder / "variables").iterdir())
    for path in sorted(paths, key=lambda one: one.name):
        found.update(path.read_bytes())
    return found.hexdigest()
