"""Several modules side by side, worked on as one matrix product.

    sum_m relu(x K_m + b_m),   [K_1 | K_2 | ...] one kernel

A search trains one pathway for a whole pass over the data. Gathering its modules into
one block before and scattering them after costs two copies a pass, where masking
costs every module's product in every mini-batch.

The variables have no static shape, so that one traced graph serves blocks of every
width, none included.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.path_module import DenseModule


class KernelBlock:
    """The kernels of a changing set of modules.

    Attributes:
      kernel: float32 `[num_inputs, num_gathered * units]`.
    """

    def __init__(self, num_inputs: int, units: int, *, trainable: bool) -> None:
        self._units = units
        self.kernel = tf.Variable(
            np.zeros((num_inputs, 0), np.float32),
            shape=(num_inputs, None),
            trainable=trainable,
        )

    def gather(self, modules: Sequence[DenseModule]) -> None:
        """Copies the modules' kernels into the block."""
        nothing = np.zeros((self.kernel.shape[0], 0), np.float32)
        kernels = [module.kernel.value for module in modules]
        self.kernel.assign(tf.concat(kernels, axis=1) if kernels else nothing)

    def scatter(self, modules: Sequence[DenseModule]) -> None:
        """Copies the block's kernels back into the modules gathered before."""
        for place, module in enumerate(modules):
            columns = slice(place * self._units, (place + 1) * self._units)
            module.kernel.assign(self.kernel[:, columns])


class BiasBlock:
    """The biases of a changing set of modules, and what follows them.

    Attributes:
      bias: float32 `[num_gathered * units]`.
    """

    def __init__(self, units: int, *, trainable: bool) -> None:
        self._units = units
        self.bias = tf.Variable(
            np.zeros(0, np.float32), shape=(None,), trainable=trainable
        )

    def gather(self, modules: Sequence[DenseModule]) -> None:
        """Copies the modules' biases into the block."""
        biases = [module.bias.value for module in modules]
        self.bias.assign(tf.concat(biases, axis=0) if biases else np.zeros(0, "f4"))

    def scatter(self, modules: Sequence[DenseModule]) -> None:
        """Copies the block's biases back into the modules gathered before."""
        for place, module in enumerate(modules):
            columns = slice(place * self._units, (place + 1) * self._units)
            module.bias.assign(self.bias[columns])

    def __call__(self, sums: tf.Tensor) -> tf.Tensor:
        """Adds the biases, rectifies, and sums the modules' outputs.

        Args:
          sums: float32 `[batch, num_gathered * units]`, inputs times kernels.

        Returns:
          float32 `[batch, units]`; zeros for a block without modules.
        """
        outputs = tf.nn.relu(sums + self.bias)
        num_gathered = tf.shape(self.bias)[0] // self._units
        shape = [tf.shape(sums)[0], num_gathered, self._units]
        return tf.reduce_sum(tf.reshape(outputs, shape), axis=1)


class ModuleBlock:
    """A changing set of modules of one layer, computed together.

    Attributes:
      variables: Kernel and bias.
    """

    def __init__(self, num_inputs: int, units: int, *, trainable: bool) -> None:
        self._kernels = KernelBlock(num_inputs, units, trainable=trainable)
        self._biases = BiasBlock(units, trainable=trainable)
        self.variables = [self._kernels.kernel, self._biases.bias]

    def gather(self, modules: Sequence[DenseModule]) -> None:
        """Copies the modules' weights into the block."""
        self._kernels.gather(modules)
        self._biases.gather(modules)

    def scatter(self, modules: Sequence[DenseModule]) -> None:
        """Copies the block's weights back into the modules gathered before."""
        self._kernels.scatter(modules)
        self._biases.scatter(modules)

    def __call__(self, inputs: tf.Tensor) -> tf.Tensor:
        """Sums the modules' outputs: `[batch, num_inputs]` to `[batch, units]`."""
        return self._biases(inputs @ self._kernels.kernel)
