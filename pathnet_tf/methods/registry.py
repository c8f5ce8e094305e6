"""By what a target can be learned: transfer with PathNet, and what it is held against.

All methods get the same folds, draws and number of presented segments. A method is one
entry here and the function that the entry names. Functions are named by their module
and imported when they are needed, so that `--help` need not wait for TensorFlow.
"""

import dataclasses
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.settings import TrainingSettings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Method:
    """A way to learn a target.

    Exactly one of `start`, `learns_sources` and `baseline` says what learns.

    Attributes:
      summary: What it does, for a person.
      start: The function that makes the network of which a pathway learns the target;
        see `initial_network.make_initial_network`.
      learns_sources: Whether sources and target are learned as one task.
      baseline: The function that learns a fold without pathways; see
        `baselines.learn_baseline`.
      needs_source: Whether it makes sense only where there is a source.
      starts_from_source: Whether it starts from the network that learned the sources.
      is_searched: Whether pathways are searched.
      modality: The only one that it can learn; empty where that does not matter.
      needs_segments: Whether clips must be segments, not vectors.
      needs_large_faces: Whether faces must be large enough for `face_vectors`.
      feature_set: OpenSMILE's set that it learns from; empty of others.
      takes_alexnet_weights: Whether it starts from --alexnet_weights where given.
      network_check: Refuses networks or training that it cannot take; none where it
        takes all of them. Told before TensorFlow is imported.
    """

    summary: str
    start: str = ""
    learns_sources: bool = False
    baseline: str = ""
    needs_source: bool = False
    starts_from_source: bool = False
    is_searched: bool = False
    modality: str = ""
    needs_segments: bool = False
    needs_large_faces: bool = False
    feature_set: str = ""
    takes_alexnet_weights: bool = False
    network_check: Callable[[PathNetSettings, TrainingSettings], None] | None = None

    @property
    def is_network(self) -> bool:
        """Whether pathways of a PathNet learn."""
        return not self.baseline

    @property
    def is_exportable(self) -> bool:
        """Whether a SavedModel can be made of what it learns."""
        return bool(self.start)

    def require_network(
        self, network: PathNetSettings, training: TrainingSettings
    ) -> None:
        """Checks that the method can take a network and its training.

        Args:
          network: Sizes of the network of the sources.
          training: How all methods are trained.

        Raises:
          UsageError: It cannot.
        """
        if self.network_check:
            self.network_check(network, training)


def imported(name: str) -> Any:
    """Imports a function that an entry names.

    Args:
      name: A module of this package, a dot, and the function.

    Returns:
      The function.
    """
    module, function = name.split(".")
    return getattr(importlib.import_module(f"pathnet_tf.methods.{module}"), function)


def require_column(network: PathNetSettings, training: TrainingSettings) -> None:
    """Checks that a network is one beside which a column can stand.

    Args:
      network: Sizes of the source's network.
      training: How all methods are trained.

    Raises:
      UsageError: Its modules are not dense and of one width, it pools or is read out
        otherwise, or is trained by more than plain SGD.
    """
    is_even = len(set(network.layer_units)) == 1
    if network.module != "dense" or network.pooling != "mean" or not is_even:
        raise UsageError(
            "--method=progressive is there for --module=dense, one --module_units for "
            "all layers and --pooling=mean alone. Received: "
            f"--module={network.module} "
            f"--module_units={','.join(map(str, dict.fromkeys(network.layer_units)))} "
            f"--pooling={network.pooling}"
        )
    if not training.is_plain or training.ensemble > 1 or network.readout != "last":
        raise UsageError(
            "--method=progressive reads the last layer out and learns by plain SGD "
            "alone; leave it out, or the switches of training and --readout=all"
        )


METHODS = {
    "transfer": Method(
        summary="PathNet: the sources' pathways are frozen and stay active, another "
        "one is searched beside them",
        start="initial_network.start_transfer",
        needs_source=True,
        starts_from_source=True,
        is_searched=True,
    ),
    "scratch": Method(
        summary="the same search in an untrained network",
        start="initial_network.start_scratch",
        is_searched=True,
    ),
    "scratch_wide": Method(
        summary="as scratch, with as many active modules as transfer has frozen and "
        "searched",
        start="initial_network.start_scratch_wide",
        needs_source=True,
        is_searched=True,
    ),
    "random_frozen": Method(
        summary="as transfer, with frozen pathways that were drawn and have learned "
        "nothing",
        start="initial_network.start_random_frozen",
        needs_source=True,
        is_searched=True,
    ),
    "fixed_pathway": Method(
        summary="as transfer, with a pathway that is drawn once and trained, not "
        "searched",
        start="initial_network.start_fixed_pathway",
        needs_source=True,
        starts_from_source=True,
    ),
    "finetune": Method(
        summary="the sources' pathways are trained on, nothing is frozen or searched",
        start="initial_network.start_finetune",
        needs_source=True,
        starts_from_source=True,
    ),
    "joint": Method(
        summary="sources and target as one task with a head each, by one search with "
        "as many active modules as transfer has frozen and searched",
        learns_sources=True,
        needs_source=True,
        is_searched=True,
    ),
    "mlp": Method(
        summary="a dense network of as many layers and parameters as transfer has "
        "active, untrained at first",
        start="initial_network.start_mlp",
        needs_source=True,
    ),
    "progressive": Method(
        summary="a progressive network: a column for the target beside the sources' "
        "pathway, whose activations it sees and which stays frozen",
        baseline="progressive.learn_progressive",
        needs_source=True,
        starts_from_source=True,
        network_check=require_column,
    ),
    "alexnet": Method(
        summary="AlexNet on the input resized to 227 x 227, from --alexnet_weights if "
        "given",
        baseline="alexnet_training.learn_alexnet",
        needs_segments=True,
        takes_alexnet_weights=True,
    ),
    "alexnet_average": Method(
        summary="a linear SVM on the features of that AlexNet, averaged over a clip",
        baseline="alexnet_training.learn_alexnet_average",
        needs_segments=True,
        takes_alexnet_weights=True,
    ),
    "mel_svm": Method(
        summary="a linear SVM on means, deviations and percentiles of a clip's log-mel "
        "frames",
        baseline="svm.learn_mel_svm",
        modality="speech",
    ),
    "egemaps_svm": Method(
        summary="a linear SVM on the 88 eGeMAPS functionals of a clip, from "
        "--functionals",
        baseline="svm.learn_egemaps_svm",
        modality="speech",
        feature_set="egemaps",
    ),
    "compare_svm": Method(
        summary="a linear SVM on the 6373 ComParE functionals of a clip, from "
        "--functionals",
        baseline="svm.learn_compare_svm",
        modality="speech",
        feature_set="compare",
    ),
    "hog_svm": Method(
        summary="a linear SVM on the histograms of oriented gradients of a clip's "
        "faces",
        baseline="svm.learn_hog_svm",
        modality="face",
        needs_large_faces=True,
    ),
    "pixel_svm": Method(
        summary="a linear SVM on the grey pixels of a clip's faces",
        baseline="svm.learn_pixel_svm",
        modality="face",
    ),
    "svm": Method(
        summary="a linear SVM on what the network sees: the vector of a clip, or the "
        "mean of its segments",
        baseline="svm.learn_svm",
    ),
    "majority": Method(
        summary="says of every clip what most training clips are",
        baseline="baselines.learn_majority",
    ),
    "chance": Method(
        summary="says of every clip what the dice say",
        baseline="baselines.guess",
    ),
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
