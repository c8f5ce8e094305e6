"""The two kinds of errors that a user can cause: wrong use and bad data."""

from pathnet_tf.runtime.file_names import escaped


class UserError(Exception):
    """An error that the user can mend; the message says what is wrong and what to do.

    Binaries print the message on one line, without a traceback, and end with
    `exit_status`.
    """

    exit_status = 1


class UsageError(UserError):
    """A flag has a wrong value, or flags contradict each other."""

    exit_status = 2


class DataError(UserError):
    """A file or folder is missing, is broken, or does not fit the task."""


def printable(text: str) -> str:
    """Replaces line ends, control characters and undecodable bytes by escapes.

    Text from files needs this, as it may hold anything, even commands to a terminal.
    """
    text = escaped(text)
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
