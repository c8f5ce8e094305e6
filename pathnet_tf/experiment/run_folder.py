"""How a run begins in its folder, or goes on there after an interruption."""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence

from pathnet_tf.data.dataset_card import DatasetCard, dataset_hash
from pathnet_tf.data.normalization import Statistics
from pathnet_tf.experiment import environment
from pathnet_tf.experiment.environment import recorded_datasets, recorded_functionals
from pathnet_tf.experiment.jobs import Job, missing
from pathnet_tf.experiment.plan import ExperimentPlan
from pathnet_tf.experiment.settings import (
    ENVIRONMENT_NAME,
    EXPORTED_NAME,
    FLAGS_NAME,
    ExperimentSettings,
)
from pathnet_tf.features.functionals_file import file_hashes
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.folder_lock import LOCK_NAME, locked
from pathnet_tf.runtime.interruption import StoppedError
from pathnet_tf.runtime.storage import AnyPath, as_path, remove_tree, write_whole
from pathnet_tf.serving import export
from pathnet_tf.serving.model_folder import ModelAbout, about_hash


@dataclasses.dataclass(frozen=True)
class ResolvedFlags:
    """The flags of a run as flagfiles, one flag a line.

    Attributes:
      results: Those that results depend on.
      execution: Those that they do not.
    """

    results: str
    execution: str = ""

    def differences(self, begun: str) -> list[str]:
        """Names flags by which a run that has begun differs.

        Args:
          begun: Its flagfile.

        Returns:
          A phrase each.
        """
        ignored = {_name(line) for line in self.execution.splitlines()}
        # The same folder may be spelled in another way.
        ignored |= {"overwrite", "run_dir"}
        old, new = (
            [line for line in text.splitlines() if _name(line) not in ignored]
            for text in (begun, self.results)
        )
        names = dict.fromkeys(_name(line) for line in [*old, *new])
        found = []
        for name in names:
            there, here = (
                " ".join(line for line in lines if _name(line) == name) or "none"
                for lines in (old, new)
            )
            if there != here:
                found.append(f"{there} there, {here} here")
        return found


def require_folders(settings: ExperimentSettings, flags: ResolvedFlags) -> None:
    """Checks that the folders may be written, or hold the same run.

    Args:
      settings: What to run.
      flags: Its flags.

    Raises:
      UsageError: They may not, or another run has begun there.
      DataError: A dataset was written again since the run began.
    """
    folder = settings.run_folder
    goes_on = _goes_on(settings)
    if settings.shard or goes_on:
        folder.require_shareable()
    else:
        folder.require_free()
    if goes_on:
        run_dir = settings.unit.run_dir
        if found := flags.differences((run_dir / FLAGS_NAME).read_text()):
            anew = "" if settings.shard else ", or begin anew with --overwrite"
            raise UsageError(
                f"--run_dir={run_dir} holds a run with other flags ({'; '.join(found)}"
                f"); name another --run_dir{anew}"
            )
        environment.require_same_versions(run_dir / ENVIRONMENT_NAME)
        require_same_data(settings)
    if settings.model_folder and not is_exported(settings):
        _model_folder(settings).require_free()


@contextlib.contextmanager
def started(
    settings: ExperimentSettings, flags: ResolvedFlags, *, is_synthesized: bool
) -> Iterator[None]:
    """Holds the run's folder, in which the run begins or goes on.

    Args:
      settings: What to run.
      flags: Its flags.
      is_synthesized: Whether any of its recordings are.

    Yields:
      With the folder locked and its flags and environment written.

    Raises:
      UsageError: Another process holds the folder.
      StoppedError: A signal asked to stop; says how to go on.
    """
    run_dir = settings.unit.run_dir
    with locked(run_dir, shard=str(settings.shard or "")):
        # Again, as another process may have held it since.
        require_folders(settings, flags)
        if not _goes_on(settings):
            _begin(settings, flags, is_synthesized=is_synthesized)
        try:
            yield
        except StoppedError as error:
            shard = f" --shard={settings.shard}" if settings.shard else ""
            raise error.with_advice(
                "go on with: python -m pathnet_tf.transfer "
                f"--flagfile={run_dir / FLAGS_NAME}{shard}"
            ) from error


def drop_damaged(units: Sequence[Job], report: Callable[[str], None]) -> None:
    """Removes outcomes that cannot be read, so that their units run again.

    Args:
      units: Those of the run.
      report: Told of each.
    """
    for unit in units:
        if unit.outcome.exists():
            try:
                unit.require_readable()
            except DataError as error:
                report(f"{unit} is run again: {error}")
                unit.outcome.unlink()


def is_exported(settings: ExperimentSettings) -> bool:
    """Whether this run has written its model already."""
    marker, folder = _marker(settings), settings.export_dir
    if settings.overwrite or not (folder and marker.exists() and folder.is_dir()):
        return False
    return bool(json.loads(marker.read_text())["sha256"] == _model_hash(folder))


def export_once(
    settings: ExperimentSettings,
    model: PathNet,
    members: Sequence[PathwayNetwork],
    statistics: Statistics,
    card: DatasetCard,
    about: ModelAbout,
    text: str,
) -> None:
    """Exports the model, and leaves a note by which the run knows it.

    Args:
      settings: What was run.
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
        write_whole(_marker(settings), content.encode())

    folder = _model_folder(settings)
    export.export(
        folder,
        model,
        members,
        statistics,
        card,
        about,
        text,
        with_onnx=settings.export_onnx,
        note=note,
    )


def _goes_on(settings: ExperimentSettings) -> bool:
    known = settings.unit.run_dir / FLAGS_NAME
    return known.exists() and not settings.overwrite


def _begin(
    settings: ExperimentSettings, flags: ResolvedFlags, *, is_synthesized: bool
) -> None:
    run_dir = settings.unit.run_dir
    if not settings.shard:
        for path in run_dir.iterdir() if run_dir.is_dir() else ():
            # The lock is held.
            if path.is_dir():
                remove_tree(path)
            elif not path.name.startswith(LOCK_NAME):
                path.unlink()
    folders = [*settings.data.sources, settings.data.target]
    hashes = {folder: dataset_hash(as_path(folder)) for folder in folders}
    if init := settings.data.init_from:
        hashes[init] = about_hash(as_path(init))
    content = environment.describe(seed=settings.unit.seed, datasets=hashes)
    content |= {"is_synthesized": is_synthesized, "overwrites": settings.overwrite}
    if files := settings.unit.functionals:
        content["functionals"] = file_hashes(files)
    environment.write(run_dir / ENVIRONMENT_NAME, content)
    text = flags.results if settings.shard else flags.results + flags.execution
    write_whole(run_dir / FLAGS_NAME, text.encode())


def _model_folder(settings: ExperimentSettings) -> export.OutputFolder:
    """Where the model goes; a run that began with --overwrite goes on with it."""
    assert settings.model_folder is not None
    if not _goes_on(settings):
        return settings.model_folder
    content = (settings.unit.run_dir / ENVIRONMENT_NAME).read_text()
    overwrite = bool(json.loads(content).get("overwrites"))
    return dataclasses.replace(settings.model_folder, overwrite=overwrite)


def _marker(settings: ExperimentSettings) -> AnyPath:
    return settings.unit.run_dir / EXPORTED_NAME


def _model_hash(folder: AnyPath) -> str:
    """Hash of a model's weights."""
    found = hashlib.sha256()
    paths: list[AnyPath] = list((folder / "variables").iterdir())
    for path in sorted(paths, key=lambda one: one.name):
        found.update(path.read_bytes())
    return found.hexdigest()


def _name(line: str) -> str:
    """Name of the flag in a line of a flagfile."""
    name = line.partition("=")[0].lstrip("-")
    # Of a boolean flag that is off.
    return name.removeprefix("no") if "=" not in line else name


def require_complete(settings: ExperimentSettings, plan: ExperimentPlan) -> None:
    """Checks that every unit left its outcome, and that the data are still the same.

    Args:
      settings: What was run.
      plan: Its units.

    Raises:
      DataError: Names the dataset that was written again since, or what is missing.
    """
    require_same_data(settings)
    absent = missing(plan.units)
    if not absent:
        return
    names = "; ".join(str(one) for one in absent[:3])
    more = f"; and {len(absent) - 3} more" if len(absent) > 3 else ""
    raise DataError(
        f"{settings.unit.run_dir} lacks {len(absent)} of {len(plan.units)} units "
        f"({names}{more}); run their shards (again), units that are done are kept"
    )


def require_same_data(settings: ExperimentSettings) -> None:
    """Checks that the datasets are those that a run learned.

    Row numbers in outcomes mean nothing in another dataset, however alike.

    Args:
      settings: What was run.

    Raises:
      DataError: One was written again since, or functionals were.
    """
    learned = recorded_datasets(settings.unit.run_dir / ENVIRONMENT_NAME)
    for folder in (*settings.data.sources, settings.data.target):
        if learned.get(folder) != dataset_hash(as_path(folder)):
            raise DataError(
                f"{folder} is not the dataset that {settings.unit.run_dir} learned; it "
                "was written again since. Run with --overwrite, or bring it back"
            )
    if settings.unit.functionals:
        used = recorded_functionals(settings.unit.run_dir / ENVIRONMENT_NAME)
        for file, found in file_hashes(settings.unit.functionals).items():
            if used.get(file) != found:
                raise DataError(
                    f"{file} is not the file that {settings.unit.run_dir} used; it was "
                    "written again since. Run with --overwrite, or bring it back"
                )
    init = settings.data.init_from
    if init and learned.get(init) != about_hash(as_path(init)):
        raise DataError(
            f"{init} is not the model that {settings.unit.run_dir} went on from; it "
            "was exported again since. Run with --overwrite, or bring it back"
        )
