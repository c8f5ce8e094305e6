"""Several modules side by side, worked on as one matrix product.

    sum_m relu(x K_m + b_m),   [K_1 | K_2 | ...] one kernel

A search trains one pathway for a whole pass over the data. Gathering its modules into
one block before and scattering them after costs two copies a pass, where masking
costs every module's product in every mini-batch.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from pathnet_tf.path_module import DenseModule


class ModuleBlock:
    """A changing set of modules of one layer, computed together.

    The variables have no static shape, so that one traced graph serves blocks of
    every width, none included.

    Attributes:
      kernel: float32 `[num_inputs, num_gathered * units]`.
      bias: float32 `[num_gathered * units]`.
    """

    def __init__(self, num_inputs: int, units: int, *, trainable: bool) -> None:
        self._units = units
        self.kernel = tf.Variable(
            np.zeros((num_inputs, 0), np.float32),
            shape=(num_inputs, None),
            trainable=trainable,
        )
        self.bias = tf.Variable(
            np.zeros(0, np.float32), shape=(None,), trainable=trainable
        )

    def gather(self, modules: Sequence[DenseModule]) -> None:
        """Copies the modules' weights into the block."""
        if not modules:
            self.kernel.assign(np.zeros((self.kernel.shape[0], 0), np.float32))
            self.bias.assign(np.zeros(0, np.float32))
            return
        kernels = [module.kernel.value for module in modules]
        self.kernel.assign(tf.concat(kernels, axis=1))
        self.bias.assign(tf.concat([module.bias.value for module in modules], axis=0))

    def scatter(self, modules: Sequence[DenseModule]) -> None:
        """Copies the block's weights back into the modules gathered before."""
        for place, module in enumerate(modules):
            columns = slice(place * self._units, (place + 1) * self._units)
            module.kernel.assign(self.kernel[:, columns])
            module.bias.assign(self.bias[columns])

    def __call__(self, inputs: tf.Tensor) -> tf.Tensor:
        """Sums the modules' outputs.

        Args:
          inputs: float32 `[batch, num_inputs]`.

        Returns:
          float32 `[batch, units]`; zeros for a block without modules.
        """
        outputs = tf.nn.relu(inputs @ self.kernel + self.bias)
        num_gathered = tf.shape(self.bias)[0] // self._units
        shape = [tf.shape(inputs)[0], num_gathered, self._units]
        return tf.reduce_sum(tf.reshape(outputs, shape), axis=1)
