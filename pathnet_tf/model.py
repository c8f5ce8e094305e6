"""PathNet: layers of modules and one output head a task."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from pathnet_tf.clip_pooling import POOLINGS, pool_samples, pooled_width
from pathnet_tf.errors import UsageError
from pathnet_tf.layer_plan import MODULES, LayerPlan, plan_layers
from pathnet_tf.path_module import DenseModule
from pathnet_tf.pathnet_layer import AGGREGATIONS, PathNetLayer

READOUTS = ("last", "all")
PerLayer = int | tuple[int, ...]
"""A number for all layers, or one for each."""


@dataclasses.dataclass(frozen=True)
class PathNetSettings:
    """Sizes of a PathNet.

    Attributes:
      input_shape: Shape of one segment.
      num_layers: Layers, L.
      num_modules: Modules a layer, M.
      module_units: Linear units of a module, in all layers or in each.
      num_active: Genes a layer, N.
      aggregation: `mean_active` divides the sum of the active modules' outputs by
        their number, `mean_all` by `num_modules`, `sum` not at all.
      module: Kind of the modules, one of `layer_plan.MODULES`.
      kernel_size: Rows and columns, or frames, that a convolution sees; in all layers
        or in each, as the next two.
      stride: Step of a convolution.
      pool_size: Rows and columns, or frames, of a pool; 1 for none.
      pooling: How frames and segments become one vector for the head, one of
        `clip_pooling.POOLINGS`. Frames are those of `time_conv`; of other modules a
        segment is one.
      readout: Whether the head sees what the `last` layer gives, or `all` of them side
        by side.

    Raises:
      UsageError: A value is out of its range.
    """

    input_shape: tuple[int, ...] = (64, 64, 3)
    num_layers: int = 3
    num_modules: int = 20
    module_units: PerLayer = 20
    num_active: int = 4
    aggregation: str = "mean_active"
    module: str = "dense"
    kernel_size: PerLayer = 3
    stride: PerLayer = 1
    pool_size: PerLayer = 1
    pooling: str = "mean"
    readout: str = "last"

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("num_layers", "num_modules", "num_active"):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} must be at least 1. Received: {name}={getattr(self, name)}"
                )
        for name in ("module_units", "kernel_size", "stride", "pool_size"):
            self._check_per_layer(name)
        for name, choices in (
            ("aggregation", AGGREGATIONS),
            ("module", tuple(MODULES)),
            ("pooling", POOLINGS),
            ("readout", READOUTS),
        ):
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"{name} must be one of {choices}. "
                    f"Received: {name}={getattr(self, name)!r}"
                )

    @property
    def num_inputs(self) -> int:
        """Values of one segment."""
        return math.prod(self.input_shape)

    @property
    def layer_units(self) -> tuple[int, ...]:
        """Linear units of a module in each layer."""
        return self._per_layer("module_units")

    def layer_plans(self) -> list[LayerPlan]:
        """Shapes of each layer.

        Raises:
          UsageError: Pooling leaves nothing.
        """
        sizes = [self._per_layer(n) for n in ("kernel_size", "stride", "pool_size")]
        return plan_layers(self.module, self.input_shape, self.layer_units, *sizes)

    def features_shape(self) -> tuple[int, int]:
        """Frames of a segment as the head sees them, and values of each.

        Raises:
          UsageError: All layers are read out and do not have the same frames.
        """
        shapes = [plan.output_shape for plan in self.layer_plans()]
        if self.readout == "last":
            shapes = shapes[-1:]
        keeps_frames = MODULES[self.module].keeps_frames
        num_frames = {shape[0] if keeps_frames else 1 for shape in shapes}
        if len(num_frames) > 1:
            raise UsageError(
                "readout=all needs as many frames after every layer; give the first "
                f"layer alone a stride. Received: frames={sorted(num_frames)}"
            )
        (frames,) = num_frames
        return frames, sum(map(math.prod, shapes)) // frames

    def join_features(self, outputs: Sequence[tf.Tensor]) -> tf.Tensor:
        """What the head sees of the layers.

        Args:
          outputs: What each layer gives, `[batch, *output_shape]`.

        Returns:
          float32 `[batch, frames, width]`.
        """
        frames, width = self.features_shape()
        if self.readout == "last":
            return tf.reshape(outputs[-1], [-1, frames, width])
        batch = tf.shape(outputs[0])[0]
        parts = [tf.reshape(one, [batch, frames, -1]) for one in outputs]
        joined = tf.concat(parts, axis=2)
        joined.set_shape([None, frames, width])
        return joined

    def module_parameters(self) -> list[int]:
        """Parameters of one module in each layer."""
        return [plan.module_parameters for plan in self.layer_plans()]

    def pathway_parameters(self) -> int:
        """Parameters of a pathway of distinct modules, heads apart."""
        distinct = min(self.num_active, self.num_modules)
        return distinct * sum(self.module_parameters())

    def network_parameters(self) -> int:
        """Parameters of all modules, heads apart."""
        return self.num_modules * sum(self.module_parameters())

    def parameter_lines(self) -> list[str]:
        """Counts of parameters: one pathway, the network, and AlexNet beside them."""
        pathway, alexnet = self.pathway_parameters(), alexnet_parameters()
        dense = PathNetSettings(self.input_shape).pathway_parameters()
        beside = f", {pathway / dense:.0%} of the paper's" if pathway != dense else ""
        return [
            f"One pathway   {pathway:>11,} parameters, head apart{beside}",
            f"Whole network {self.network_parameters():>11,} parameters, heads apart",
            f"AlexNet       {alexnet:>11,} parameters at 1,000 classes, "
            f"{alexnet / pathway:.0f} times one pathway",
        ]

    def _per_layer(self, name: str) -> tuple[int, ...]:
        value = getattr(self, name)
        return (value,) * self.num_layers if isinstance(value, int) else tuple(value)

    def _check_per_layer(self, name: str) -> None:
        values = self._per_layer(name)
        if len(values) != self.num_layers:
            raise UsageError(
                f"{name} must be one number, or one for each of {self.num_layers} "
                f"layers. Received: {name}={','.join(map(str, values))}"
            )
        if min(values) < 1:
            raise UsageError(
                f"{name} must be at least 1. "
                f"Received: {name}={','.join(map(str, dict.fromkeys(values)))}"
            )


class PathNet(keras.Model):
    """Layers of modules, and for each task a linear output head of its own.

    Attributes:
      settings: The sizes.
      tasks: Class names of each task, in the order in which tasks are learned.
      pathnet_layers: The layers.
      heads: A dense layer of logits for each task, never shared or overwritten.
      attentions: Where frames are pooled by attention, what scores them for each task.
    """

    def __init__(
        self,
        settings: PathNetSettings | Mapping[str, Any],
        tasks: Mapping[str, Sequence[str]],
        **kwargs: Any,
    ) -> None:
        # A name drawn from a counter would stand in files of weights.
        super().__init__(**{"name": "pathnet", **kwargs})
        if not isinstance(settings, PathNetSettings):
            # JSON has lists where settings have tuples.
            known: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in settings.items()
            }
            settings = PathNetSettings(**known)
        if not tasks:
            raise ValueError("tasks must name at least one task. Received: none")
        self.settings = settings
        self.tasks = {task: tuple(classes) for task, classes in tasks.items()}
        self.pathnet_layers = [
            PathNetLayer(
                settings.num_modules,
                plan.units,
                settings.num_active,
                settings.aggregation,
                kernel_size=plan.kernel_shape[:-2],
                stride=plan.stride,
                pool_size=plan.pool_size,
                name=f"layer_{index}",
            )
            for index, plan in enumerate(settings.layer_plans())
        ]
        self.heads = {
            # Drawn when its task begins; Keras' own draws would differ from run to run.
            task: keras.layers.Dense(
                len(classes), kernel_initializer="zeros", name=f"head_{number}"
            )
            for number, (task, classes) in enumerate(self.tasks.items())
        }
        self.attentions = {
            # Of zeros: every frame counts alike before anything is learned.
            task: keras.layers.Dense(
                1, use_bias=False, kernel_initializer="zeros", name=f"attention_{i}"
            )
            for i, task in enumerate(self.tasks)
            if settings.pooling == "attention"
        }
        self.build((None, *settings.input_shape))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights of every layer and head."""
        del input_shape  # The settings fix it.
        plans = self.settings.layer_plans()
        for layer, plan in zip(self.pathnet_layers, plans, strict=True):
            layer.build((None, *plan.input_shape))
        _, width = self.settings.features_shape()
        for head in self.heads.values():
            head.build((None, pooled_width(width, self.settings.pooling)))
        for attention in self.attentions.values():
            attention.build((None, width))
        self.built = True

    def call(self, inputs: tf.Tensor, task: str | None = None) -> tf.Tensor:
        """Computes a task's logits along the current pathway, each segment by itself.

        Args:
          inputs: float32 `[batch, *input_shape]`.
          task: The task whose head answers; by default the last one.

        Returns:
          float32 `[batch, num_classes]`.
        """
        task = task or next(reversed(self.tasks))
        hidden = tf.reshape(inputs, [-1, *self.settings.layer_plans()[0].input_shape])
        outputs = []
        for layer in self.pathnet_layers:
            hidden = layer(hidden)
            outputs.append(hidden)
        features = self.settings.join_features(outputs)
        attention = self.attentions.get(task)
        alone = tf.range(tf.shape(features)[0])
        pooled = pool_samples(
            features,
            alone,
            self.settings.pooling,
            None if attention is None else attention.kernel.value,
        )
        return self.heads[task](pooled)

    def readout_parameters(self, task: str) -> int:
        """Counts the weights of a task's head, and of its attention if it has one."""
        attention = self.attentions.get(task)
        return self.heads[task].count_params() + (
            0 if attention is None else attention.count_params()
        )

    def make_train_function(self, force: bool = False) -> Callable[..., Any]:
        """Traces a training step; anew when modules were frozen or thawed since.

        Keras goes on with the step that it traced first, in which `trainable` is what
        it then was.
        """
        frozen = [
            module.trainable
            for layer in self.pathnet_layers
            for module in layer.path_modules
        ]
        is_changed = frozen != getattr(self, "_trainable_when_traced", frozen)
        self._trainable_when_traced = frozen
        return super().make_train_function(force=force or is_changed)

    def summary(self, *args: Any, **kwargs: Any) -> None:
        """Prints Keras' table and the counts of parameters."""
        super().summary(*args, **kwargs)
        print_line: Callable[[str], None] = kwargs.get("print_fn") or print
        for line in self.settings.parameter_lines():
            print_line(line)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make this model again."""
        return {"settings": dataclasses.asdict(self.settings), "tasks": self.tasks}


def grown(model: PathNet, num_more: int, *, num_active: int | None = None) -> PathNet:
    """Makes a copy of a model with more modules in every layer.

    Args:
      model: The model; it is left as it is.
      num_more: Modules to add to each layer, >= 0.
      num_active: Genes a layer of the copy; as many as before if not given.

    Returns:
      A model whose first modules, heads and freezing are the old ones and whose new
      modules are free; the genotype is the old one if it is as long.

    Raises:
      ValueError: `num_more` is negative.
    """
    if num_more < 0:
        raise ValueError(f"num_more must not be negative. Received: {num_more}")
    settings = dataclasses.replace(
        model.settings,
        num_modules=model.settings.num_modules + num_more,
        num_active=num_active or model.settings.num_active,
    )
    larger = PathNet(settings, model.tasks)
    for old, new in zip(model.pathnet_layers, larger.pathnet_layers, strict=True):
        for module, copy in zip(old.path_modules, new.path_modules, strict=False):
            _copy_module(module, copy)
        if settings.num_active == model.settings.num_active:
            new.genotype.assign(old.genotype)
        new.always_active.assign(tf.pad(old.always_active.value, [[0, num_more]]))
    for task, head in model.heads.items():
        larger.heads[task].set_weights(head.get_weights())
    for task, attention in model.attentions.items():
        larger.attentions[task].set_weights(attention.get_weights())
    return larger


def alexnet_parameters(num_classes: int = 1000) -> int:
    """Parameters of AlexNet with its grouped convolutions.

    Args:
      num_classes: Width of the last layer.

    Returns:
      60,965,224 for 1,000 classes.

    Reference: Krizhevsky et al. 2012, section 3.5.
    """
    # (inputs that one unit sees, units) of each convolution and dense layer.
    layers = (
        (11 * 11 * 3, 96),
        (5 * 5 * 48, 256),
        (3 * 3 * 256, 384),
        (3 * 3 * 192, 384),
        (3 * 3 * 192, 256),
        (6 * 6 * 256, 4096),
        (4096, 4096),
        (4096, num_classes),
    )
    return sum((inputs + 1) * units for inputs, units in layers)


def _copy_module(module: DenseModule, copy: DenseModule) -> None:
    copy.set_weights(module.get_weights())
    copy.trainable = module.trainable
