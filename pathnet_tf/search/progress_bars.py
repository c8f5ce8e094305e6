"""Shows how far searches in other processes are, and the time left.

A search appends a line to its history for each generation; the histories are followed
from here, so that a worker needs no channel back.
"""

import os
import threading
from collections.abc import Mapping
from types import TracebackType

from pathnet_tf.runtime.progress_bar import progress_bar
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.tensorboard_log import HISTORY_NAME

POLL_SECONDS = 0.5
BAR = "{desc} {percentage:3.0f}%|{bar:24}| {elapsed}, {remaining} left"


class SearchProgress:
    """A progress bar over searches: every half second on a terminal, else every 30."""

    def __init__(self, segments: Mapping[AnyPath, int], generations: int) -> None:
        """Prepares the bar.

        Args:
          segments: Log folder of each search, with the segments of its training set,
            by which its generations are weighed.
          generations: Generations of each search.
        """
        self._segments = dict(segments)
        self._generations = generations
        self._read: dict[AnyPath, int] = {}
        self._lines: dict[AnyPath, int] = {}
        self._stop = threading.Event()
        self._bar = progress_bar(
            generations * sum(segments.values()),
            bar_format=BAR,
            desc=self._description(),
        )
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "SearchProgress":
        """Starts to follow."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Shows the last state and stops."""
        self._stop.set()
        self._thread.join()
        self._advance()
        self._bar.close()

    def _follow(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._advance()

    def _advance(self) -> None:
        weight = 0
        for folder, segments in self._segments.items():
            path = folder / HISTORY_NAME
            if not path.exists():
                continue
            with path.open("rb") as history:
                history.seek(0, os.SEEK_END)
                if history.tell() < self._read.get(path, 0):
                    # Its worker died, and another one began again.
                    self._read[path] = 0
                    weight -= self._lines.pop(path) * segments
                history.seek(self._read.get(path, 0))
                new = history.read()
            self._read[path] = self._read.get(path, 0) + len(new)
            lines = new.count(b"\n")
            self._lines[path] = self._lines.get(path, 0) + lines
            weight += lines * segments
        self._bar.set_description_str(self._description(), refresh=False)
        self._bar.update(weight)

    def _description(self) -> str:
        done = sum(lines == self._generations for lines in self._lines.values())
        return f"{done}/{len(self._segments)} searches done"
