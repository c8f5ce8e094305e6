"""By what a target can be learned: transfer with PathNet, and what it is held against.

All of them get the same folds, draws and number of presented segments.
"""

import dataclasses
from collections.abc import Sequence

from pathnet_tf.runtime.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Method:
    """A way to learn a target.

    Attributes:
      summary: What it does, for a person.
      needs_source: Whether it makes sense with a source alone.
      starts_from_source: Whether it starts from the network that learned the sources.
      learns_sources: Whether it learns the sources again, together with each fold.
      is_network: Whether pathways of a PathNet learn.
      is_searched: Whether they are searched.
      is_exportable: Whether a SavedModel can be made of what it learns.
      modality: The only one that it can learn; empty where that does not matter.
    """

    summary: str
    needs_source: bool = True
    starts_from_source: bool = False
    learns_sources: bool = False
    is_network: bool = True
    is_searched: bool = True
    is_exportable: bool = True
    modality: str = ""


def _apart(summary: str, **options: object) -> Method:
    """A method that learns no pathways."""
    return Method(
        summary,
        is_network=False,
        is_searched=False,
        is_exportable=False,
        **options,  # type: ignore[arg-type]
    )


METHODS = {
    "transfer": Method(
        "PathNet: the sources' pathways are frozen and stay active, another one is "
        "searched beside them",
        starts_from_source=True,
    ),
    "scratch": Method("the same search in an untrained network", needs_source=False),
    "scratch_wide": Method(
        "as scratch, with as many active modules as transfer has frozen and searched"
    ),
    "random_frozen": Method(
        "as transfer, with frozen pathways that were drawn and have learned nothing"
    ),
    "fixed_pathway": Method(
        "as transfer, with a pathway that is drawn once and trained, not searched",
        starts_from_source=True,
        is_searched=False,
    ),
    "finetune": Method(
        "the sources' pathways are trained on, nothing is frozen or searched",
        starts_from_source=True,
        is_searched=False,
    ),
    "joint": Method(
        "sources and target as one task with a head each, by one search with as many "
        "active modules as transfer has frozen and searched",
        learns_sources=True,
        is_exportable=False,
    ),
    "mlp": Method(
        "a dense network of as many layers and parameters as transfer has active, "
        "untrained at first",
        is_searched=False,
    ),
    "progressive": _apart(
        "a progressive network: a column for the target beside the sources' pathway, "
        "whose activations it sees and which stays frozen",
        starts_from_source=True,
    ),
    "alexnet": _apart(
        "AlexNet on the input resized to 227 x 227, from --alexnet_weights if given",
        needs_source=False,
    ),
    "alexnet_average": _apart(
        "a linear SVM on the features of that AlexNet, averaged over a clip",
        needs_source=False,
    ),
    "mel_svm": _apart(
        "a linear SVM on means, deviations and percentiles of a clip's log-mel frames",
        needs_source=False,
        modality="speech",
    ),
    "egemaps_svm": _apart(
        "a linear SVM on the 88 eGeMAPS functionals of a clip, from --functionals",
        needs_source=False,
        modality="speech",
    ),
    "compare_svm": _apart(
        "a linear SVM on the 6373 ComParE functionals of a clip, from --functionals",
        needs_source=False,
        modality="speech",
    ),
    "majority": _apart(
        "says of every clip what most training clips are", needs_source=False
    ),
    "chance": _apart("says of every clip what the dice say", needs_source=False),
}
ALIASES = {"pathnet": "transfer"}


def parse_methods(names: Sequence[str]) -> tuple[str, ...]:
    """Makes methods of what a user typed.

    Args:
      names: Names of methods, or aliases.

    Returns:
      Their names, each once, in the order given.

    Raises:
      UsageError: There is no such method.
    """
    chosen = [ALIASES.get(name.strip(), name.strip()) for name in names]
    for name in chosen:
        if name not in METHODS:
            raise UsageError(
                f"--method must be among {', '.join([*ALIASES, *METHODS])}. "
                f"Received: --method={name}"
            )
    return tuple(dict.fromkeys(chosen))
