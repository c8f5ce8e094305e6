"""Settings of the cutter of log-mel segments; loads without TensorFlow."""

import dataclasses
from typing import Any

from data_tools.cutters.cutter import OpenCutter
from pathnet_tf.data.dataset_card import DatasetCard
from pathnet_tf.features.front_end import LAYOUT, FrontEnd


@dataclasses.dataclass(frozen=True)
class MelCutter:
    """The settings of a log-mel cutter; see `cutter.Cutter`."""

    front_end: FrontEnd
    clips_worth_a_process: int = 64
    segment_noun: str = "segments"
    modules: tuple[str, ...] = ("data_tools.cutters.open_mel_cutter",)

    @property
    def card_fields(self) -> dict[str, Any]:
        """The fields of `DatasetCard` that say what a segment is."""
        return {
            "modality": "speech",
            "layout": LAYOUT,
            "scaling": "natural log power",
            "shape": self.front_end.segment_shape,
            "dtype": "float32",
            "front_end": dataclasses.asdict(self.front_end),
        }

    def open(self) -> OpenCutter:
        """Loads the cutter, which imports TensorFlow."""
        from data_tools.cutters.open_mel_cutter import OpenMelCutter

        return OpenMelCutter(self.front_end)

    def summary(self, card: DatasetCard, elapsed_s: float | None) -> str:
        """Returns a line for the user: how much audio was cut, and how fast."""
        seconds = sum(clip.duration_s for clip in card.clips)
        if elapsed_s is None:
            return f"{seconds:.1f} s of audio"
        return (
            f"{seconds:.1f} s of audio in {elapsed_s:.1f} s "
            f"({seconds / elapsed_s:.0f} times real time)"
        )
