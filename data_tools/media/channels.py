"""Averages the channels of a recording, and finds those that are dead or inverted."""

import numpy as np

# A channel so far below the loudest one, in power, adds nothing to be heard: 40 dB.
_DEAD = 1e-4
# The mean of channels that have nothing in common has their mean power, divided by
# their number. Where it has a tenth of that, they have been cancelled out.
_CANCELLED = 0.1
# Correlation of a channel with the mean, from which on down the channel is inverted.
_INVERTED = -0.5

DEAD = "has a dead channel, which is left out"
INVERTED = "has an inverted channel, which weakens the mean of all"


class Channels:
    """The channels of a recording that is read block by block.

    Attributes:
      peak: Largest absolute value of the means so far.
    """

    def __init__(self, number: int) -> None:
        """Takes the number of channels."""
        self.peak = 0.0
        self._num_samples = 0
        # Of each channel, and of the mean as the last one.
        self._sums = np.zeros(number + 1)
        self._products = np.zeros((number + 1, number + 1))

    def mean(self, samples: np.ndarray) -> np.ndarray:
        """Averages a block of channels.

        Args:
          samples: float32 `[num_samples, num_channels]`, finite.

        Returns:
          float32 `[num_samples]`.
        """
        mono = samples.mean(axis=1, dtype=np.float32)
        self.peak = max(self.peak, float(np.abs(mono).max(initial=0)))
        if samples.shape[1] > 1:
            self._num_samples += len(samples)
            all_of_them = np.column_stack([samples, mono]).astype(np.float64)
            self._sums += all_of_them.sum(axis=0)
            self._products += all_of_them.T @ all_of_them
        return mono

    @property
    def gain(self) -> float:
        """What to multiply the mean with, so that it is that of the live channels."""
        dead = self._are_dead
        return len(dead) / max(1, np.count_nonzero(~dead))

    @property
    def cancel_out(self) -> bool:
        """Whether too little is left of the channels in their mean to be used."""
        *powers, of_mean = self._covariance.diagonal()
        return of_mean * len(powers) ** 2 < _CANCELLED * sum(powers)

    @property
    def notes(self) -> tuple[str, ...]:
        """Says what is odd about the channels, a line each."""
        covariance, dead = self._covariance, self._are_dead
        deviations = np.sqrt(np.maximum(covariance.diagonal(), 0))
        scale = np.maximum(deviations[:-1] * deviations[-1], np.finfo(float).tiny)
        is_inverted = (covariance[:-1, -1] / scale < _INVERTED) & ~dead
        has_dead = dead.any() and not dead.all()
        return (DEAD,) * bool(has_dead) + (INVERTED,) * bool(is_inverted.any())

    @property
    def _are_dead(self) -> np.ndarray:
        """Whether each channel is dead, bool `[num_channels]`."""
        powers = self._covariance.diagonal()[:-1]
        return (powers <= _DEAD * powers.max()) & (powers.max() > 0)

    @property
    def _covariance(self) -> np.ndarray:
        """float64 `[num_channels + 1, num_channels + 1]`; the mean is the last."""
        means = self._sums / max(1, self._num_samples)
        products = self._products / max(1, self._num_samples)
        return products - np.outer(means, means)
