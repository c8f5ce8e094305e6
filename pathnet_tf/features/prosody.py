"""Describes each frame of a recording by how it sounds: log-mel, colour, and voice.

Colour is the shape of the spectrum, which every frame has. Voice is the pitch and what
is measured on its harmonics, which voiced frames alone have. All is TensorFlow, so that
an exported model holds it. Recordings are described some seconds at a time: what grows
with their length are the descriptors alone.
"""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from pathnet_tf.features import pitch
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import mel_of_power, power_spectrum
from pathnet_tf.features.pitch import Candidates

NUM_CEPSTRA = 13
COLOURS = (
    "loudness",
    "energy_db",
    "centroid_octaves",
    "spread_octaves",
    "skewness",
    "roll_off_25_octaves",
    "roll_off_50_octaves",
    "roll_off_75_octaves",
    "roll_off_90_octaves",
    "entropy",
    "alpha_ratio_db",
    "hammarberg_db",
    "slope_0_500_db_per_khz",
    "slope_500_1500_db_per_khz",
    "slope_50_8000_db_per_khz",
    *(f"mfcc_{number}" for number in range(1, NUM_CEPSTRA + 1)),
    "flux",
)
"""What `Frames.colour` holds. Octaves are those above 50 Hz."""
VOICES = (
    "pitch_semitones",
    "hnr_db",
    "h1_h2_db",
    "h1_h3_db",
    "h1_h4_db",
    "level_db",
)
"""What `Frames.voice` holds: pitch above `pitch.MIDDLE_HZ`, harmonics-to-noise ratio,
by how much the first harmonic is louder than others, and the level."""
_DB = 10 / math.log(10)
_LOWEST_COLOUR_HZ = 50.0
_HARMONICS = (1, 2, 3, 4)
# Power of a harmonic, or of a frame, that counts as silence.
_LEAST_POWER = 1e-9
# About twenty seconds.
_FRAMES_AT_ONCE = 2048


class Frames(NamedTuple):
    """The frames of a recording.

    Attributes:
      log_mel: float32 `[num_frames, num_mel_bands]`, see `log_mel`.
      colour: float32 `[num_frames, len(COLOURS)]`.
      voice: float32 `[num_frames, len(VOICES)]`; all but the level means nothing in
        frames that are unvoiced.
      is_voiced: bool `[num_frames]`.
    """

    log_mel: tf.Tensor
    colour: tf.Tensor
    voice: tf.Tensor
    is_voiced: tf.Tensor


def describe_frames(waveform: tf.Tensor, *, front_end: FrontEnd) -> Frames:
    """Describes the frames of a recording; works inside a graph.

    Args:
      waveform: float32 `[num_samples]`, mono. If it is shorter than a window of the
        front end, it is padded with zeros.
      front_end: The settings. Frames are those of `log_mel`; the longer window of the
        pitch has its middle where theirs is.

    Returns:
      The frames.
    """
    hop, window = front_end.hop_samples, front_end.window_samples
    rate_hz = front_end.sample_rate_hz
    long = len(pitch.window(rate_hz))
    before = max(long - window, 0) // 2
    num_frames = 1 + tf.maximum(tf.shape(waveform)[0] - window, 0) // hop
    at_once = tf.minimum(num_frames, _FRAMES_AT_ONCE)
    num_blocks = -(-num_frames // at_once)
    step = at_once * hop
    length = step - hop + max(long, before + window)
    needed = (num_blocks - 1) * step + length
    after = tf.maximum(needed - before - tf.shape(waveform)[0], 0)
    loudest = tf.reduce_max(tf.abs(waveform))
    padded = tf.pad(waveform, [[before, after]])

    def describe(block: tf.Tensor) -> tuple[tf.Tensor, ...]:
        samples = padded[block * step : block * step + length]
        short = samples[before : before + step - hop + window]
        power = power_spectrum(short, front_end=front_end)
        log_mel = mel_of_power(power, front_end=front_end)
        colour = _colours(power, log_mel, front_end)
        return (
            log_mel,
            colour,
            *_voices(samples[: step - hop + long], loudest, front_end),
        )

    specs = (
        (front_end.num_mel_bands,),
        (len(COLOURS) - 1,),
        *[(pitch.NUM_STATES,)] * 3,
        (pitch.NUM_STATES, len(_HARMONICS) - 1),
        (),
    )
    blocks = tf.map_fn(
        describe,
        tf.range(num_blocks),
        parallel_iterations=1,
        fn_output_signature=tuple(
            tf.TensorSpec([None, *shape], tf.float32) for shape in specs
        ),
    )
    log_mel, colour, *states, harmonics, level_db = (
        tf.reshape(one, [-1, *shape])[:num_frames]
        for one, shape in zip(blocks, specs, strict=True)
    )
    found = pitch.follow(Candidates(*states))
    chosen = tf.gather(harmonics, found.state, batch_dims=1)
    voice = tf.concat(
        [
            tf.stack([found.semitones, found.hnr_db], axis=1),
            chosen,
            level_db[:, tf.newaxis],
        ],
        axis=1,
    )
    change = tf.sqrt(tf.reduce_mean(tf.square(log_mel[1:] - log_mel[:-1]), axis=1))
    flux = tf.pad(change, [[1, 0]])[:, tf.newaxis]
    return Frames(log_mel, tf.concat([colour, flux], axis=1), voice, found.is_voiced)


def _colours(power: tf.Tensor, log_mel: tf.Tensor, front_end: FrontEnd) -> tf.Tensor:
    """All of `COLOURS` but the flux.

    Args:
      power: float32 `[num_frames, num_bins]`.
      log_mel: float32 `[num_frames, num_mel_bands]`.
      front_end: The settings.

    Returns:
      float32 `[num_frames, len(COLOURS) - 1]`.
    """
    num_bins = front_end.fft_samples // 2 + 1
    hz = np.linspace(0, front_end.sample_rate_hz / 2, num_bins)
    octaves = np.log2(np.maximum(hz, _LOWEST_COLOUR_HZ) / _LOWEST_COLOUR_HZ)
    octaves = tf.constant(octaves.astype(np.float32))
    power += front_end.log_floor / 10
    total = tf.reduce_sum(power, axis=1, keepdims=True)
    share = power / total
    centroid = tf.linalg.matvec(share, octaves)
    away = octaves - centroid[:, tf.newaxis]
    variance = tf.reduce_sum(share * away**2, axis=1)
    # A pure tone has no spread to divide by.
    skewness = tf.reduce_sum(share * away**3, axis=1) / (variance + 1e-3) ** 1.5
    below = tf.cumsum(share, axis=1)
    last = num_bins - 1
    roll_offs = [
        tf.gather(
            octaves,
            tf.minimum(tf.reduce_sum(tf.cast(below < part, tf.int32), axis=1), last),
        )
        for part in (0.25, 0.5, 0.75, 0.9)
    ]
    entropy = -tf.reduce_sum(share * tf.math.log(share), axis=1) / math.log(num_bins)

    def bins(low_hz: float, high_hz: float) -> slice:
        first, end = np.searchsorted(hz, [low_hz, high_hz])
        return slice(int(first), int(end))

    def db(values: tf.Tensor) -> tf.Tensor:
        """Decibels of float32 `[num_frames, ...]`."""
        return _DB * tf.math.log(values)

    def slope(low_hz: float, high_hz: float) -> tf.Tensor:
        """The straight line's through a part of the spectrum: `[num_frames]`."""
        part = bins(low_hz, high_hz)
        khz = hz[part] / 1000 - hz[part].mean() / 1000
        weights = tf.constant((khz / (khz**2).sum()).astype(np.float32))
        return tf.linalg.matvec(db(power[:, part]), weights)

    alpha_ratio = db(tf.reduce_sum(power[:, bins(50, 1000)], axis=1)) - db(
        tf.reduce_sum(power[:, bins(1000, 5000)], axis=1)
    )
    hammarberg = db(tf.reduce_max(power[:, bins(0, 2000)], axis=1)) - db(
        tf.reduce_max(power[:, bins(2000, 5000)], axis=1)
    )
    columns = [
        tf.reduce_mean(tf.exp(0.3 * log_mel), axis=1),
        db(total[:, 0]),
        centroid,
        tf.sqrt(variance),
        skewness,
        *roll_offs,
        entropy,
        alpha_ratio,
        hammarberg,
        slope(0, 501),
        slope(500, 1501),
        slope(50, 8000),
    ]
    cepstra = log_mel @ tf.constant(_cosines(front_end.num_mel_bands))
    return tf.concat([tf.stack(columns, axis=1), cepstra], axis=1)


def _cosines(num_bands: int) -> np.ndarray:
    """The cosine transform from log-mel: float32 `[num_bands, NUM_CEPSTRA]`."""
    place = np.arange(num_bands)[:, np.newaxis] + 0.5
    order = np.arange(1, NUM_CEPSTRA + 1)
    basis = np.sqrt(2 / num_bands) * np.cos(np.pi * place * order / num_bands)
    return basis.astype(np.float32)


def _voices(
    samples: tf.Tensor, loudest: tf.Tensor, front_end: FrontEnd
) -> tuple[tf.Tensor, ...]:
    """What each frame may be, and what it then has.

    Args:
      samples: float32 `[num_samples]`, of some frames.
      loudest: float32 scalar, the largest absolute sample of the recording.
      front_end: The settings.

    Returns:
      The three of `Candidates`, float32 `[num_frames, NUM_STATES]`; by how many
      decibels the first harmonic is louder than others, float32 `[num_frames,
      NUM_STATES, 3]`; and the level, float32 `[num_frames]`, in decibels.
    """
    rate_hz = front_end.sample_rate_hz
    window, fft = pitch.window(rate_hz), pitch.fft_samples(rate_hz)
    frames = tf.signal.frame(samples, len(window), front_end.hop_samples)
    share = tf.reduce_max(tf.abs(frames), axis=1) / tf.maximum(loudest, _LEAST_POWER)
    frames = (frames - tf.reduce_mean(frames, axis=1, keepdims=True)) * window
    power = tf.square(tf.abs(tf.signal.rfft(frames, [fft])))
    found = pitch.find_candidates(power, share, rate_hz)
    level_db = _DB * tf.math.log(tf.reduce_sum(power, axis=1) + _LEAST_POWER)
    # The bin of a harmonic, and its neighbours as pitch is not known to a bin.
    near = tf.nn.max_pool1d(power[..., tf.newaxis], 3, 1, "SAME")[..., 0]
    bins = tf.pow(2.0, found.octaves) * fft / rate_hz
    harmonics_db = [
        _DB
        * tf.math.log(
            tf.gather(near, tf.cast(tf.round(n * bins), tf.int32), batch_dims=1)
            + _LEAST_POWER
        )
        for n in _HARMONICS
    ]
    first, *others = harmonics_db
    louder = tf.stack([first - one for one in others], axis=-1)
    return *found, louder, level_db
