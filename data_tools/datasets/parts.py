"""Writes an output in small tasks, which one process, a cluster or an array job does.

A task leaves a file, its record, when it is done. Work that was interrupted can
therefore go on, and who did which task changes nothing. The parts of an array job
gather what they write in a hidden folder beside the output; in the end --shard=merge
makes the output of it.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from data_tools.corpora import Clip, Reading
from data_tools.datasets.work_settings import WorkSettings
from data_tools.workers.run_tasks import clip_bar, run_tasks, run_watched
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.folder_lock import locked
from pathnet_tf.runtime.shard import Shard
from pathnet_tf.runtime.storage import AnyPath, remove_tree, write_whole

PLAN_NAME = "plan.json"
# How often the records of a cluster are counted.
LOOK_SECONDS = 2.0


class Task(Protocol):
    """What a worker does at once, and is sent."""

    @property
    def record(self) -> AnyPath:
        """File that the task leaves when it is done."""

    @property
    def clips(self) -> Sequence[Clip]:
        """The clips that it reads."""


AnyTask = TypeVar("AnyTask", bound=Task)


def do_tasks(
    function: Callable[[AnyTask], object],
    tasks: Sequence[AnyTask],
    work: WorkSettings,
    *,
    clips_worth_a_process: int,
    modules: Sequence[str],
) -> None:
    """Does the tasks that are not done yet, always in watched workers.

    Args:
      function: Does a task; other processes can import it.
      tasks: The tasks, whose records all belong into one folder.
      work: Where they are done.
      clips_worth_a_process: See `run_tasks`.
      modules: See `run_tasks`.

    Raises:
      UsageError: The cluster is not installed, or does not answer.
      DataError: Workers keep ending.
      Exception: Any error that `function` raises.
    """
    if work.executor == "local":
        left = missing(tasks)
        if not left:
            return
        results = run_tasks(
            function,
            left,
            num_clips=[len(task.clips) for task in left],
            num_workers=work.num_workers,
            clips_worth_a_process=clips_worth_a_process,
            modules=modules,
        )
        for _ in results:
            pass
        return
    from pathnet_tf.runtime.executors import opened

    num_processes = work.num_workers or os.cpu_count() or 1
    with opened(work, num_processes, print) as runner, _followed(tasks):
        do = functools.partial(run_watched, function, tuple(modules))
        runner.run(do, tasks, missing)


@contextlib.contextmanager
def _followed(tasks: Sequence[Task]) -> Iterator[None]:
    """Shows how many clips are done, by the records that other machines leave."""
    num_clips, is_over = sum(len(task.clips) for task in tasks), threading.Event()

    def follow() -> None:
        while not is_over.wait(LOOK_SECONDS):
            num_left = sum(len(task.clips) for task in missing(tasks))
            bar.update(num_clips - num_left - bar.n)

    with clip_bar(num_clips) as bar:
        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def missing(tasks: Sequence[AnyTask]) -> list[AnyTask]:
    """The tasks that are not done yet."""
    if not tasks:
        return []
    # Listed once: to ask for each record takes long in a remote folder.
    names = {path.name for path in tasks[0].record.parent.iterdir()}
    return [task for task in tasks if task.record.name not in names]


def identity(reading: Reading, **settings: Any) -> str:
    """Hashes what the parts of an output depend on, but for the recordings' content.

    Args:
      reading: The corpus.
      settings: All that else changes what is written, as JSON can hold it.

    Returns:
      sha256 in hexadecimal.
    """
    # With paths below the corpus, which may stand elsewhere on another machine.
    clips = [
        vars(clip) | {"path": reading.source_of(clip.path)} for clip in reading.clips
    ]
    text = json.dumps([settings, clips], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Parts:
    """The folder in which the parts of an array job gather what they write.

    Attributes:
      output: What is to be made of them.
      flag: The flag that names the output, for error messages.
    """

    output: AnyPath
    flag: str

    @functools.cached_property
    def folder(self) -> AnyPath:
        """A hidden folder beside the output."""
        output = self.output
        if isinstance(output, Path):
            # The working folder has a name only so, and is replaced by its output.
            output = Path(os.path.abspath(output))
        return output.with_name(f".{output.name}.parts")

    def require_absent(self) -> None:
        """Checks that no part was written, before all is written at once.

        Raises:
          UsageError: There are parts.
        """
        if self.folder.exists():
            raise UsageError(
                f"{self.folder} holds parts of {self.output}; put them together with "
                f"--shard=merge, remove that folder, or name another {self.flag}"
            )

    @contextlib.contextmanager
    def held(self, shard: Shard, identity: str) -> Iterator[None]:
        """Holds the folder for one part, while others write theirs.

        Args:
          shard: The part.
          identity: Differs for other clips and for other settings of what is written.

        Yields:
          With the folder made, and locked for this part.

        Raises:
          UsageError: Another process writes the part.
          DataError: The folder holds parts of other clips or settings, or cannot be
            written.
        """
        plan = self.folder / PLAN_NAME
        with self._locked(str(shard)):
            if plan.exists():
                self._require_same(identity, shard.of)
            else:
                content = {"identity": identity, "of": shard.of}
                write_whole(plan, json.dumps(content).encode())
            yield

    @contextlib.contextmanager
    def merged(self, identity: str, tasks: Sequence[Task]) -> Iterator[None]:
        """Holds the folder while the parts are put together; then removes it.

        Args:
          identity: As for `held`.
          tasks: All tasks.

        Yields:
          With the folder locked and complete.

        Raises:
          UsageError: Another process writes a part.
          DataError: A part is missing, or the parts are of other clips or settings.
        """
        if not (self.folder / PLAN_NAME).exists():
            raise DataError(
                f"No part of {self.output} has been written; write each with "
                "--shard=1/OF to --shard=OF/OF first"
            )
        with self._locked(""):
            num_parts = self._require_same(identity)
            absent = {id(task) for task in missing(tasks)}
            numbers = {
                index % num_parts + 1
                for index, task in enumerate(tasks)
                if id(task) in absent
            }
            if numbers:
                names = ", ".join(f"{one}/{num_parts}" for one in sorted(numbers))
                raise DataError(
                    f"{self.output} lacks {len(absent)} of {len(tasks)} files, of the "
                    f"parts {names}; run the same command with --shard={min(numbers)}/"
                    f"{num_parts} (and so on), what is done is kept"
                )
            yield
        remove_tree(self.folder)

    def report(self, shard: Shard, num_files: int) -> str:
        """Returns a line for the user about a part that is done."""
        return (
            f"Part {shard} of {self.output} is done, {num_files} file(s). When all "
            "parts are done: the same command with --shard=merge"
        )

    def _require_same(self, identity: str, num_parts: int | None = None) -> int:
        """Checks what the parts are of; returns how many parts there are."""
        plan = self.folder / PLAN_NAME
        try:
            content: dict[str, Any] = json.loads(plan.read_text())
            known, of = str(content["identity"]), int(content["of"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{plan} is damaged; remove {self.folder}") from error
        if known != identity:
            raise DataError(
                f"{self.folder} holds parts of other clips, or that other flags made; "
                "give the flags that the parts had, or remove that folder"
            )
        if num_parts not in (None, of):
            raise DataError(
                f"{self.folder} holds parts of {of}, not of {num_parts}; give "
                f"--shard=1/{of} to {of}/{of}, or remove that folder"
            )
        return of

    @contextlib.contextmanager
    def _locked(self, shard: str) -> Iterator[None]:
        """Locks the folder, and names it in the error of a full or forbidden disk."""
        try:
            with locked(self.folder, shard=shard, flag=self.flag):
                yield
        except OSError as error:
            raise DataError(
                f"{error.filename or self.folder} cannot be written "
                f"({error.strerror}); free it, or name another {self.flag}"
            ) from error
