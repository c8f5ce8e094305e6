"""Starts and ends every binary: parses flags, prints errors and sets exit statuses."""

import codecs
import copy
import errno
import io
import os
import re
import signal
import sys
import types
from collections.abc import Callable, Collection, Sequence

from absl import flags, logging

from pathnet_tf.runtime.errors import UserError, printable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAKE_ROOM = "make room, then give the same command again"
_WRITTEN_TO_FULL_DISK = re.compile(
    rf"(\S+); ({'|'.join(re.escape(os.strerror(number)) for number in _FULL)})"
)


def run(
    main: Callable[..., None],
    *,
    doc: str,
    values: flags.FlagValues = flags.FLAGS,
    takes_words: bool = False,
) -> None:
    """Parses the flags, runs `main`, and leaves the process.

    The exit status is 0 after success or `--help`, 2 for wrong use, 1 for bad data, and
    130 after Ctrl-C. A `UserError`, or an error of the system about a file, is printed
    as one line on stderr. Any other exception is a defect of this package and keeps its
    traceback.

    Args:
      main: The function that does the work, and reads the flags.
      doc: The binary's module docstring, shown by `--help`.
      values: The flags.
      takes_words: Whether `main` is called with the list of arguments that are no
        flags.
    """
    _open_closed_streams()
    _require_unicode()
    # Raises an exception, so that worker processes end and temporary folders are
    # removed.
    signal.signal(signal.SIGTERM, _raise_terminated)
    logging.set_verbosity(logging.WARNING)
    logging.use_absl_handler()
    program = _program_name(sys.argv[0])
    if any(word in ("--help", "-help", "-h", "--helpfull") for word in sys.argv[1:]):
        # `--help | head` closes the pipe early, which must not be an error.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        print(_help_text(doc, values))
        sys.exit(0)
    # Lets flags follow other arguments.
    values.set_gnu_getopt(takes_words)
    try:
        words = _parse(values, sys.argv)
        if len(words) > 1 and not takes_words:
            raise flags.Error(f"Unexpected argument: {words[1]!r}. Flags start with --")
    except flags.Error as error:
        _fail(program, f"{error} (--help lists the flags)", 2)
    try:
        main(*([words[1:]] if takes_words else []))
        sys.stdout.flush()
    except UserError as error:
        _fail(program, str(error), error.exit_status)
    except BrokenPipeError:
        # The reader, such as `head`, has stopped. Python would print another error at
        # exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        remedy = f"; {_MAKE_ROOM}" if error.errno in _FULL else ""
        _fail(program, f"{place}{error.strerror or error}{remedy}", 1)
    except KeyboardInterrupt:
        _fail(program, "interrupted", 130)
    except Exception as error:
        # For a full disk, TensorFlow raises its own errors.
        full = _WRITTEN_TO_FULL_DISK.search(str(error))
        if full is None:
            raise
        _fail(program, f"{full[1]}: {full[2]}; {_MAKE_ROOM}", 1)


def resolved_flags(
    module: str,
    *,
    without: Collection[str] = (),
    values: flags.FlagValues = flags.FLAGS,
) -> str:
    """Writes the values of a binary's flags as a flagfile, defaults included.

    Args:
      module: The binary's `__name__`.
      without: Flags to leave out.
      values: The flags of the binary.

    Returns:
      Text with one flag on each line.
    """
    registered = values.flags_by_module_dict()
    name = sys.argv[0] if module == "__main__" else module
    lines = [flag.serialize() for flag in registered[name] if flag.name not in without]
    return "\n".join(line for line in lines if line) + "\n"


def _open_closed_streams() -> None:
    """Opens /dev/null in place of standard streams that the caller has closed.

    Otherwise messages for stderr go to stdout, and the next file that is opened becomes
    the stream that native code prints to.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        # Takes the lowest number that is free: the stream's, unless that is in use.
        handle = os.open(os.devnull, os.O_RDWR)
        os.set_inheritable(handle, handle == number)
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8"))


def _require_unicode() -> None:
    """Starts Python again in its UTF-8 mode where the locale knows nothing but ASCII.

    There no file whose name stands in a table could be found, or be named in an answer.
    In any other locale, what cannot be printed is escaped.
    """
    if codecs.lookup(sys.getfilesystemencoding()).name == "ascii":
        # Of the processes that this one starts.
        os.environ["PYTHONUTF8"] = "1"
        sys.stdout.flush()
        command = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        os.execv(sys.executable, command)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _parse(values: flags.FlagValues, argv: Sequence[str]) -> list[str]:
    """Parses the flags, and gives the words that are no flags.

    What is typed takes the place of what flagfiles say, wherever --flagfile stands. Of
    a repeatable flag it takes the place of all their values, which add up.
    """
    typed = copy.deepcopy(values)
    typed(_without_flagfiles(argv))
    words = values(argv)
    for name in values:
        if typed[name].present:
            values[name].value = typed[name].value
    return words


def _without_flagfiles(argv: Sequence[str]) -> list[str]:
    words = []
    rest = iter(argv)
    for word in rest:
        name, equals, _ = word.partition("=")
        if name not in ("--flagfile", "-flagfile"):
            words.append(word)
        elif not equals:
            next(rest, None)  # The name of the file.
    return words


def _program_name(path: str) -> str:
    """The name of the program file; for a package, the name of the package."""
    folder, file = os.path.split(path)
    return os.path.basename(folder) if file == "__main__.py" else file


def _raise_terminated(number: int, frame: types.FrameType | None) -> None:
    raise SystemExit(128 + number)


def _help_text(doc: str, values: flags.FlagValues) -> str:
    lines = [doc.strip(), "", "Flags:"]
    registered = values.flags_by_module_dict()
    for module in sorted(registered):
        if not module.startswith("absl"):
            lines += map(_flag_text, registered[module])
    lines.append(
        "  --flagfile=FILE: Reads flags from a file, one a line. Flags on the command "
        "line take the place of those in files."
    )
    return "\n".join(lines)


def _flag_text(flag: flags.Flag) -> str:
    default = flag.default_as_str
    ending = "" if default in (None, "''", "'[]'") else f" Default: {default}."
    return f"  --{flag.name}: {' '.join(flag.help.split())}{ending}"


def _fail(program: str, message: str, status: int) -> None:
    one_line = printable(" ".join(message.split()))
    print(f"{program}: {one_line}", file=sys.stderr)
    sys.exit(status)
