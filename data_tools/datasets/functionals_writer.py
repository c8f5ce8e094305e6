"""Writes vectors of the clips of a corpus to a file, however large it gets."""

import contextlib
import dataclasses
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from data_tools.corpora import CorpusSource, Reading
from data_tools.datasets.functionals_plan import (
    SAME_SIZE,
    AnyRecipe,
    FunctionalsPlan,
    compute,
)
from data_tools.datasets.parts import Parts, do_tasks, identity
from data_tools.datasets.summary import no_clip_left, remark_lines
from data_tools.datasets.work_settings import MERGE, WorkSettings
from data_tools.workers.run_tasks import batches
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.shard import Shard
from pathnet_tf.runtime.storage import AnyPath, writing_whole

CLIPS_A_TASK = 16


def write_functionals(
    source: CorpusSource, recipe: AnyRecipe, output: Path, work: WorkSettings
) -> str:
    """Writes the functionals, or an encoder's vectors, of all clips of a corpus.

    The `.npz` file holds these arrays, with clips in the order of their keys:

    - `keys` and `sha256` (of the source file), string `[num_clips]`
    - `feature_set`, a string
    - `values`, float32 `[num_clips, num_functionals]`, in openSMILE's units or those of
      `prosody_vector.value_names`
    - `silence_db`, a number in decibels, and `speeds`, float64 `[num_speeds]`
    - `values_at_speeds`, float32 `[num_clips, num_speeds, num_functionals]`
    - what else the recipe tells

    Its bytes do not depend on where the work is done, or in how many parts.

    Args:
      source: The corpus.
      recipe: What to compute.
      output: The file to write; it appears complete or not at all.
      work: Where the work is done, and which part of it.

    Returns:
      A summary to print, which tells which bad rows or files are left out.

    Raises:
      UsageError: What computes is not installed, or a cluster does not answer.
      DataError: There are no clips; recordings cannot be read, the message names all
        of them; or a part is missing.
    """
    parts, shard = Parts(output, "--output"), work.shard
    if shard is None:
        parts.require_absent()
    if shard != MERGE:
        recipe.require_installed()
    reading = source.read()
    left_out = [*reading.left_out, *reading.problems]
    if not reading.clips:
        raise no_clip_left(source, left_out)
    with contextlib.ExitStack() as stack:
        if shard is None:
            output.parent.mkdir(parents=True, exist_ok=True)
            folder = tempfile.TemporaryDirectory(
                prefix=f".{output.name}.", dir=output.parent
            )
            plans = _plans(reading, Path(stack.enter_context(folder)), recipe)
            _compute_all(plans, work)
        else:
            plans = _plans(reading, parts.folder, recipe)
            same = identity(
                reading,
                recipe=dataclasses.asdict(recipe),  # type: ignore[call-overload]
                clips_a_task=CLIPS_A_TASK,
            )
            if isinstance(shard, Shard):
                stack.enter_context(parts.held(shard, same))
                chosen = shard.chosen(plans)
                _compute_all(chosen, work)
                _require_sound(chosen)
                return parts.report(shard, len(chosen))
            stack.enter_context(parts.merged(same, plans))
        _require_sound(plans)
        num_functionals = _write_file(output, plans, recipe)
    speeds = recipe.speeds
    each = f", at {1 + len(speeds)} speeds" if speeds else ""
    num_clips = len(reading.clips)
    speakers = [clip.speaker for clip in reading.clips]
    remarks = remark_lines(source, speakers, left_out, reading.passed_over)
    summary = f"{num_clips} clips, {num_functionals} {recipe.noun} each{each}: {output}"
    return "\n".join([*remarks, summary])


def _plans(
    reading: Reading, folder: AnyPath, recipe: AnyRecipe
) -> list[FunctionalsPlan]:
    """Divides the clips, sorted by key, into tasks with a file each."""
    clips = sorted(reading.clips, key=lambda clip: clip.key)
    return [
        FunctionalsPlan(folder / f"part-{number:05d}.npz", tuple(some), recipe)
        for number, some in enumerate(batches(clips, CLIPS_A_TASK))
    ]


def _compute_all(plans: Sequence[FunctionalsPlan], work: WorkSettings) -> None:
    """Computes what has no file yet, or whose recordings may have been mended since."""
    for plan in plans:
        if plan.record.exists() and not _is_sound(plan):
            plan.record.unlink()
    if not plans:
        return
    do_tasks(
        compute,
        plans,
        work,
        clips_worth_a_process=plans[0].recipe.clips_worth_a_process,
        modules=("data_tools.cutters.clip_reader",),
    )


def _is_sound(plan: FunctionalsPlan) -> bool:
    try:
        return not len(plan.read()["faults"])
    except (ValueError, KeyError):
        return False


def _require_sound(plans: Sequence[FunctionalsPlan]) -> None:
    """Raises if a recording is bad; names all that are."""
    faults = [fault for plan in plans for fault in _read(plan)["faults"].tolist()]
    if faults:
        raise DataError(
            f"nothing is written, {len(faults)} recording(s) are bad: "
            + "; ".join(faults)
        )


def _read(plan: FunctionalsPlan) -> dict[str, np.ndarray]:
    """Reads a plan's arrays, `[...]` as `FunctionalsPlan.read` describes them."""
    try:
        return plan.read()
    except ValueError as error:
        raise DataError(
            f"{plan.record} is damaged ({error}); remove it, and run its part again"
        ) from error


def _write_file(
    output: Path, plans: Sequence[FunctionalsPlan], recipe: AnyRecipe
) -> int:
    """Joins the parts as `np.savez` would; returns the number of functionals."""
    keys = np.array([clip.key for plan in plans for clip in plan.clips])
    hashes = np.concatenate([_read(plan)["sha256"] for plan in plans])
    sizes = {_read(plan)["values"].shape[2] for plan in plans}
    if len(sizes) > 1:
        raise DataError(
            "nothing is written, clips get differing numbers of values "
            f"({' and '.join(map(str, sorted(sizes)))}); {SAME_SIZE}"
        )
    (num_functionals,) = sizes
    shape, num_speeds = (len(keys), num_functionals), len(recipe.speeds)

    def values(which: int | slice) -> Iterator[np.ndarray]:
        for plan in plans:
            yield _read(plan)["values"][:, which]

    with (
        writing_whole(output) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        for name, array in (
            ("keys", keys),
            ("sha256", hashes),
            ("feature_set", np.array(recipe.feature_set)),
        ):
            _write_array(archive, name, array.dtype, array.shape, [array])
        _write_array(archive, "values", np.dtype(np.float32), shape, values(0))
        for name, array in (
            ("silence_db", np.array(float(recipe.silence_db))),
            ("speeds", np.array(recipe.speeds, np.float64)),
        ):
            _write_array(archive, name, array.dtype, array.shape, [array])
        _write_array(
            archive,
            "values_at_speeds",
            np.dtype(np.float32),
            (len(keys), num_speeds, num_functionals),
            values(slice(1, None)),
        )
        for name, array in recipe.about.items():
            _write_array(archive, name, array.dtype, array.shape, [array])
    return num_functionals


def _write_array(
    archive: zipfile.ZipFile,
    name: str,
    dtype: np.dtype,
    shape: tuple[int, ...],
    blocks: Iterable[np.ndarray],
) -> None:
    """Writes an array of an `.npz` file in blocks `[some, ...]` of its first axis."""
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": shape,
    }
    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
        np.lib.format.write_array_header_1_0(entry, header)
        for block in blocks:
            entry.write(block.tobytes())
