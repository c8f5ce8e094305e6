"""Counts clips per speaker and emotion, and compares with the published corpus."""

from collections import Counter
from collections.abc import Iterator, Sequence

from data_tools.corpora import Clip
from data_tools.corpora.published import Published
from pathnet_tf.runtime.errors import printable


def count_table(clips: Sequence[Clip], name: str) -> str:
    """Clips per speaker and emotion, with totals, as lines of text."""
    cells = Counter((clip.speaker, clip.emotion) for clip in clips)
    speakers = _naturally_sorted({clip.speaker for clip in clips})
    emotions = sorted({clip.emotion for clip in clips})
    rows = [["speaker", *emotions, "total"]]
    for speaker in speakers:
        counts = [cells[speaker, emotion] for emotion in emotions]
        rows.append([printable(speaker), *map(str, counts), str(sum(counts))])
    totals = [sum(cells[one, emotion] for one in speakers) for emotion in emotions]
    rows.append(["total", *map(str, totals), str(len(clips))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [
                cell.rjust(width)
                for cell, width in zip(row[1:], widths[1:], strict=True)
            ]
        )
        for row in rows
    ]
    title = f"{name}: {len(clips)} clips, {len(speakers)} speakers"
    return "\n".join([title, "", *lines])


def count_notes(clips: Sequence[Clip], published: Published | None) -> Iterator[str]:
    """Says where clips differ in number from the published corpus.

    Args:
      clips: What was found.
      published: What was published; None only looks for empty cells.

    Yields:
      One line a difference, or a speaker.
    """
    cells = Counter((clip.speaker, clip.emotion) for clip in clips)
    per_speaker = Counter(clip.speaker for clip in clips)
    per_emotion = Counter(clip.emotion for clip in clips)
    if published:
        if len(clips) != published.num_clips:
            yield f"{len(clips)} clips, published are {published.num_clips}"
        missing = [name for name in published.speakers if name not in per_speaker]
        if missing:
            yield f"speakers missing: {', '.join(missing)}"
        for emotion, count in published.clips_per_emotion.items():
            if per_emotion[emotion] != count:
                yield f"{emotion}: {per_emotion[emotion]} clips, published are {count}"
    for speaker in _naturally_sorted(set(per_speaker)):
        expected = published.clips_per_cell if published else {}
        if published and speaker in published.exceptions:
            expected = {}
            count = published.exceptions[speaker]
            if per_speaker[speaker] != count:
                yield f"speaker {speaker}: {per_speaker[speaker]} clips of {count}"
        differences = [
            f"{emotion} {cells[speaker, emotion]} of {count}"
            for emotion, count in sorted(expected.items())
            if cells[speaker, emotion] != count
        ]
        if differences:
            yield f"speaker {speaker}: {', '.join(differences)} clips"
        empty = [
            emotion
            for emotion in sorted(per_emotion)
            if emotion not in expected and not cells[speaker, emotion]
        ]
        if empty:
            yield f"speaker {speaker}: no {', no '.join(empty)}"


def _naturally_sorted(names: set[str]) -> list[str]:
    """Sorts numbers as numbers: 2 before 10."""
    return sorted(names, key=lambda name: (name.isdigit() and int(name), name))
