"""Computes openSMILE functionals of some clips, one vector per clip.

Optionally, the silence around a clip's sound is cut off first, and the functionals are
also computed at other speeds.
"""

import dataclasses
import io

import numpy as np
import soxr

from data_tools.corpora import Clip
from data_tools.media_error import MediaError
from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.storage import AnyPath, read_arrays, write_whole

OPENSMILE_NAMES = {"egemaps": "eGeMAPSv02", "compare": "ComParE_2016"}
"""openSMILE's name of each feature set."""
KEPT_SILENCE_S = 0.05
"""How much of the silence before and after a clip's sound is kept."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What functionals to compute.

    Attributes:
      feature_set: One of `feature_sets.FEATURE_SETS`.
      silence_db: See `without_silence`.
      speeds: Speeds, other than 1, at which the functionals are computed as well.
    """

    feature_set: str
    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()


@dataclasses.dataclass(frozen=True)
class FunctionalsPlan:
    """Some clips to compute the functionals of; workers get nothing else.

    Attributes:
      record: The file for the result.
      clips: The clips, in the order of the result.
      recipe: What to compute.
    """

    record: AnyPath
    clips: tuple[Clip, ...]
    recipe: Recipe

    def __str__(self) -> str:
        """Names the plan for a person."""
        first = self.clips[0].key
        return f"{self.record.name} with {len(self.clips)} clips from {first}"

    def read(self) -> dict[str, np.ndarray]:
        """Reads the result.

        Returns:
          By name, `values`, float32 `[num_sound_clips, 1 + num_speeds,
          num_functionals]`; `sha256` of the clips' source files, str `[num_clips]`;
          and `faults` of bad recordings, str `[num_faults]`.

        Raises:
          ValueError: The file is damaged.
        """
        return read_arrays(io.BytesIO(self.record.read_bytes()))


def compute(plan: FunctionalsPlan) -> None:
    """Computes functionals and writes them; a bad recording does not stop the others.

    Args:
      plan: Which clips, and where to.
    """
    # Only workers import TensorFlow and openSMILE, which takes seconds.
    import opensmile

    from data_tools.cutters.clip_reader import ClipReader

    front_end, recipe = FrontEnd(), plan.recipe
    reader = ClipReader(front_end)
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet[OPENSMILE_NAMES[recipe.feature_set]],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    vectors, faults = [], []
    for clip in plan.clips:
        try:
            waveform = reader.waveform(clip)
        except MediaError as error:
            faults.append(str(error))
            continue
        sound = without_silence(waveform, recipe.silence_db, front_end)
        versions = [sound, *(at_speed(sound, speed) for speed in recipe.speeds)]
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
    hashes = {path: file_hash(path) for path in {clip.path for clip in plan.clips}}
    stream = io.BytesIO()
    np.savez(
        stream,
        values=np.array(vectors, np.float32),
        sha256=np.array([hashes[clip.path] for clip in plan.clips]),
        faults=np.array(faults, np.str_),
    )
    write_whole(plan.record, stream.getvalue())


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
