"""A layer of modules, of which a genotype says which are active.

    y = sum_m mask[m] f_m(x) / sum_m mask[m]

`mask` marks the modules that the genotype names, each once, and those that are always
active because an earlier task froze them.

Reference: Fernando et al. 2017, section 2.1; the paper, section 3.3.1.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pathnet_tf.network.modules import (
    ConvModule,
    DenseModule,
    ModuleWeights,
    average_modules,
)
from pathnet_tf.network.settings import AGGREGATIONS


class PathNetLayer(keras.layers.Layer):
    """Averages the active modules; the others cost nothing.

    Attributes:
      path_modules: The modules. `path_modules[m].trainable = False` freezes one: no
        optimizer moves it and no gradient is computed for it. `PathNet.fit` sees a
        later change; in a model of another class, compile again after it.
      genotype: int32 variable `[num_active]`, the modules of the current pathway.
        Assigning to it is seen by graphs that were traced before.
      always_active: float32 variable `[num_modules]`, 1 for a module that is active
        whatever the genotype says.
    """

    def __init__(
        self,
        num_modules: int,
        module_units: int,
        num_active: int,
        aggregation: str = "mean_active",
        *,
        kernel_size: tuple[int, ...] = (),
        stride: tuple[int, ...] = (),
        pool_size: tuple[int, ...] = (),
        **kwargs: Any,
    ) -> None:
        """Makes the modules.

        Args:
          num_modules: Modules, M.
          module_units: Linear units of a module.
          num_active: Genes, N.
          aggregation: See `PathNetSettings`.
          kernel_size: Rows and columns of a convolution's window; modules are dense
            without it.
          stride: Steps of the window, by rows and columns; 1 without it.
          pool_size: Rows and columns of the pools whose maxima stand for the average of
            the modules; none without it.
          **kwargs: See `keras.layers.Layer`.
        """
        super().__init__(**kwargs)
        for name, value in (("num_modules", num_modules), ("num_active", num_active)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1. Received: {name}={value}")
        if aggregation not in AGGREGATIONS:
            raise ValueError(
                f"aggregation must be one of {AGGREGATIONS}. "
                f"Received: aggregation={aggregation!r}"
            )
        self.num_modules = num_modules
        self.module_units = module_units
        self.num_active = num_active
        self.aggregation = aggregation
        self.kernel_size = tuple(kernel_size)
        self.stride = tuple(stride) or (1,) * len(self.kernel_size)
        self.pool_size = tuple(pool_size) or (1,) * len(self.kernel_size)
        self.path_modules = [self._new_module(m) for m in range(num_modules)]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Builds every module for inputs `[batch, num_inputs]`, or images."""
        for module in self.path_modules:
            module.build(input_shape)
        self.genotype = self.add_weight(
            shape=(self.num_active,),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            name="genotype",
        )
        self.always_active = self.add_weight(
            shape=(self.num_modules,),
            initializer="zeros",
            trainable=False,
            name="always_active",
        )

    def mask(self) -> tf.Tensor:
        """float32 `[num_modules]`, 1 for an active module."""
        named = tf.one_hot(self.genotype, self.num_modules)
        return tf.maximum(tf.reduce_max(named, axis=0), self.always_active)

    def active_modules(self) -> list[int]:
        """Indices of the active modules, ascending."""
        return np.flatnonzero(self.mask().numpy()).tolist()

    def kernels_of(self, modules: Sequence[int]) -> tf.Tensor:
        """Kernels side by side: float32 `[..., num_inputs, num_modules * units]`."""
        if not modules:
            return tf.zeros([*self.path_modules[0].kernel.shape[:-1], 0])
        return _side_by_side([self.path_modules[m].kernel.value for m in modules])

    def biases_of(self, modules: Sequence[int]) -> tf.Tensor:
        """Biases side by side: float32 `[num_modules * units]`."""
        if not modules:
            return tf.zeros([0])
        return _side_by_side([self.path_modules[m].bias.value for m in modules])

    def weights_of(self, modules: Sequence[int]) -> ModuleWeights:
        """Copies the weights of some modules, side by side in the order given."""
        return ModuleWeights(self.kernels_of(modules), self.biases_of(modules))

    def assign(
        self, modules: Sequence[int], kernel: tf.Tensor | None, bias: tf.Tensor
    ) -> None:
        """Gives modules weights that stand side by side, as `weights_of` gave them.

        Args:
          modules: Indices.
          kernel: float32 `[..., num_inputs, num_modules * units]`; none leaves kernels.
          bias: float32 `[num_modules * units]`.
        """
        if not modules:
            return
        for name, values in (("kernel", kernel), ("bias", bias)):
            if values is not None:
                parts = tf.split(values, len(modules), axis=-1)
                for m, part in zip(modules, parts, strict=True):
                    # Keras' own `assign` takes several times as long.
                    variable = getattr(self.path_modules[m], name).value
                    variable.assign(part, read_value=False)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps float32 `[batch, num_inputs]` to `[batch, module_units]`.

        Or `[batch, rows, columns, channels]` to `[batch, rows, columns, module_units]`,
        of which stride and pools leave fewer rows and columns.
        """
        mask = self.mask()
        shape = self.path_modules[0].compute_output_shape(tuple(inputs.shape))
        groups = []
        for are_trainable in (True, False):
            modules = [
                m
                for m, module in enumerate(self.path_modules)
                if module.trainable == are_trainable
            ]
            if modules:
                groups.append(self._active_weights(modules, mask, are_trainable))
        return average_modules(
            inputs,
            groups,
            self.divisor(tf.reduce_sum(mask)),
            units=self.module_units,
            stride=self.stride,
            pool_size=self.pool_size,
            # Nothing, of the size of a sum: either group may be empty.
            known_sum=tf.zeros([tf.shape(inputs)[0], *shape[1:]], inputs.dtype),
        )

    def divisor(self, num_active: tf.Tensor | float) -> tf.Tensor | float:
        """What the sum over the active modules is divided by.

        Args:
          num_active: How many modules are active: float32, a scalar.

        Returns:
          A scalar.
        """
        if self.aggregation == "mean_active":
            return num_active
        return float(self.num_modules) if self.aggregation == "mean_all" else 1.0

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        """Shape of the output for a shape of the input."""
        batch, *places, units = self.path_modules[0].compute_output_shape(input_shape)
        pooled = [
            None if size is None else size // pool
            for size, pool in zip(places, self.pool_size, strict=True)
        ]
        return (batch, *pooled, units)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make this layer again."""
        return super().get_config() | {
            "num_modules": self.num_modules,
            "module_units": self.module_units,
            "num_active": self.num_active,
            "aggregation": self.aggregation,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "pool_size": self.pool_size,
        }

    def _active_weights(
        self, modules: Sequence[int], mask: tf.Tensor, are_trainable: bool
    ) -> ModuleWeights:
        """Weights of the modules whose mask is 1, which a graph finds out when it runs.

        The weights of other modules are not read. A frozen module's weights let no
        gradient through: leaving them out of the optimizer alone would still have it
        computed.

        Args:
          modules: Indices to choose from.
          mask: float32 `[num_modules]`.
          are_trainable: Whether these modules train.

        Returns:
          The weights side by side, kernel `[..., num_inputs, num_chosen * units]`.
        """
        chosen = [self.path_modules[m] for m in modules]
        active = [mask[m] > 0 for m in modules]
        weights = ModuleWeights(
            _side_by_side(
                [_if(a, m.kernel) for a, m in zip(active, chosen, strict=True)]
            ),
            _side_by_side(
                [_if(a, m.bias) for a, m in zip(active, chosen, strict=True)]
            ),
        )
        if are_trainable:
            return weights
        return ModuleWeights(*(tf.stop_gradient(one) for one in weights))

    def _new_module(self, number: int) -> DenseModule:
        name = f"module_{number}"
        if not self.kernel_size:
            return DenseModule(self.module_units, name=name)
        return ConvModule(self.module_units, self.kernel_size, self.stride, name=name)


def _side_by_side(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """Joins weights `[..., units]` of modules to `[..., num_modules * units]`."""
    return tf.concat(parts, axis=-1)


def _if(is_active: tf.Tensor, weight: keras.Variable) -> tf.Tensor:
    """A weight `[..., units]`, or `[..., 0]` without reading it."""
    return tf.cond(
        is_active,
        lambda: tf.identity(weight.value),
        lambda: tf.zeros([*weight.shape[:-1], 0]),
    )
