"""Cuts recordings into log-mel segments."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.clip_reader import ClipReader
from data_tools.corpora import Clip
from data_tools.cutter import CutClip
from pathnet_tf.dataset_card import DatasetCard
from pathnet_tf.log_mel import LAYOUT, FrontEnd, waveform_to_segments


@dataclasses.dataclass(frozen=True)
class MelCutter:
    """Settings from waveform to segments."""

    front_end: FrontEnd
    # To start a process with TensorFlow takes as long as some hundred clips do.
    clips_worth_a_process: int = 200
    segment_noun: str = "segments"

    @property
    def card_fields(self) -> dict[str, Any]:
        """What a segment is."""
        return {
            "modality": "speech",
            "layout": LAYOUT,
            "scaling": "natural log power",
            "shape": self.front_end.segment_shape,
            "dtype": "float32",
            "front_end": dataclasses.asdict(self.front_end),
        }

    def open(self) -> "_OpenMelCutter":
        """Makes ready to cut."""
        return _OpenMelCutter(self.front_end)

    def summary(self, card: DatasetCard, elapsed_s: float) -> str:
        """Tells how much was heard and how fast."""
        seconds = sum(clip.duration_s for clip in card.clips)
        return (
            f"{seconds:.1f} s of audio in {elapsed_s:.1f} s "
            f"({seconds / elapsed_s:.0f} times real time)"
        )


class _OpenMelCutter:
    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._reader = ClipReader(front_end)

    @property
    def decoded_files(self) -> set[Path]:
        return self._reader.decoded_files

    def cut(self, clip: Clip, write: Callable[[np.ndarray], None]) -> CutClip:
        waveform = self._reader.waveform(clip)
        segments = waveform_to_segments(waveform, front_end=self._front_end)
        for values in segments:
            write(values)
        duration_s = len(waveform) / self._front_end.sample_rate_hz
        return CutClip(len(segments), duration_s)

    def check(self, clip: Clip) -> None:
        # Whatever can be heard can be cut.
        self._reader.waveform(clip)
