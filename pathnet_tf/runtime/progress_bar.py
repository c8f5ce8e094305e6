"""A progress bar on stderr: redrawn on a terminal, a line now and then elsewhere."""

import sys

from tqdm import tqdm

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 30.0


def progress_bar(
    total: int, *, bar_format: str, desc: str = "", log_delay_s: float = 0.0
) -> tqdm:
    """Opens a bar.

    Args:
      total: Where it ends.
      bar_format: Its looks, in the fields of tqdm.
      desc: What stands for `{desc}`.
      log_delay_s: Work that is done so soon leaves no line in a log file.

    Returns:
      The bar; close it, or use it in a `with`.
    """
    is_terminal = sys.stderr.isatty()
    interval = TERMINAL_SECONDS if is_terminal else LOG_SECONDS
    return tqdm(
        total=total,
        desc=desc,
        bar_format=bar_format,
        delay=0 if is_terminal else log_delay_s,
        mininterval=interval,
        maxinterval=2 * interval,
        # Every step may be the one after which the interval is over.
        miniters=1,
        # The mean speed: that of the last moments jumps with every new worker.
        smoothing=0,
        file=sys.stderr if is_terminal else _Lines(),
    )


class _Lines:
    """A log file's way of showing a bar: a line each time, instead of over the last."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, text: str) -> None:
        line = text.strip("\r\n ")
        if line and line != self._last:
            sys.stderr.write(line + "\n")
            self._last = line

    def flush(self) -> None:
        sys.stderr.flush()
