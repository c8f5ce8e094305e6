"""What a writer tells the user about clips that are written, and those that are not."""

from collections import Counter
from collections.abc import Iterable, Sequence

from data_tools.corpora import CorpusSource, Remark
from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.runtime.errors import DataError, printable


def remark_lines(
    source: CorpusSource,
    speakers: Iterable[str],
    left_out: Iterable[Remark],
    passed_over: str,
) -> list[str]:
    """Returns what the user should know of a corpus that has been written.

    Args:
      source: The corpus or table.
      speakers: The speaker of each clip that is written.
      left_out: The files and rows that are not.
      passed_over: See `Reading.passed_over`.
    """
    reasons = Counter(remark.reason for remark in left_out)
    lines = [
        *(f"left out: {count} file(s), {why}" for why, count in reasons.items()),
        *speaker_warnings(speakers),
        *filter(None, [passed_over]),
        *([f"caution: {source.caution}"] if source.caution else []),
    ]
    return list(map(printable, lines))


def no_clip_left(source: CorpusSource, left_out: Sequence[Remark]) -> DataError:
    """Returns the error of a corpus all of whose files, at least one, are left out."""
    return DataError(
        f"{source.path} leaves no clip to write: {len(left_out)} files are left out, "
        f"such as {left_out[0].source} ({left_out[0].reason})"
    )
