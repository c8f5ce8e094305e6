"""How runs are called on a page that compares them, and which may be compared."""

from collections.abc import Sequence

from pathnet_tf.report.evidence.run_evidence import Evidence
from pathnet_tf.report.html.markup import LEAKY


def run_name(run: Evidence) -> str:
    """Name of a run's folder."""
    return run.run_dir.resolve().name


def plain_method(method: str) -> str:
    """A method without LEAKY."""
    return method.removesuffix(f" {LEAKY}")


def data_of(run: Evidence) -> tuple[str | None, tuple[str, ...]]:
    """What tells whether scores are of the same clips and classes."""
    return run.target.hash_then if run.target else None, run.emotions


def is_any_leaky(runs: Sequence[Evidence]) -> bool:
    """Whether a table of the runs has LEAKY numbers in it."""
    return any(run.is_leaky for run in runs)


def captioned(caption: str, runs: Sequence[Evidence]) -> str:
    """A caption; where some of the runs are LEAKY, it says that these are marked."""
    leaky = sum(run.is_leaky for run in runs)
    return f"{caption}, {LEAKY} ones marked" if 0 < leaky < len(runs) else caption
