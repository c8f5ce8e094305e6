"""What each method starts from when it learns a target."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.methods.registry import METHODS, imported
from pathnet_tf.methods.settings import TARGET_TASK, JobSettings, network_folder
from pathnet_tf.network.freezing import Pathway, draw_anew, freeze
from pathnet_tf.network.genotype import draw
from pathnet_tf.network.pathnet import PathNet, grown
from pathnet_tf.network.saving import load_network
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.reproducibility import stream
from pathnet_tf.search.settings import LearningSettings


@dataclasses.dataclass(frozen=True, eq=False)
class InitialNetwork:
    """A network about to learn a task.

    Attributes:
      model: The network; pathways of earlier tasks are frozen.
      learning: How the task is learned.
      genotype: int32 `[num_layers, num_active]`, the pathway to train; without one a
        pathway is searched.
      thaws: Whether frozen modules are trained on too.
      pathways: Those of the source tasks that the network has learned.
      head_of: The source task whose head the new task's head begins as; without one
        the new head is drawn.
    """

    model: PathNet
    learning: LearningSettings
    genotype: np.ndarray | None = None
    thaws: bool = False
    pathways: Sequence[Pathway] = ()
    head_of: str | None = None


def make_initial_network(
    settings: JobSettings, target: Dataset, method: str, repeat: int, fold: str
) -> InitialNetwork:
    """Makes the network that a method starts from.

    Args:
      settings: The experiment's.
      target: The target dataset.
      method: One of `registry.METHODS` that has a `start`.
      repeat: From 0.
      fold: Name of the fold.

    Returns:
      The network, the same whenever it is made.
    """
    made: InitialNetwork = imported(METHODS[method].start)(
        settings, target, repeat, fold
    )
    return made


def start_transfer(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from the sources' network, whose pathways are frozen."""
    del target, fold
    model, pathways = load_network(network_folder(settings.run_dir, repeat))
    return InitialNetwork(
        grown(model, settings.grow_modules),
        settings.learning,
        pathways=pathways,
        head_of=_head_of(settings, pathways),
    )


def start_scratch(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from an untrained network."""
    del repeat, fold
    return InitialNetwork(_untrained(settings.network, target), settings.learning)


def start_scratch_wide(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from an untrained network with more active modules."""
    del repeat, fold
    return InitialNetwork(_untrained(wide_network(settings), target), settings.learning)


def start_random_frozen(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from an untrained network with frozen pathways, drawn at random."""
    del fold
    model = _untrained(settings.network, target)
    rng = stream(settings.seed, "random frozen", repeat)
    draw_anew(model, TARGET_TASK, rng)
    for _ in range(settings.num_source_tasks):
        space = settings.learning.space(model.settings)
        freeze(model, draw(space, rng))
        model = grown(model, settings.grow_modules)
    return InitialNetwork(model, settings.learning)


def start_fixed_pathway(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts as transfer does, with a pathway that is drawn, not searched."""
    began = start_transfer(settings, target, repeat, fold)
    space = settings.learning.space(began.model.settings)
    rng = stream(settings.seed, "fixed pathway", fold, repeat)
    return dataclasses.replace(began, genotype=draw(space, rng))


def start_finetune(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from the sources' network, whose pathways are trained on."""
    del target, fold
    model, pathways = load_network(network_folder(settings.run_dir, repeat))
    genotype = np.concatenate([one.genotype for one in pathways], axis=1)
    model = grown(model, 0, num_active=genotype.shape[1])
    return InitialNetwork(
        model,
        settings.learning,
        genotype,
        thaws=True,
        pathways=pathways,
        head_of=_head_of(settings, pathways),
    )


def start_mlp(
    settings: JobSettings, target: Dataset, repeat: int, fold: str
) -> InitialNetwork:
    """Starts from an untrained dense network, which is a single pathway."""
    del repeat, fold
    network = dense_network(settings.network, settings.num_source_tasks + 1)
    learning = dataclasses.replace(settings.learning, genotype_max=0)
    genotype = np.zeros((network.num_layers, 1), np.int32)
    return InitialNetwork(_untrained(network, target), learning, genotype)


def _head_of(settings: JobSettings, pathways: Sequence[Pathway]) -> str | None:
    """The last source task, if the target's head is to begin as the source's."""
    return pathways[-1].task if settings.head == "source" else None


def wide_network(settings: JobSettings) -> PathNetSettings:
    """Sizes of a network with as many active modules as transfer has in all."""
    num_active = settings.network.num_active * (settings.num_source_tasks + 1)
    return dataclasses.replace(settings.network, num_active=num_active)


def dense_network(network: PathNetSettings, num_pathways: int) -> PathNetSettings:
    """Sizes of a dense network with as many parameters as pathways have.

    Args:
      network: Sizes of the PathNet.
      num_pathways: Pathways whose modules are active together.

    Returns:
      One module a layer, as wide as fits into the same number of parameters.
    """
    most = num_pathways * network.pathway_parameters()

    def of_width(units: int) -> PathNetSettings:
        return dataclasses.replace(
            network, module="dense", num_modules=1, num_active=1, module_units=units
        )

    # a U^2 + b U - most = 0, heads apart.
    a, b = network.num_layers - 1, network.num_inputs + network.num_layers
    units = most / b if not a else (np.sqrt(b * b + 4 * a * most) - b) / (2 * a)
    return of_width(max(1, int(units + 1e-9)))


def _untrained(network: PathNetSettings, target: Dataset) -> PathNet:
    return PathNet(network, {TARGET_TASK: target.emotions})
