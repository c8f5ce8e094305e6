"""Tasks of which one reads a file that kills its worker; they import no TensorFlow."""

import dataclasses
import os
import signal
from pathlib import Path

from data_tools.media_error import MediaError
from data_tools.workers import supervision


@dataclasses.dataclass(frozen=True)
class DeadlyTask:
    """Writes to its record whether its file could be read."""

    record: Path
    is_deadly: bool
    clips: tuple = ("one",)


def do(task):
    try:
        with supervision.reading(task.record.with_suffix(".wav")):
            if task.is_deadly:
                os.kill(os.getpid(), signal.SIGKILL)
    except MediaError as error:
        task.record.write_text(error.reason)
    else:
        task.record.write_text("read")
