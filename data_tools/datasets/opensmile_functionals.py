"""Computes openSMILE functionals, one vector per clip, and writes them to a file.

Optionally, the silence around a clip's sound is cut off first, and the functionals are
also computed at other speeds.
"""

import functools
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr

from data_tools.corpora import Clip, CorpusSource
from data_tools.media_error import MediaError
from data_tools.workers.run_tasks import batches, run_tasks
from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.errors import DataError, UsageError, printable
from pathnet_tf.runtime.storage import write_whole

OPENSMILE_NAMES = {"egemaps": "eGeMAPSv02", "compare": "ComParE_2016"}
"""openSMILE's name of each feature set."""
CLIPS_A_TASK = 16
# openSMILE handles about a hundred clips in the time a process takes to start.
CLIPS_WORTH_A_PROCESS = 100
KEPT_SILENCE_S = 0.05
"""How much of the silence before and after a clip's sound is kept."""


def write_functionals(
    source: CorpusSource,
    feature_set: str,
    output: Path,
    *,
    num_workers: int,
    silence_db: float = 0.0,
    speeds: Sequence[float] = (),
) -> str:
    """Writes the functionals of all clips of a corpus to a file.

    The `.npz` file holds these arrays, with clips in the order of their keys:

    - `keys` and `sha256` (of the source file), string `[num_clips]`
    - `feature_set`, a string
    - `values`, float32 `[num_clips, num_functionals]`, in openSMILE's units
    - `silence_db`, a number in decibels, and `speeds`, float64 `[num_speeds]`
    - `values_at_speeds`, float32 `[num_clips, num_speeds, num_functionals]`

    Args:
      source: The corpus.
      feature_set: One of `feature_sets.FEATURE_SETS`.
      output: The file to write; it appears complete or not at all.
      num_workers: Worker processes; 0 chooses by the number of clips.
      silence_db: See `without_silence`.
      speeds: Speeds, other than 1, at which the functionals are computed as well.

    Returns:
      A line to print.

    Raises:
      UsageError: openSMILE is not installed.
      DataError: Recordings cannot be read; the message names all of them.
    """
    try:
        import opensmile  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "openSMILE is not installed; install it with: pip install "
            "'pathnet_tf[opensmile]' (for research and private use only)"
        ) from error
    reading = source.read()
    clips = sorted(reading.clips, key=lambda clip: clip.key)
    tasks = batches(clips, CLIPS_A_TASK)
    done = list(
        run_tasks(
            functools.partial(_run, feature_set, silence_db, speeds),
            tasks,
            num_clips=[len(task) for task in tasks],
            num_workers=num_workers,
            clips_worth_a_process=CLIPS_WORTH_A_PROCESS,
            modules=("data_tools.cutters.clip_reader",),
        )
    )
    faults = [fault for _, of_task in done for fault in of_task]
    if faults:
        raise DataError(
            f"nothing is written, {len(faults)} recording(s) are bad: "
            + "; ".join(faults)
        )
    values = np.concatenate([vectors for vectors, _ in done])
    hashes = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in {clip.path for clip in clips}
    }
    stream = io.BytesIO()
    np.savez(
        stream,
        keys=np.array([clip.key for clip in clips]),
        sha256=np.array([hashes[clip.path] for clip in clips]),
        feature_set=np.array(feature_set),
        values=values[:, 0],
        silence_db=np.array(float(silence_db)),
        speeds=np.array(speeds, np.float64),
        values_at_speeds=values[:, 1:],
    )
    write_whole(output, stream.getvalue())
    each = f", at {1 + len(speeds)} speeds" if speeds else ""
    remarks = [
        *speaker_warnings(clip.speaker for clip in clips),
        *filter(None, [reading.passed_over]),
    ]
    summary = f"{len(clips)} clips, {values.shape[2]} functionals each{each}: {output}"
    return "\n".join([*map(printable, remarks), summary])


def _run(
    feature_set: str, silence_db: float, speeds: Sequence[float], clips: Sequence[Clip]
) -> tuple[np.ndarray, list[str]]:
    """Returns float32 `[num_clips, 1 + num_speeds, num_functionals]` and the faults."""
    # Only workers import TensorFlow and openSMILE, which takes seconds.
    import opensmile

    from data_tools.cutters.clip_reader import ClipReader

    front_end = FrontEnd()
    reader = ClipReader(front_end)
    name = OPENSMILE_NAMES[feature_set]
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet[name],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    vectors, faults = [], []
    for clip in clips:
        try:
            waveform = reader.waveform(clip)
        except MediaError as error:
            faults.append(str(error))
            continue
        sound = without_silence(waveform, silence_db, front_end)
        versions = [sound, *(at_speed(sound, speed) for speed in speeds)]
        frames = [
            smile.process_signal(one, front_end.sample_rate_hz) for one in versions
        ]
        found = [frame.to_numpy(np.float32)[0] for frame in frames]
        if not np.isfinite(found).all():
            length_s = min(map(len, versions)) / front_end.sample_rate_hz
            faults.append(
                f"{clip.path} is too short for openSMILE, {length_s:.3f} s of sound "
                "at the fastest speed; leave it out, or keep its silence"
            )
            continue
        vectors.append(found)
    return np.array(vectors), faults


def without_silence(
    waveform: np.ndarray, silence_db: float, front_end: FrontEnd
) -> np.ndarray:
    """Cuts off the silence before and after a clip's sound.

    Args:
      waveform: float32 `[num_samples]`, at least one window long.
      silence_db: A window is silent if its energy is more than this many decibels below
        that of the loudest window; 0 keeps all silence.
      front_end: Sample rate, window and hop.

    Returns:
      float32 `[num_kept_samples]`, from the first window that is not silent to the last
      one, with up to `KEPT_SILENCE_S` of silence on both sides.
    """
    if not silence_db:
        return waveform
    window, hop = front_end.window_samples, front_end.hop_samples
    sums = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    starts = np.arange(0, len(waveform) - window + 1, hop)
    energies = sums[starts + window] - sums[starts]
    heard = np.flatnonzero(energies >= energies.max() * 10 ** (-silence_db / 10))
    kept = round(KEPT_SILENCE_S * front_end.sample_rate_hz)
    first = max(0, starts[heard[0]] - kept)
    return waveform[first : starts[heard[-1]] + window + kept]


def at_speed(waveform: np.ndarray, speed: float) -> np.ndarray:
    """Speeds a waveform up or slows it down, and its pitch and formants with it.

    The result sounds like another speaker. Reference: Ko et al. 2015, "Audio
    augmentation for speech recognition".

    Args:
      waveform: float32 `[num_samples]`.
      speed: Factor on the speed; above 1 is faster.

    Returns:
      float32 `[about num_samples / speed]`.
    """
    return soxr.resample(waveform, speed, 1.0, quality="HQ")
