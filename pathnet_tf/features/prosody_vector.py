"""One vector of a clip that holds its log-mel functionals and its prosody.

    functionals  mean, standard deviation, percentiles of `functionals.PERCENTILES`
    log-mel      functionals of each band, its delta and its delta-delta
    colour       functionals of each of `prosody.COLOURS` and its delta; mean and
                 deviation once more over voiced frames, and over unvoiced ones
    voice        of each of `prosody.VOICES` over voiced frames: functionals, two ranges
                 and the slope in time; functionals of how it changes from frame to
                 frame, and by how much
    roughness    how pitch and level jitter about a straight line through three frames:
                 the frame's stand-in for jitter and shimmer, which are told of periods
    rhythm       the voiced share, voiced stretches a second, the length of the sound,
                 and the lengths of voiced and of unvoiced stretches, in seconds

Frames that are much quieter than the loudest may be left out. Of what no frame has,
such as the pitch of a whisper, the values are 0. `value_names` names them all.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.functionals import (
    PERCENTILES,
    functionals_in_graph,
    is_loud,
)
from pathnet_tf.features.log_mel import with_deltas
from pathnet_tf.features.prosody import COLOURS, VOICES, Frames, describe_frames
from pathnet_tf.features.resampling import at_speed

_STATISTICS = ("mean", "std", *(f"percentile_{one}" for one in PERCENTILES))
_P5, _P25, _P75, _P95 = (2 + PERCENTILES.index(one) for one in (5, 25, 75, 95))
# Where the pitch and the level stand in `VOICES`.
_ROUGH = (VOICES.index("pitch_semitones"), VOICES.index("level_db"))


def prosody_vectors(
    waveform: tf.Tensor,
    *,
    front_end: FrontEnd,
    silence_db: float = 0.0,
    speeds: Sequence[float] = (),
) -> tf.Tensor:
    """Describes a clip, also played at other speeds; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, mono, in [-1, 1], at the front end's rate.
      front_end: The settings.
      silence_db: Frames that are quieter than the loudest one by more than this are
        left out; 0 keeps all.
      speeds: Speeds, other than 1, at which it is described too.

    Returns:
      float32 `[1 + num_speeds, num_values]`; for the values see `value_names`.
    """
    versions = [waveform, *(at_speed(waveform, speed) for speed in speeds)]
    return tf.stack(
        [
            _vector(describe_frames(one, front_end=front_end), front_end, silence_db)
            for one in versions
        ]
    )


@functools.lru_cache(maxsize=8)
def traced_vectors(
    front_end: FrontEnd, silence_db: float, speeds: tuple[float, ...]
) -> Callable[[np.ndarray], np.ndarray]:
    """Makes the graph of `prosody_vectors`, once in a process.

    Args:
      front_end: See `prosody_vectors`, as for the others.
      silence_db: The same.
      speeds: The same.

    Returns:
      A function of a waveform, float32 `[num_samples]`, which gives float32
      `[1 + num_speeds, num_values]`.
    """
    vectors = functools.partial(
        prosody_vectors, front_end=front_end, silence_db=silence_db, speeds=speeds
    )
    spec = tf.TensorSpec([None], tf.float32)
    traced = tf.function(vectors, input_signature=[spec], autograph=False)
    return lambda waveform: traced(tf.constant(waveform)).numpy()


def value_names(front_end: FrontEnd) -> list[str]:
    """Names the values of a vector, in their order."""
    found: list[str] = []
    bands = [f"mel_{band}" for band in range(front_end.num_mel_bands)]
    for names, orders in (
        (bands, ("", "_delta", "_delta_delta")),
        (COLOURS, ("", "_delta")),
    ):
        found += [
            f"{name}{order}/{statistic}"
            for statistic in _STATISTICS
            for name in names
            for order in orders
        ]
    found += [
        f"{name}_{kind}/{statistic}"
        for kind in ("voiced", "unvoiced")
        for statistic in _STATISTICS[:2]
        for name in COLOURS
    ]
    for kind, statistics in (
        ("voiced", (*_STATISTICS, "range_5_95", "range_25_75", "slope")),
        ("change", (*_STATISTICS, "mean_size")),
    ):
        found += [f"{name}_{kind}/{one}" for one in statistics for name in VOICES]
    rough = ("jitter_semitones", "shimmer_db")
    found += [f"{name}/{one}" for one in ("mean", "median", "std") for name in rough]
    found += ["voiced_share", "voiced_runs_a_second", "length_s"]
    return found + [
        f"{kind}_run_s/{one}"
        for kind in ("voiced", "unvoiced")
        for one in ("mean", "std", "most")
    ]


def _vector(frames: Frames, front_end: FrontEnd, silence_db: float) -> tf.Tensor:
    """The vector of a clip, float32 `[num_values]`."""
    keep = tf.ones_like(frames.is_voiced)
    if silence_db:
        keep = is_loud(frames.log_mel, silence_db)
    hop_s = front_end.hop_samples / front_end.sample_rate_hz
    voiced = frames.is_voiced & keep
    mel = with_deltas(frames.log_mel, front_end.delta_frames)
    colour = with_deltas(frames.colour, front_end.delta_frames)[..., :2]
    parts = [
        functionals_in_graph(mel[keep]),
        functionals_in_graph(colour[keep]),
        _moments(frames.colour[voiced]),
        _moments(frames.colour[keep & ~voiced]),
        *_of_voice(frames.voice, voiced, hop_s),
        *_of_rhythm(frames.is_voiced[keep], hop_s),
    ]
    return tf.concat([tf.reshape(part, [-1]) for part in parts], axis=0)


def _of_voice(voice: tf.Tensor, voiced: tf.Tensor, hop_s: float) -> list[tf.Tensor]:
    """Values `[num_statistics, num_voices]` and roughness `[3, 2]`.

    Args:
      voice: float32 `[num_frames, num_voices]`.
      voiced: bool `[num_frames]`.
      hop_s: Step between frames, in seconds.

    Returns:
      Some arrays, float32 `[..., num_voices]` and `[3, 2]`.
    """
    values = _or_zeros(voice[voiced])
    found = functionals_in_graph(values)
    ranges = [found[_P95] - found[_P5], found[_P75] - found[_P25]]
    places = _or_zeros(tf.cast(tf.where(voiced), tf.float32))
    times = hop_s * (places - tf.reduce_mean(places))
    spread = tf.maximum(tf.reduce_sum(times**2), hop_s**2)
    slope = tf.reduce_sum(times * (values - found[0]), axis=0) / spread
    # What lies between two voiced frames, and about the middle one of three.
    change = _or_zeros((voice[1:] - voice[:-1])[voiced[1:] & voiced[:-1]])
    rough = tf.abs(voice[2:] - 2 * voice[1:-1] + voice[:-2])
    rough = rough[voiced[2:] & voiced[1:-1] & voiced[:-2]]
    rough = _or_zeros(tf.gather(rough, _ROUGH, axis=1))
    of_rough = functionals_in_graph(rough)
    middle = 2 + PERCENTILES.index(50)
    return [
        found,
        tf.stack([*ranges, slope]),
        functionals_in_graph(change),
        tf.reduce_mean(tf.abs(change), axis=0),
        tf.gather(of_rough, [0, middle, 1]),
    ]


def _of_rhythm(voiced: tf.Tensor, hop_s: float) -> list[tf.Tensor]:
    """The rhythm of bool `[num_frames]`: float32 `[3]`, `[3]`, `[3]`."""
    length_s = hop_s * tf.cast(tf.size(voiced), tf.float32)
    share = tf.reduce_mean(tf.cast(voiced, tf.float32))
    runs = [hop_s * _run_lengths(one) for one in (voiced, ~voiced)]
    a_second = tf.cast(tf.size(runs[0]), tf.float32) / length_s
    longest = [tf.reduce_max(_or_zeros(one)) for one in runs]
    return [
        tf.stack([share, a_second, length_s]),
        *(
            tf.concat([_moments(one), [most]], axis=0)
            for one, most in zip(runs, longest, strict=True)
        ),
    ]


def _run_lengths(holds: tf.Tensor) -> tf.Tensor:
    """Lengths of stretches where bool `[num_frames]` holds: float32 `[num_runs]`."""
    padded = tf.pad(holds, [[1, 1]])
    edges = tf.where(padded[1:] ^ padded[:-1])[:, 0]
    return tf.cast(edges[1::2] - edges[::2], tf.float32)


def _moments(frames: tf.Tensor) -> tf.Tensor:
    """Mean and deviation of float32 `[num_frames, ...]`: float32 `[2, ...]`."""
    frames = _or_zeros(frames)
    mean = tf.reduce_mean(frames, axis=0)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(frames - mean), axis=0))
    return tf.stack([mean, deviation])


def _or_zeros(frames: tf.Tensor) -> tf.Tensor:
    """float32 `[num_frames, ...]` itself, or one frame of zeros if it has none."""
    none = tf.cast(tf.equal(tf.shape(frames)[0], 0), tf.int32)
    return tf.pad(frames, [[0, none], *[[0, 0]] * (frames.shape.rank - 1)])
