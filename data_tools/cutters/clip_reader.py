"""Reads the waveforms of clips, one after another."""

from pathlib import Path

import numpy as np

from data_tools.corpora import Clip
from data_tools.media.audio import Recording, cut, decode
from data_tools.media_error import MediaError
from data_tools.workers import supervision
from pathnet_tf.features.front_end import FrontEnd

_NOTHING = Recording(np.empty(0, np.float32))


class ClipReader:
    """Reads clips; consecutive clips of one file share its decoding.

    Attributes:
      decoded_files: Files that were decoded without an error.
      notes: What is odd about the file that was read last, a line each.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        """Takes the sample rate and the shortest length from the front end's window."""
        self.decoded_files: set[Path] = set()
        self.notes: tuple[str, ...] = ()
        self._front_end = front_end
        self._path: Path | None = None
        self._outcome: Recording | MediaError = _NOTHING

    def waveform(self, clip: Clip) -> np.ndarray:
        """Reads one clip.

        Args:
          clip: Any clip.

        Returns:
          float32 `[num_samples]`, mono, in [-1, 1], at the front end's rate.

        Raises:
          MediaError: The clip cannot be used, or is shorter than an analysis window.
        """
        rate_hz = self._front_end.sample_rate_hz
        waveform = cut(
            self._whole(clip.path),
            clip.path,
            start_s=clip.start_s,
            end_s=clip.end_s,
            sample_rate_hz=rate_hz,
        )
        if len(waveform) < self._front_end.window_samples:
            raise MediaError(
                clip.path,
                f"is {1000 * len(waveform) / rate_hz:.1f} ms long, shorter than one "
                f"analysis window of {self._front_end.window_ms:g} ms",
            )
        return waveform

    def _whole(self, path: Path) -> np.ndarray:
        """Decodes a file: float32 `[num_samples]`; the last file is kept."""
        if path != self._path:
            self._path = path
            # Frees the last file first: two long recordings may not fit in memory.
            self._outcome = _NOTHING
            try:
                rate_hz = self._front_end.sample_rate_hz
                with supervision.reading(path):
                    self._outcome = decode(path, sample_rate_hz=rate_hz)
                self.decoded_files.add(path)
            except MediaError as error:
                self._outcome = error
        if isinstance(self._outcome, MediaError):
            raise self._outcome
        self.notes = self._outcome.notes
        return self._outcome.waveform
