"""Cuts recordings into log-mel segments; imports TensorFlow."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from data_tools.corpora import Clip
from data_tools.cutters.clip_reader import ClipReader
from data_tools.cutters.cutter import ClipQuality, CutClip
from data_tools.media.sound_quality import band_note, level_db
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import segment_blocks


class OpenMelCutter:
    """A log-mel cutter that is loaded in one process; see `cutter.OpenCutter`."""

    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._reader = ClipReader(front_end)

    @property
    def decoded_files(self) -> set[Path]:
        """Files that were decoded without an error."""
        return self._reader.decoded_files

    def cut(self, clip: Clip, write: Callable[[np.ndarray], None]) -> CutClip:
        """Cuts one clip; see `cutter.OpenCutter`."""
        waveform = self._reader.waveform(clip)
        num_segments = 0
        for block in segment_blocks(waveform, front_end=self._front_end):
            for values in block:
                write(values)
            num_segments += len(block)
        return CutClip(num_segments, len(waveform) / self._front_end.sample_rate_hz)

    def check(self, clip: Clip) -> ClipQuality:
        """Checks a clip: if its waveform can be read, it can be cut."""
        waveform = self._reader.waveform(clip)
        note = band_note(waveform, self._front_end.sample_rate_hz)
        return ClipQuality(
            (*self._reader.notes, *[note] * bool(note)), level_db(waveform)
        )
