"""Carries emotional knowledge from one corpus to another with PathNet."""

import os
import warnings
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0.dev0"

# TensorFlow's start-up messages tell a user of this project nothing. It reads this
# when it is first imported, in every worker process too.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# joblib warns where /dev/shm cannot be written; transfer says so itself, and the other
# programs' workers need none.
warnings.filterwarnings("ignore", message=".*joblib will operate in serial mode")

if TYPE_CHECKING:
    from pathnet_tf.serving.loaded_model import load as load


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import, and not everybody asks a model.
    if name == "load":
        from pathnet_tf.serving.loaded_model import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
