"""Computes vectors of clips by an encoder."""

import dataclasses
import json

import numpy as np

from data_tools.encoders.encoder import Describe, front_end_of, opened
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.features.front_end import FrontEnd


@dataclasses.dataclass(frozen=True)
class EncoderRecipe:
    """What vectors to compute, an `opensmile_functionals.AnyRecipe`.

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
        return opened(self.encoder)
