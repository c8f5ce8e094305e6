"""Computes vectors of clips by an encoder."""

import dataclasses
import json

import numpy as np

from data_tools.datasets.functionals_plan import (
    SAME_SIZE,
    Describe,
    versions_of_sound,
)
from data_tools.encoders.encoder import front_end_of, opened
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.errors import DataError


@dataclasses.dataclass(frozen=True)
class EncoderRecipe:
    """What vectors to compute, a `functionals_plan.AnyRecipe`.

    Attributes:
      encoder: The encoder, from `EncoderSettings.resolved`.
      silence_db: See `AnyRecipe`.
      speeds: See `AnyRecipe`.
    """

    encoder: EncoderSettings
    silence_db: float = 0.0
    speeds: tuple[float, ...] = ()
    feature_set = "vectors"
    noun = "values"
    # Encoders are slower than processes are to start.
    clips_worth_a_process = 16

    @property
    def about(self) -> dict[str, np.ndarray]:
        """The settings of the encoder, as JSON: `encoder`, str `[]`."""
        text = json.dumps(dataclasses.asdict(self.encoder), sort_keys=True)
        return {"encoder": np.array(text)}

    @property
    def front_end(self) -> FrontEnd:
        """See `AnyRecipe`."""
        return front_end_of(self.encoder)

    def require_installed(self) -> None:
        """Checks nothing: the first worker that loads the encoder tells."""

    def opened(self) -> Describe:
        """See `AnyRecipe`."""
        encode = opened(self.encoder)

        def describe(waveform: np.ndarray) -> np.ndarray:
            found = [encode(one) for one in versions_of_sound(waveform, self)]
            if len({one.shape for one in found}) > 1:
                raise DataError(
                    f"nothing is written, {self.encoder.encoder} gives another number "
                    f"of values at another speed; {SAME_SIZE}"
                )
            return np.stack(found)

        return describe
