"""Computes functionals of some clips, one vector per clip: openSMILE's, or prosody.

Optionally, silence is left out, and the functionals are also computed at other speeds.
"""

import dataclasses
import io
from collections.abc import Callable
from typing import Protocol

import numpy as np
import soxr

from data_tools.corpora import Clip
from data_tools.media_error import MediaError
from pathnet_tf.data.dataset_card import file_hash
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.storage import AnyPath, read_arrays, write_whole

OPENSMILE_NAMES = {"egemaps": "eGeMAPSv02", "compare": "ComParE_2016"}
"""openSMILE's name of each feature set."""
KEPT_SILENCE_S = 0.05
"""How much of the silence before and after a clip's sound is kept."""
SAME_SIZE = (
    "an encoder gives vectors of one length along its last axis, and frames along the "
    "others; name another of its --layers, or export it so"
)


Describe = Callable[[np.ndarray], np.ndarray]
"""Makes of a waveform, `[num_samples]`, float32 `[1 + num_speeds, num_values]`.

It raises a `ValueError`, without the name of the clip, of one that it cannot describe.
"""


class AnyRecipe(Protocol):
    """What vectors to compute of clips; a dataclass that JSON can hold."""

    @property
    def silence_db(self) -> float:
        """See `without_silence`."""

    @property
    def speeds(self) -> tuple[float, ...]:
        """Speeds, other than 1, at which vectors are computed as well."""

    @property
    def feature_set(self) -> str:
        """Name of what the vectors are."""

    @property
    def noun(self) -> str:
        """What the numbers of a vector are called."""

    @property
    def clips_worth_a_process(self) -> int:
        """How many clips take as long as starting a process does."""

    @property
    def about(self) -> dict[str, np.ndarray]:
        """What else the file says of them, such as a text `[]`, by name."""

    @property
    def front_end(self) -> FrontEnd:
        """By which clips are read."""

    def require_installed(self) -> None:
        """Checks that what makes the vectors is installed.

        Raises:
          UsageError: It is not.
        """

    def opened(self) -> Describe:
        """Loads what makes the vectors of clips."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What functionals to compute, an `AnyRecipe`.

    Attributes:
      feature_set: One of `feature_sets.FEATURE_SETS`.
      silence_db: See `without_silence`; of prosody, see `prosody_vectors`.
      speeds: Speeds, other than 1, at which the functionals are computed as well.
    """

    feature_set: str
    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()
    noun = "functionals"
    # About a hundred clips are described in the time a process takes to start.
    clips_worth_a_process = 100

    @property
    def about(self) -> dict[str, np.ndarray]:
        """Nothing; see `AnyRecipe`."""
        return {}

    @property
    def front_end(self) -> FrontEnd:
        """See `AnyRecipe`."""
        return FrontEnd()

    def require_installed(self) -> None:
        """See `AnyRecipe`."""
        if self.feature_set not in OPENSMILE_NAMES:
            return
        try:
            import opensmile  # noqa: F401
        except ImportError as error:
            raise UsageError(
                "openSMILE is not installed; install it with: pip install "
                "'pathnet_tf[opensmile]' (for research and private use only), or take "
                "--feature_set=prosody, which needs nothing"
            ) from error

    def opened(self) -> Describe:
        """See `AnyRecipe`."""
        if self.feature_set in OPENSMILE_NAMES:
            return _opensmile_describer(self)
        from pathnet_tf.features.prosody_vector import traced_vectors

        return traced_vectors(self.front_end, self.silence_db, self.speeds)


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
    recipe: AnyRecipe

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

    Raises:
      DataError: Clips get differing numbers of values.
    """
    # Only workers import TensorFlow and openSMILE, which takes seconds.
    from data_tools.cutters.clip_reader import ClipReader

    recipe = plan.recipe
    reader, describe = ClipReader(recipe.front_end), recipe.opened()
    vectors: list[np.ndarray] = []
    faults: list[str] = []
    for clip in plan.clips:
        try:
            found = describe(reader.waveform(clip))
        except MediaError as error:
            faults.append(str(error))
            continue
        except ValueError as error:
            faults.append(f"{clip.path} {error}")
            continue
        if len(sizes := {one.shape[1] for one in (*vectors[:1], found)}) > 1:
            raise DataError(
                f"nothing is written, {clip.path} gets another number of values than "
                f"clips before ({' and '.join(map(str, sorted(sizes)))}); {SAME_SIZE}"
            )
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


def _opensmile_describer(recipe: Recipe) -> Describe:
    """Opens openSMILE; see `AnyRecipe.opened`."""
    import opensmile

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet[OPENSMILE_NAMES[recipe.feature_set]],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    rate_hz = recipe.front_end.sample_rate_hz

    def describe(waveform: np.ndarray) -> np.ndarray:
        versions = versions_of_sound(waveform, recipe)
        frames = [smile.process_signal(one, rate_hz) for one in versions]
        found = np.stack([frame.to_numpy(np.float32)[0] for frame in frames])
        if not np.isfinite(found).all():
            length_s = min(map(len, versions)) / rate_hz
            raise ValueError(
                f"is too short for openSMILE, {length_s:.3f} s of sound at the fastest "
                "speed; leave it out, or keep its silence"
            )
        return found

    return describe


def versions_of_sound(waveform: np.ndarray, recipe: AnyRecipe) -> list[np.ndarray]:
    """Takes the silence around a clip away, and plays it at each speed.

    Args:
      waveform: float32 `[num_samples]`, at least one window long.
      recipe: How much silence, and which speeds.

    Returns:
      float32 `[num_kept_samples]` of speed 1, and of each other speed.
    """
    sound = without_silence(waveform, recipe.silence_db, recipe.front_end)
    return [sound, *(at_speed(sound, speed) for speed in recipe.speeds)]


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
