"""A source-filter voice: glottal pulses and noise, filtered by formant resonators.

Every 5 ms a Hann-windowed piece of the source is filtered in the frequency domain, and
the pieces are added up. With formants F_i and bandwidths B_i the filter of the vocal
tract is

    H(f) = prod_i F_i^2 / (F_i^2 - f^2 + j B_i f)

The voiced source is a train of pulses whose spectrum falls by `tilt_db` per octave, for
glottal flow and lip radiation together.

Reference: Fant 1960, "Acoustic theory of speech production"; Klatt 1980, "Software for
a cascade/parallel formant synthesizer".
"""

import numpy as np

from data_tools.synthesis.prosody import FRAME_MS, Controls
from data_tools.synthesis.speaking_style import Speaker

SAMPLE_RATE_HZ = 16000

_HOP = round(SAMPLE_RATE_HZ * FRAME_MS / 1000)
_WINDOW = 4 * _HOP
# Zeros behind the window leave time for the resonators to ring out.
_FFT_SAMPLES = 2 * _WINDOW
_BANDWIDTHS_HZ = (80.0, 100.0, 140.0, 200.0, 300.0)
_TILT_CORNER_HZ = 200.0


def render(controls: Controls, rng: np.random.Generator) -> np.ndarray:
    """Renders control tracks as a waveform, without echo, room noise or gain.

    Args:
      controls: The control tracks.
      rng: The clip's source of randomness, for jitter, shimmer and noise.

    Returns:
      float64 `[num_frames * 80]`, mono, at `SAMPLE_RATE_HZ`, in an arbitrary unit that
      is the same for all clips.
    """
    num_frames = len(controls.pitch_hz)
    num_samples = num_frames * _HOP
    frequency_hz = np.fft.rfftfreq(_FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)
    octaves = np.log2(np.maximum(frequency_hz / _TILT_CORNER_HZ, 1))
    tilt = 10 ** (-controls.tilt_db * octaves / 20)
    # Radiation has no direct current, which the tilt alone would leave.
    tilt *= frequency_hz / np.hypot(frequency_hz, 60)

    pulses = _spectra(_pulse_train(controls, rng), num_frames)
    hiss = _spectra(rng.standard_normal(num_samples), num_frames)
    friction = _spectra(rng.standard_normal(num_samples), num_frames)

    breath = 10 ** (controls.breath_db / 20)
    voiced = (pulses * tilt + breath * hiss) * controls.voicing[:, None]
    voiced *= _vocal_tract(controls.formants_hz, frequency_hz)
    width_hz = 0.35 * controls.noise_hz[:, None]
    distance = (frequency_hz - controls.noise_hz[:, None]) / width_hz
    rustle = friction * controls.noise[:, None] / (1 + distance**2)
    return _overlap_add(voiced + rustle, num_samples)


def record(
    waveform: np.ndarray,
    *,
    speaker: Speaker,
    energy_db: float,
    sample_rate_hz: int,
    num_channels: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Records a rendered voice in the speaker's room.

    Args:
      waveform: float64 `[num_samples]`, mono, at `SAMPLE_RATE_HZ`, not silent.
      speaker: The speaker, for the room and the recording level.
      energy_db: Level of the clip, relative to the speaker's neutral level.
      sample_rate_hz: Sample rate of the recording, at least `SAMPLE_RATE_HZ`.
      num_channels: 1, or 2 for a second microphone that is a little further away.
      rng: The clip's source of randomness, for echo and noise.

    Returns:
      int16 `[num_recorded_samples, num_channels]`, full scale 32767.
    """
    import soxr

    echoed = _reverberated(waveform, speaker.reverberation_s, rng)
    echoed *= 10 ** ((speaker.level_db + energy_db) / 20) / np.sqrt(np.mean(echoed**2))
    if sample_rate_hz != SAMPLE_RATE_HZ:
        echoed = soxr.resample(echoed, SAMPLE_RATE_HZ, sample_rate_hz)
    noise = _room_noise(len(echoed), num_channels, sample_rate_hz, rng)
    distances = np.array([1.0, 0.85])[:num_channels]
    mixed = echoed[:, None] * distances + 10 ** (speaker.noise_db / 20) * noise
    return np.round(np.clip(mixed, -1, 1) * 32767).astype(np.int16)


def _pulse_train(controls: Controls, rng: np.random.Generator) -> np.ndarray:
    """Returns the pulses of the glottis, float64 `[num_frames * _HOP]`."""
    num_samples = len(controls.pitch_hz) * _HOP
    sample = np.arange(num_samples)
    frame_centres = (np.arange(len(controls.pitch_hz)) + 0.5) * _HOP
    pitch_hz = np.interp(sample, frame_centres, controls.pitch_hz)
    phase = np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    positions = np.interp(np.arange(1, int(phase[-1])), phase, sample)
    periods = SAMPLE_RATE_HZ / np.interp(positions, sample, pitch_hz)
    positions += controls.jitter * periods * rng.standard_normal(len(positions))
    positions = np.clip(positions, 0, num_samples - 2)
    # With the square root of the period, the power does not depend on the pitch.
    amplitudes = np.sqrt(periods)
    amplitudes *= 1 + controls.shimmer * rng.standard_normal(len(positions))
    amplitudes[1::2] *= 1 - controls.creak

    # A pulse between two samples is divided between them.
    train = np.zeros(num_samples)
    before = np.floor(positions).astype(int)
    share = positions - before
    np.add.at(train, before, amplitudes * (1 - share))
    np.add.at(train, before + 1, amplitudes * share)
    return train


def _spectra(source: np.ndarray, num_frames: int) -> np.ndarray:
    """Transforms `[num_samples]` to complex `[num_frames, num_frequencies]`."""
    padded = np.pad(source, (_WINDOW // 2, _WINDOW))
    starts = _HOP * np.arange(num_frames)
    pieces = padded[starts[:, None] + np.arange(_WINDOW)]
    # Four overlapping Hann windows sum to 2.
    window = 0.25 * (1 - np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW))
    return np.fft.rfft(pieces * window, _FFT_SAMPLES)


def _vocal_tract(formants_hz: np.ndarray, frequency_hz: np.ndarray) -> np.ndarray:
    """Returns H(f), complex `[num_frames, num_frequencies]`, of the formula above.

    `formants_hz` is `[num_frames, 5]`, `frequency_hz` is `[num_frequencies]`.
    """
    response = np.ones((len(formants_hz), len(frequency_hz)), complex)
    for centre_hz, width_hz in zip(formants_hz.T, _BANDWIDTHS_HZ, strict=True):
        square = (centre_hz**2)[:, None]
        response *= square / (square - frequency_hz**2 + 1j * width_hz * frequency_hz)
    return response


def _overlap_add(spectra: np.ndarray, num_samples: int) -> np.ndarray:
    """Joins complex `[num_frames, num_frequencies]` to float64 `[num_samples]`."""
    pieces = np.fft.irfft(spectra, _FFT_SAMPLES)
    total = np.zeros(num_samples + _FFT_SAMPLES)
    for index, piece in enumerate(pieces):
        total[index * _HOP : index * _HOP + _FFT_SAMPLES] += piece
    return total[_WINDOW // 2 : _WINDOW // 2 + num_samples]


def _reverberated(
    waveform: np.ndarray, reverberation_s: float, rng: np.random.Generator
) -> np.ndarray:
    """Adds the decaying echo of a room to float64 `[num_samples]`; same shape."""
    num_echoes = round(reverberation_s * SAMPLE_RATE_HZ)
    decay = 10 ** (-3 * np.arange(num_echoes) / num_echoes)
    room = 0.02 * decay * rng.standard_normal(num_echoes)
    room[0] = 1.0
    length = len(waveform) + num_echoes
    spectrum = np.fft.rfft(waveform, length) * np.fft.rfft(room, length)
    return np.fft.irfft(spectrum, length)[: len(waveform)]


def _room_noise(
    num_samples: int, num_channels: int, sample_rate_hz: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws roughly pink noise of unit RMS, float64 `[num_samples, num_channels]`."""
    spectrum = np.fft.rfft(rng.standard_normal((num_samples, num_channels)), axis=0)
    frequency_hz = np.fft.rfftfreq(num_samples, 1 / sample_rate_hz)
    spectrum /= np.sqrt(np.maximum(frequency_hz, 50))[:, None]
    noise = np.fft.irfft(spectrum, num_samples, axis=0)
    return noise / np.sqrt(np.mean(noise**2))
