"""The two errors a user can cause: wrong use and bad data."""


class UserError(Exception):
    """An error whose message is one line that names the fault and the remedy.

    Binaries print it without a traceback and leave with `exit_status`.
    """

    exit_status = 1


class UsageError(UserError):
    """A flag has a wrong value, or flags contradict each other."""

    exit_status = 2


class DataError(UserError):
    """A file or folder is missing, broken, or does not fit the task."""


def printable(text: str) -> str:
    """Shows line ends, control characters and bytes that are no text as escapes.

    For names out of files, which may hold anything, even what steers a terminal.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
