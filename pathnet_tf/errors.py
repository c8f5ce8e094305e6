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
