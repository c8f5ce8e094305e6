"""Writes a corpus as a dataset of segments, for any modality."""

import dataclasses
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from data_tools.corpora import Clip, CorpusSource, Reading, Remark
from data_tools.cutters.cutter import Cutter
from data_tools.datasets.parts import Parts, do_tasks, identity
from data_tools.datasets.shard_plan import (
    ShardPlan,
    WrittenClip,
    WrittenShard,
    read_record,
)
from data_tools.datasets.summary import no_clip_left, remark_lines
from data_tools.datasets.work_settings import MERGE, WorkSettings
from pathnet_tf.data import dataset_card
from pathnet_tf.runtime.errors import DataError, UsageError, printable
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.shard import Shard
from pathnet_tf.runtime.storage import AnyPath, link, move, remove_tree

PREVIEW_NAME = "preview.png"
# Where shards are written before it is known how many there are.
PARTS_NAME = "parts"

# Takes the clips that were written and returns the bytes of a PNG picture.
DrawPreview = Callable[[Sequence[Clip]], bytes]


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a dataset to write.

    Attributes:
      source: The corpus or table.
      output_dir: Folder for the dataset.
      cutter: Cuts clips into segments.
      on_error: If a file is bad, `fail` writes nothing and `skip` leaves it out.
      overwrite: Whether to replace a dataset at `output_dir`.
      work: Where the work is done, and which part of it.
      clips_per_shard: Clips per TFRecord file.
      draw_preview: Draws a picture of the clips, which becomes `preview.png` in the
        folder; None for no picture.

    Raises:
      UsageError: A number is out of range.
    """

    source: CorpusSource
    output_dir: AnyPath
    cutter: Cutter
    on_error: str = "fail"
    overwrite: bool = False
    work: WorkSettings = dataclasses.field(default_factory=WorkSettings)
    clips_per_shard: int = 32
    draw_preview: DrawPreview | None = None

    def __post_init__(self) -> None:
        """Checks the numbers."""
        if self.clips_per_shard < 1:
            raise UsageError(
                "clips_per_shard must be at least 1. "
                f"Received: clips_per_shard={self.clips_per_shard}"
            )


def write_dataset(settings: Settings) -> str:
    """Reads a corpus and writes its dataset, complete or not at all.

    The bytes depend on the corpus, the cutter and the size of the shards, never on the
    number of workers, on the executor or on the parts of an array job.

    Args:
      settings: What to write, and where.

    Returns:
      A summary to print.

    Raises:
      UsageError: The output may not be replaced, or a cluster does not answer.
      DataError: The corpus is missing or empty, files are bad (all are listed on stderr
        first), a part is missing, or the output cannot be written.
    """
    started_s = time.monotonic()
    output = OutputFolder(
        settings.output_dir,
        (dataset_card.CARD_NAME, "segments-*.tfrecord", PREVIEW_NAME),
        "--output_dir",
        settings.overwrite,
    )
    output.require_free()
    parts, shard = Parts(settings.output_dir, "--output_dir"), settings.work.shard
    if shard is None:
        parts.require_absent()
    reading = settings.source.read()
    if isinstance(shard, Shard):
        return _write_part(reading, parts, shard, settings)
    if shard == MERGE:
        plans = _plans(reading.clips, parts.folder, settings)
        with (
            parts.merged(_identity(reading, settings), plans),
            output.published() as folder,
        ):
            # The parts stay whole until the dataset is in its place.
            card = _make_dataset(reading, plans, folder, link, settings)
        return _summary(card, reading.passed_over, settings, None)
    with output.published() as folder:
        aside = folder / PARTS_NAME
        aside.mkdir()
        plans = _plans(reading.clips, aside, settings)
        _write_shards(plans, settings)
        elapsed_s = time.monotonic() - started_s
        card = _make_dataset(reading, plans, folder, move, settings)
        remove_tree(aside)
    return _summary(card, reading.passed_over, settings, elapsed_s)


def _write_part(
    reading: Reading, parts: Parts, shard: Shard, settings: Settings
) -> str:
    """Writes one part of an array job, and returns a line for the user."""
    with parts.held(shard, _identity(reading, settings)):
        plans = shard.chosen(_plans(reading.clips, parts.folder, settings))
        for plan in plans:
            # A file may have been mended since it was refused.
            if plan.record.exists() and not _is_sound(plan):
                plan.record.unlink()
        _write_shards(plans, settings)
        _require_sound(reading, [read_record(plan) for plan in plans], settings)
    return parts.report(shard, len(plans))


def _is_sound(plan: ShardPlan) -> bool:
    """Whether a record is whole and refuses no clip."""
    try:
        return not read_record(plan).refused
    except DataError:
        return False


def _identity(reading: Reading, settings: Settings) -> str:
    return identity(
        reading,
        corpus=settings.source.name,
        cutter=settings.cutter.card_fields,
        clips_per_shard=settings.clips_per_shard,
    )


def _write_shards(plans: Sequence[ShardPlan], settings: Settings) -> None:
    """Writes the shards that have no record yet."""
    do_tasks(
        _write_shard,
        plans,
        settings.work,
        clips_worth_a_process=settings.cutter.clips_worth_a_process,
        modules=("data_tools.datasets.shard", *settings.cutter.modules),
    )


def _write_shard(plan: ShardPlan) -> None:
    """Calls `shard.write_shard`."""
    # Only workers import TensorFlow, which takes seconds.
    from data_tools.datasets.shard import write_shard

    write_shard(plan)


def _plans(
    clips: Sequence[Clip], folder: AnyPath, settings: Settings
) -> list[ShardPlan]:
    """Divides the clips into shards with temporary names."""
    plans = []
    seen: set[Path] = set()
    for number, start in enumerate(range(0, len(clips), settings.clips_per_shard)):
        chosen = tuple(clips[start : start + settings.clips_per_shard])
        new = frozenset(clip.path for clip in chosen) - seen
        seen |= new
        file = folder / f"shard-{number:05d}.tfrecord"
        plans.append(ShardPlan(file, chosen, new, settings.cutter))
    return plans


def _make_dataset(
    reading: Reading,
    plans: Sequence[ShardPlan],
    folder: AnyPath,
    place: Callable[[AnyPath, AnyPath], None],
    settings: Settings,
) -> dataset_card.DatasetCard:
    """Makes a dataset of shards that have been written.

    Args:
      reading: The corpus.
      plans: What the shards hold.
      folder: Where the dataset goes.
      place: Gives a shard's file its place there.
      settings: What is written.

    Returns:
      The card of the dataset.

    Raises:
      DataError: Files are bad and none may be, or no clip is left.
    """
    shards = [read_record(plan) for plan in plans]
    problems = _require_sound(reading, shards, settings)
    card = _card(reading, shards, problems, settings)
    if not card.clips:
        raise no_clip_left(settings.source, _left_out(card))
    filled = [shard for shard in shards if shard.written]
    for shard, entry in zip(filled, card.shards, strict=True):
        place(shard.plan.file, folder / entry.file)
    dataset_card.write_card(folder, card)
    if settings.draw_preview:
        clips = [one.clip for shard in shards for one in shard.written]
        (folder / PREVIEW_NAME).write_bytes(settings.draw_preview(clips))
    return card


def _require_sound(
    reading: Reading, shards: Sequence[WrittenShard], settings: Settings
) -> list[Remark]:
    """Returns the bad files, or lists them on stderr and raises if none may be bad."""
    problems = reading.bad_files(
        refused for shard in shards for refused in shard.refused
    )
    if not problems or settings.on_error == "skip":
        return problems
    for problem in problems:
        print(printable(reading.line(problem)), file=sys.stderr)
    verb = "file is" if len(problems) == 1 else "files are"
    again = " and run its part again" if settings.work.shard else ""
    raise DataError(
        f"nothing is written, because {len(problems)} {verb} bad; mend or remove "
        f"what is listed above{again}, or leave it out with --on_error=skip"
    )


def _card(
    reading: Reading,
    shards: Sequence[WrittenShard],
    problems: Sequence[Remark],
    settings: Settings,
) -> dataset_card.DatasetCard:
    """Describes the dataset that the shards make up."""
    hashes = {path: sha256 for shard in shards for path, sha256 in shard.hashes.items()}
    filled = [shard for shard in shards if shard.written]
    clips = tuple(
        _clip_card(written, reading, hashes)
        for shard in filled
        for written in shard.written
    )
    left_out = sorted([*reading.left_out, *problems], key=lambda remark: remark.source)
    return dataset_card.DatasetCard(
        corpus=settings.source.name,
        emotions=tuple(sorted({clip.emotion for clip in clips})),
        clips=clips,
        shards=tuple(
            dataset_card.ShardCard(
                file=f"segments-{number:05d}-of-{len(filled):05d}.tfrecord",
                num_segments=shard.num_segments,
                sha256=shard.sha256,
            )
            for number, shard in enumerate(filled)
        ),
        left_out=tuple(map(dataclasses.asdict, left_out)),
        is_synthesized=reading.is_synthesized,
        **settings.cutter.card_fields,
    )


def _clip_card(
    written: WrittenClip, reading: Reading, hashes: dict[Path, str]
) -> dataset_card.ClipCard:
    """Describes one clip of the dataset."""
    clip = written.clip
    return dataset_card.ClipCard(
        key=clip.key,
        speaker=clip.speaker,
        emotion=clip.emotion,
        source=reading.source_of(clip.path),
        # No shard reports the hash of a file whose first clip was refused.
        sha256=hashes.get(clip.path) or dataset_card.file_hash(clip.path),
        num_segments=written.cut.num_segments,
        duration_s=written.cut.duration_s,
        split=clip.split,
        sentence=clip.sentence,
        sex=clip.sex,
        age=clip.age,
        frames=written.cut.frames,
    )


def _summary(
    card: dataset_card.DatasetCard,
    passed_over: str,
    settings: Settings,
    elapsed_s: float | None,
) -> str:
    """Returns lines for the user: counts, what is left out, and the folder."""
    num_segments = sum(clip.num_segments for clip in card.clips)
    return "\n".join(
        [
            f"{len(card.clips)} clips, {num_segments} {settings.cutter.segment_noun}, "
            f"{len(card.speakers)} speakers",
            *remark_lines(settings.source, card.speakers, _left_out(card), passed_over),
            settings.cutter.summary(card, elapsed_s),
            str(settings.output_dir),
        ]
    )


def _left_out(card: dataset_card.DatasetCard) -> list[Remark]:
    """Returns what a card says of the files that are left out."""
    return [Remark(**entry) for entry in card.left_out]
