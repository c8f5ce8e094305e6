"""The modules of one layer stacked in one array while candidates train.

A candidate's modules are worked on side by side, as two matrix products:

    sum_m relu(x K_m + b_m) / d = relu(x [K_1 | K_2 | ...] + [b_1 | b_2 | ...]) S

where S is identity matrices one below the other, divided by d.

They are gathered from the stack before a pass over the data and scattered back after,
both inside the graph: two copies a pass, where masking all modules of a layer costs
every module's product in every mini-batch.
"""

from collections.abc import Sequence

import tensorflow as tf

from pathnet_tf.network.modules import DenseModule


class BiasStack:
    """The biases of a layer's modules, and those of the current candidate.

    Attributes:
      bias: float32 `[num_gathered * units]`, a variable that training moves; its width
        changes with the candidate, so that one graph serves all.
      kept: Variables that hold what all modules have learned.
    """

    def __init__(self, modules: Sequence[DenseModule]) -> None:
        self._modules = modules
        self._units = modules[0].units
        biases = tf.stack([module.bias.value for module in modules])
        self._biases = tf.Variable(biases, trainable=False)
        self.bias = tf.Variable(tf.zeros([0]), shape=(None,))
        self.kept = [self._biases]

    def gather(self, places: tf.Tensor) -> None:
        """Makes modules the current ones, by their places: int32 `[num_gathered]`."""
        self.bias.assign(tf.reshape(tf.gather(self._biases, places), [-1]))

    def scatter(self, places: tf.Tensor) -> None:
        """Keeps what the modules gathered before have learned."""
        biases = tf.reshape(self.bias, [-1, self._units])
        tf.raw_ops.ResourceScatterUpdate(
            resource=self._biases.handle, indices=places, updates=biases
        )

    def settle(self) -> None:
        """Writes what was learned to the modules themselves."""
        for module, bias in zip(self._modules, tf.unstack(self._biases), strict=True):
            if module.trainable:
                module.bias.assign(bias)

    def __call__(self, sums: tf.Tensor, summation: tf.Tensor) -> tf.Tensor:
        """Adds biases, rectifies, and sums over modules.

        Args:
          sums: float32 `[batch, num_gathered * units]`, inputs times kernels.
          summation: S, from `summation_matrix`.

        Returns:
          float32 `[batch, units]`; zeros where no module is gathered.
        """
        return tf.nn.relu(sums + self.bias) @ summation


class ModuleStack:
    """The modules of a layer, kernels and biases, and those of the current candidate.

    Attributes:
      variables: Kernel `[num_inputs, num_gathered * units]` and bias of the current
        candidate, which training moves.
      kept: Variables that hold what all modules have learned.
    """

    def __init__(self, modules: Sequence[DenseModule]) -> None:
        self._modules = modules
        self._biases = BiasStack(modules)
        kernels = tf.stack([module.kernel.value for module in modules])
        self._kernels = tf.Variable(kernels, trainable=False)
        num_inputs = kernels.shape[1]
        self._kernel = tf.Variable(tf.zeros([num_inputs, 0]), shape=(num_inputs, None))
        self.variables = [self._kernel, self._biases.bias]
        self.kept = [self._kernels, *self._biases.kept]

    def gather(self, places: tf.Tensor) -> None:
        """Makes modules the current ones, by their places: int32 `[num_gathered]`."""
        self._biases.gather(places)
        kernels = tf.gather(self._kernels, places)
        # [module, input, unit] to [input, module, unit].
        rows = tf.transpose(kernels, [1, 0, 2])
        num_inputs, units = self._kernels.shape[1:]
        width = tf.size(places) * units
        self._kernel.assign(tf.reshape(rows, [num_inputs, width]))

    def scatter(self, places: tf.Tensor) -> None:
        """Keeps what the modules gathered before have learned."""
        self._biases.scatter(places)
        num_inputs, units = self._kernels.shape[1:]
        rows = tf.reshape(self._kernel, [num_inputs, tf.size(places), units])
        tf.raw_ops.ResourceScatterUpdate(
            resource=self._kernels.handle,
            indices=places,
            updates=tf.transpose(rows, [1, 0, 2]),
        )

    def settle(self) -> None:
        """Writes what was learned to the modules themselves."""
        self._biases.settle()
        for module, kernel in zip(
            self._modules, tf.unstack(self._kernels), strict=True
        ):
            if module.trainable:
                module.kernel.assign(kernel)

    def __call__(self, inputs: tf.Tensor, summation: tf.Tensor) -> tf.Tensor:
        """Sums the modules' outputs: `[batch, num_inputs]` to `[batch, units]`."""
        return self._biases(inputs @ self._kernel, summation)


class FrozenModules:
    """The frozen modules of a layer, which are active in every candidate.

    Attributes:
      number: How many there are.
    """

    def __init__(self, modules: Sequence[DenseModule]) -> None:
        self._units = modules[0].units
        self.number = sum(not module.trainable for module in modules)
        if self.number:
            frozen = [module for module in modules if not module.trainable]
            self._kernel = tf.concat([m.kernel.value for m in frozen], axis=1)
            self._bias = tf.concat([m.bias.value for m in frozen], axis=0)

    def __call__(self, inputs: tf.Tensor, summation: tf.Tensor) -> tf.Tensor:
        """Sums the modules' outputs: `[batch, num_inputs]` to `[batch, units]`."""
        if not self.number:  # A product of width 0 is more than oneDNN can do.
            return tf.zeros([tf.shape(inputs)[0], self._units])
        return tf.nn.relu(inputs @ self._kernel + self._bias) @ summation


def summation_matrix(
    num_modules: tf.Tensor | int, units: int, divisor: tf.Tensor | float
) -> tf.Tensor:
    """Makes S, which sums over modules side by side and divides.

    Args:
      num_modules: How many.
      units: Width of each.
      divisor: What divides the sum.

    Returns:
      float32 `[num_modules * units, units]`.
    """
    return tf.tile(tf.eye(units), [num_modules, 1]) / divisor
