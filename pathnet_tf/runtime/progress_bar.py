"""A progress bar on stderr, which writes a line now and then if that is no terminal."""

import sys

from tqdm import tqdm

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 30.0


def progress_bar(
    total: int, *, bar_format: str, desc: str = "", log_delay_s: float = 0.0
) -> tqdm:
    """Opens a bar.

    Args:
      total: Number of steps.
      bar_format: Format of the bar, see tqdm.
      desc: Text for the field `{desc}` of the format.
      log_delay_s: A log file gets no line before so many seconds.

    Returns:
      The bar. Close it, or use it in a `with` statement.
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
        # Check the time after every step.
        miniters=1,
        # Show the mean speed, as the recent speed jumps with every new worker.
        smoothing=0,
        file=sys.stderr if is_terminal else _Lines(),
    )


class _Lines:
    """A stream that writes each state of the bar on a new line, for log files."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, text: str) -> None:
        line = text.strip("\r\n ")
        if line and line != self._last:
            sys.stderr.write(line + "\n")
            self._last = line

    def flush(self) -> None:
        sys.stderr.flush()
