"""Between tasks the best pathway is frozen and everything else is drawn anew.

Reference: Fernando et al. 2017, section 2.5; the paper, section 3.3.2.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from pathnet_tf.network.genotype import to_mask
from pathnet_tf.network.modules import glorot_uniform
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Pathway:
    """The modules that answered for a task when it had been learned.

    Attributes:
      task: Name of the task, and of its head.
      genotype: int32 `[num_layers, num_active]`, the best pathway.
      always_active: float32 `[num_layers, num_modules]`, the modules frozen by
        earlier tasks, which were active beside it.
    """

    task: str
    genotype: np.ndarray
    always_active: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "task": self.task,
            "genotype": self.genotype.tolist(),
            "always_active": [
                np.flatnonzero(row).tolist() for row in self.always_active
            ],
            "num_modules": self.always_active.shape[1],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Pathway":
        """Makes a pathway again from what `to_json` gave."""
        num_modules = content["num_modules"]
        return cls(
            content["task"],
            np.array(content["genotype"], np.int32),
            np.stack([to_mask(row, num_modules) for row in content["always_active"]]),
        )


def current_pathway(model: PathNet, task: str, genotype: np.ndarray) -> Pathway:
    """Describes a task's pathway in the network as it now is.

    Args:
      model: The network.
      task: The task.
      genotype: int32 `[num_layers, num_active]`.

    Returns:
      The pathway, with the modules that are always active now.
    """
    always_active = [layer.always_active.numpy() for layer in model.pathnet_layers]
    return Pathway(task, np.array(genotype, np.int32), np.stack(always_active))


def activate(model: PathNet, pathway: Pathway) -> None:
    """Makes a task's pathway the current one, as it was when the task was learned."""
    for layer, genes, always in zip(
        model.pathnet_layers, pathway.genotype, pathway.always_active, strict=True
    ):
        layer.genotype.assign(genes)
        # A network that has grown since has modules the pathway does not know.
        layer.always_active.assign(np.pad(always, (0, layer.num_modules - len(always))))


def freeze(model: PathNet, genotype: np.ndarray) -> None:
    """Freezes a pathway for good and keeps it active in every pathway to come.

    Args:
      model: The network.
      genotype: int32 `[num_layers, num_active]`.
    """
    for layer, genes in zip(model.pathnet_layers, genotype, strict=True):
        mask = to_mask(genes, layer.num_modules)
        for m in np.flatnonzero(mask):
            layer.path_modules[m].trainable = False
        layer.always_active.assign(np.maximum(layer.always_active.numpy(), mask))


def thaw(model: PathNet) -> None:
    """Makes every module free again; what a pathway names is what is active.

    Args:
      model: The network.
    """
    for layer in model.pathnet_layers:
        for module in layer.path_modules:
            module.trainable = True
        layer.always_active.assign(np.zeros(layer.num_modules, np.float32))


def num_free_modules(model: PathNet, num_named: int | None = None) -> list[int]:
    """Counts the modules of each layer that are not frozen.

    Args:
      model: The network.
      num_named: Counts only the first so many, those that genes may name.

    Returns:
      A count a layer.
    """
    return [
        sum(module.trainable for module in layer.path_modules[:num_named])
        for layer in model.pathnet_layers
    ]


def require_free_modules(model: PathNet, task: str, num_named: int) -> None:
    """Refuses a task that would find nothing left to learn with.

    Args:
      model: The network.
      task: The task about to be learned.
      num_named: Modules a layer that genes may name.

    Raises:
      UsageError: All of them are frozen in some layer.
    """
    for index, count in enumerate(num_free_modules(model, num_named)):
        if count == 0:
            raise UsageError(
                f"Every module of layer {index + 1} that genes may name is frozen, "
                f"nothing is left for task {task} to learn with; raise --num_modules "
                "or --grow_modules, or leave --genotype_max at 0"
            )


def draw_anew(model: PathNet, task: str, rng: np.random.Generator) -> None:
    """Draws every free module and the task's head again; the frozen ones stay.

    Args:
      model: The network.
      task: The task about to be learned, whose head is drawn.
      rng: Source of randomness. Frozen modules take their share of the stream too,
        so that a free module's weights do not depend on what is frozen beside it.
    """
    for layer in model.pathnet_layers:
        for module in layer.path_modules:
            own = np.random.default_rng(rng.integers(2**63))
            if module.trainable:
                module.draw_anew(own)
    head = model.heads[task]
    assert isinstance(head, keras.layers.Dense)
    head.kernel.assign(glorot_uniform(rng, head.kernel.shape))
    head.bias.assign(np.zeros(head.bias.shape, np.float32))
    if attention := model.attentions.get(task):
        attention.kernel.assign(np.zeros(attention.kernel.shape, np.float32))


def begin_head(model: PathNet, task: str, other: str) -> None:
    """Lets a task's head begin as another one's, where their classes are the same.

    Args:
      model: The network, whose head of `task` has been drawn.
      task: The task about to be learned.
      other: A task that has been learned.
    """
    head, learned = model.heads[task], model.heads[other]
    kernel, bias = head.kernel.numpy(), head.bias.numpy()
    for place, name in enumerate(model.tasks[task]):
        if name in model.tasks[other]:
            known = model.tasks[other].index(name)
            kernel[:, place] = learned.kernel.numpy()[:, known]
            bias[place] = learned.bias.numpy()[known]
    head.set_weights([kernel, bias])
    if attention := model.attentions.get(task):
        attention.set_weights(model.attentions[other].get_weights())
