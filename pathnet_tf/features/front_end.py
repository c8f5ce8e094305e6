"""The settings of the log-mel front end, which can be checked without TensorFlow."""

import dataclasses
import math

from pathnet_tf.data.dataset_card import MAX_SIZE
from pathnet_tf.runtime.errors import UsageError

LAYOUT = "frame,mel_band,(static,delta,delta_delta)"
TAILS = ("drop", "pad")
"""What `FrontEnd.tail` can be."""


@dataclasses.dataclass(frozen=True)
class FrontEnd:
    """The settings of the front end, which datasets and models keep beside their data.

    Attributes:
      sample_rate_hz: Rate of the waveform.
      window_ms: Length of the Hamming window.
      hop_ms: Step between frames.
      num_mel_bands: Triangular filters, evenly spaced on the HTK mel scale.
      low_hz: Lower edge of the first filter.
      high_hz: Upper edge of the last filter, at most half the sample rate.
      segment_frames: Frames in a segment.
      segment_shift_frames: Step between segments.
      tail: `drop` leaves out the frames after the last whole segment. `pad` makes them
        one more segment by repeating the last frame.
      delta_frames: Frames on either side over which a delta is fitted.
      log_floor: Least mel energy before the logarithm; about the rounding noise
        of 16-bit samples.

    Raises:
      UsageError: A setting is out of its range.
    """

    sample_rate_hz: int = 16000
    window_ms: float = 25.0
    hop_ms: float = 10.0
    num_mel_bands: int = 64
    low_hz: float = 20.0
    high_hz: float = 8000.0
    segment_frames: int = 64
    segment_shift_frames: int = 30
    tail: str = "drop"
    delta_frames: int = 2
    log_floor: float = 1e-6

    def __post_init__(self) -> None:
        """Checks every setting."""
        for name in (
            "sample_rate_hz",
            "window_ms",
            "hop_ms",
            "num_mel_bands",
            "segment_frames",
            "segment_shift_frames",
            "delta_frames",
            "log_floor",
        ):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(
                    f"{name} must be positive. Received: {name}={getattr(self, name)}"
                )
        for name in ("segment_frames", "num_mel_bands"):
            if getattr(self, name) > MAX_SIZE:
                raise UsageError(
                    f"{name} must be at most {MAX_SIZE}. "
                    f"Received: {name}={getattr(self, name)}"
                )
        if self.tail not in TAILS:
            raise UsageError(
                f"tail must be one of {TAILS}. Received: tail={self.tail!r}"
            )
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            raise UsageError(
                "low_hz and high_hz must satisfy 0 <= low_hz < high_hz <= "
                f"{self.sample_rate_hz / 2:g} (half the sample rate). "
                f"Received: low_hz={self.low_hz:g}, high_hz={self.high_hz:g}"
            )
        if self.hop_samples < 1 or self.window_samples < 2:
            raise UsageError(
                "window_ms and hop_ms must cover at least 2 and 1 samples. "
                f"Received: window_ms={self.window_ms:g}, hop_ms={self.hop_ms:g}"
            )

    @property
    def window_samples(self) -> int:
        """Length of the window in samples."""
        return round(self.window_ms * self.sample_rate_hz / 1000)

    @property
    def hop_samples(self) -> int:
        """Step between frames in samples."""
        return round(self.hop_ms * self.sample_rate_hz / 1000)

    @property
    def fft_samples(self) -> int:
        """Length of the FFT: the next power of two that holds a window."""
        return 2 ** math.ceil(math.log2(self.window_samples))

    @property
    def segment_shape(self) -> tuple[int, int, int]:
        """Shape of one segment: frames, mel bands, channels."""
        return (self.segment_frames, self.num_mel_bands, 3)
