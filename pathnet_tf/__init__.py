"""Carries emotional knowledge from one corpus to another with PathNet."""

import os

__version__ = "0.1.0"

# TensorFlow's start-up messages tell a user of this project nothing. It reads this
# when it is first imported, in every worker process too.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
