"""A copy of the pathway that is being trained, and how it goes back to the layers."""

import numpy as np
import tensorflow as tf

from pathnet_tf.network.modules import ModuleWeights, sum_rectified
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.pathway_network import PathwayNetwork


class Candidate(PathwayNetwork):
    """The pathway of a network that is being trained: a copy that is given back.

    `gather` makes a genotype the current one and copies the weights of its modules,
    `scatter` gives them back to the layers. The layers' `trainable` flags decide which
    weights move. Active modules that are free are copied to `kernels` and `biases`.
    Those variables may have any width, so that one graph serves every candidate.
    Frozen modules are constants, for which no gradient is computed.

    Attributes:
      free: Indices of each layer's modules that are free and active.
      frozen: Indices of each layer's frozen modules, which are always active.
      moved: What training moves: of each layer kernel and bias, then the readout.
      are_kernels: Which of `moved` are kernels, of modules or of the head.
    """

    def __init__(self, model: PathNet, task: str) -> None:
        """Makes room for candidates of a network that is ready for its task."""
        layers = model.pathnet_layers
        self._model, self._task = model, task
        self._readout = [one.value for one in model.readout_weights(task).values()]
        nothing = [layer.weights_of([]) for layer in layers]
        super().__init__(model.settings, nothing, [], self._readout)
        self.kernels = [_of_any_width(one.kernel) for one in nothing]
        self.biases = [_of_any_width(one.bias) for one in nothing]
        self.divisors = [tf.Variable(1.0, trainable=False) for _ in layers]
        self.frozen = self._frozen_now()
        self.free: list[list[int]] = [[] for _ in layers]
        self._frozen_groups = [
            layer.weights_of(frozen)
            for layer, frozen in zip(layers, self.frozen, strict=True)
        ]
        self._own_readout = [*self.head]
        self.are_kernels = [True, False] * (len(layers) + 1)
        if self.attention is not None:
            self._own_readout.append(self.attention)
            self.are_kernels.append(False)
        of_layers = zip(self.kernels, self.biases, strict=True)
        self.moved = [one for pair in of_layers for one in pair] + self._own_readout

    def gather(self, genotype: np.ndarray, *, first_kernel: bool = True) -> None:
        """Makes a genotype the network's current one and copies its free modules.

        Args:
          genotype: int32 `[num_layers, num_active]`.
          first_kernel: Whether the first layer's kernel is copied, too.

        Raises:
          RuntimeError: Modules were frozen or thawed in the meantime.
        """
        if self._frozen_now() != self.frozen:
            raise RuntimeError(
                "Modules were frozen or thawed after this trainer was made, which it "
                "would not see; make a new one"
            )
        for number, (layer, genes) in enumerate(
            zip(self._model.pathnet_layers, genotype, strict=True)
        ):
            layer.genotype.value.assign(genes, read_value=False)
            frozen = self.frozen[number]
            self.free[number] = free = sorted(set(genes.tolist()) - set(frozen))
            if number or first_kernel:
                kernel = layer.kernels_of(free)
                self.kernels[number].assign(kernel, read_value=False)
            self.biases[number].assign(layer.biases_of(free), read_value=False)
            divisor = layer.divisor(float(len(free) + len(frozen)))
            self.divisors[number].assign(divisor, read_value=False)
        for own, weight in zip(self._own_readout, self._readout, strict=True):
            own.assign(weight, read_value=False)

    def scatter(self, *, first_kernel: bool = True) -> None:
        """Gives the weights back to the network's modules, head and attention."""
        for number, (layer, free) in enumerate(
            zip(self._model.pathnet_layers, self.free, strict=True)
        ):
            has_kernel = number > 0 or first_kernel
            kernel = self.kernels[number] if has_kernel else None
            layer.assign(free, kernel, self.biases[number])
        for own, weight in zip(self._own_readout, self._readout, strict=True):
            weight.assign(own, read_value=False)

    def copied(self) -> PathwayNetwork:
        """A copy of the current pathway, frozen modules included."""
        modules = []
        for number in range(len(self.kernels)):
            kernels, biases = zip(*self.groups(number), strict=True)
            modules.append(
                ModuleWeights(tf.concat(kernels, axis=-1), tf.concat(biases, axis=-1))
            )
        divisors = [float(divisor) for divisor in self.divisors]
        return PathwayNetwork(self.settings, modules, divisors, self._own_readout)

    def groups(self, number: int) -> list[ModuleWeights]:
        """Weights of a layer's free modules, and of its frozen ones if any."""
        frozen = [self._frozen_groups[number]] if self.frozen[number] else []
        return [self._free_group(number), *frozen]

    def frozen_sum(self, values: tf.Tensor) -> tf.Tensor:
        """Sums what the first layer's frozen modules give, alike for all candidates.

        Args:
          values: float32 `[num_segments, num_inputs]`.

        Returns:
          float32 `[num_segments, units]`.
        """
        kernel, bias = self._frozen_groups[0]
        return sum_rectified(
            tf.nn.bias_add(values @ kernel, bias), self.settings.layer_units[0]
        )

    def features_of(
        self,
        values: tf.Tensor | None = None,
        known: tf.Tensor | None = None,
        products: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Runs segments through the layers, by what is known of the first layer.

        Args:
          values: float32 `[num_segments, num_inputs]`; not needed with `products`.
          known: float32 `[num_segments, units]`, from `frozen_sum`, if it is known.
          products: float32 `[num_segments, num_free * units]`, the products x K of the
            first layer's free modules, if they are known; then `known` is too, unless
            no module of it is frozen.

        Returns:
          float32 `[num_segments, frames, width]`.
        """
        if products is not None:
            units = self.settings.layer_units[0]
            total = sum_rectified(tf.nn.bias_add(products, self.biases[0]), units)
            total = total if known is None else total + known
            first_layer = self.average(0, None, [], total)
        elif known is not None:
            first_layer = self.average(0, values, [self._free_group(0)], known)
        else:
            return self.features(values)
        return self.features(None, first_layer)

    def is_finite(self) -> tf.Tensor:
        """Whether training has not diverged: bool, a scalar."""
        return tf.reduce_all(tf.math.is_finite(self.head[0]))

    def _free_group(self, number: int) -> ModuleWeights:
        # Read here: a condition cannot differentiate a variable of unknown width.
        return ModuleWeights(
            self.kernels[number].read_value(), self.biases[number].read_value()
        )

    def _frozen_now(self) -> list[list[int]]:
        return [
            [m for m, module in enumerate(layer.path_modules) if not module.trainable]
            for layer in self._model.pathnet_layers
        ]


def _of_any_width(values: tf.Tensor) -> tf.Variable:
    """A variable of `[..., width]`, the last axis of which may change its size."""
    shape = [*values.shape[:-1], None]
    return tf.Variable(values, shape=shape, trainable=False)
