"""PathNet: layers of modules and one output head a task."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from pathnet_tf.network.modules import DenseModule
from pathnet_tf.network.pathnet_layer import PathNetLayer
from pathnet_tf.network.pooling import pool_samples, pooled_width
from pathnet_tf.network.settings import PathNetSettings


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

    def readout_weights(self, task: str) -> dict[str, keras.Variable]:
        """Weights of a task's head, and of its attention if it has one, by name.

        The head's kernel is float32 `[width, num_classes]`, its bias `[num_classes]`,
        the attention's kernel `[width, 1]`.
        """
        head = self.heads[task]
        weights = {"head/kernel": head.kernel, "head/bias": head.bias}
        if task in self.attentions:
            weights["attention/kernel"] = self.attentions[task].kernel
        return weights

    def readout_parameters(self, task: str) -> int:
        """Counts the weights of a task's head, and of its attention if it has one."""
        attention = self.attentions.get(task)
        return self.heads[task].count_params() + (
            0 if attention is None else attention.count_params()
        )

    def parameters_of(self, task: str, modules: Sequence[Collection[int]]) -> int:
        """Counts the weights of some modules of each layer, and of a task's readout."""
        return self.readout_parameters(task) + sum(
            layer.path_modules[m].count_params()
            for layer, places in zip(self.pathnet_layers, modules, strict=True)
            for m in places
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


def _copy_module(module: DenseModule, copy: DenseModule) -> None:
    copy.set_weights(module.get_weights())
    copy.trainable = module.trainable
