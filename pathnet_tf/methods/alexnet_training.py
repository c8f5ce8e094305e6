"""AlexNet fine-tuned on the target, and its features averaged over a clip.

Reference: Zhang et al. 2018, "Speech emotion recognition using deep convolutional
neural network and discriminant temporal pyramid matching".
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from pathnet_tf.data.fold_inputs import FoldInputs
from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.speaker_folds import hold_out_speakers
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.methods.alexnet import (
    DENSE_UNITS,
    LAYOUTS,
    AlexNet,
    load_weights,
    num_parameters,
    read_weights,
)
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask
from pathnet_tf.methods.svm import classify_clips
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.interruption import stop_if_requested
from pathnet_tf.training.settings import TrainingSettings

# Learned filters would be torn apart by the rate of drawn ones (Krizhevsky 2012).
LEARNING_RATE = 0.001
DRAWN_LEARNING_RATE = 0.01
VALIDATION_SHARE = 0.2
# Passes without a better score on validation speakers, after which training ends.
PATIENCE = 5
SCORING_BATCH = 64


@dataclasses.dataclass(frozen=True, eq=False)
class FineTuned:
    """AlexNet as it was best on speakers taken out of the training side.

    Attributes:
      model: The network.
      inputs: The fold's sides.
      fitness: Accuracy on those speakers.
      cost: What training took.
    """

    model: AlexNet
    inputs: FoldInputs
    fitness: float
    cost: Cost


def learn_alexnet(task: BaselineTask) -> BaselineScores:
    """Fine-tunes AlexNet on segments or frames."""
    tuned = fine_tune(task)
    scores = log_probabilities(tuned.model, tuned.inputs.test)
    return BaselineScores(scores, tuned.fitness, tuned.cost)


def learn_alexnet_average(task: BaselineTask) -> BaselineScores:
    """Averages the features of a fine-tuned AlexNet over a clip, then a linear SVM."""
    tuned, target, division = fine_tune(task), task.target, task.division
    sides = []
    for inputs, rows in (
        (tuned.inputs.train, division.train),
        (tuned.inputs.test, division.test),
    ):
        clips, place = np.unique(target.clip[rows], return_inverse=True)
        sums = np.zeros((len(clips), DENSE_UNITS))
        np.add.at(sums, place, _over(inputs, tuned.model.features).numpy())
        sides += [clips, sums / np.bincount(place)[:, np.newaxis]]
    scores = classify_clips(task, *sides)
    return BaselineScores(scores.log_probabilities, scores.fitness, tuned.cost)


def fine_tune(task: BaselineTask) -> FineTuned:
    """Trains for at most as many passes as a search presents.

    Args:
      task: What is learned.

    Returns:
      The network of the pass that was best on the validation speakers.

    Raises:
      DataError: The weights' file is missing or broken, or there is a single training
        speaker.
      UsageError: Training diverged.
    """
    settings, target, rng = task.settings, task.target, task.rng
    model, inputs = _initial_model(task), task.inputs()
    labels = target.labels[task.division.train].astype(np.int32)
    speakers = np.asarray(target.speakers)[target.clip[task.division.train]]
    drawn = hold_out_speakers(speakers.tolist(), share=VALIDATION_SHARE, rng=rng)
    validates = np.isin(speakers, sorted(drawn))
    train, held = np.flatnonzero(~validates), np.flatnonzero(validates)
    training = settings.learning.training
    rate = LEARNING_RATE if settings.alexnet_weights else DRAWN_LEARNING_RATE
    num_passes = (
        2 * settings.learning.search.generations * training.passes_per_evaluation
    )
    # Shuffled by the fold's own stream, not by Keras.
    batches = _Batches(inputs.train.select(train), labels[train], training, rng)
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # The same arithmetic with and without a GPU.
        jit_compile=False,
    )
    stops = keras.callbacks.EarlyStopping(
        "val_accuracy", patience=PATIENCE, mode="max", restore_best_weights=True
    )
    history = model.fit(
        batches,
        epochs=num_passes,
        validation_data=_Batches(inputs.train.select(held), labels[held], training),
        callbacks=[stops, keras.callbacks.TerminateOnNaN(), _Interruption()],
        shuffle=False,
        verbose=0,
    )
    losses = history.history["loss"]
    if not np.isfinite(losses).all():
        raise UsageError(
            "Training of AlexNet diverged, its loss is no longer finite; choose "
            "another --normalization"
        )
    number = num_parameters(model.layout, len(target.emotions))
    cost = Cost(number, number, len(losses) * len(train))
    return FineTuned(model, inputs, float(stops.best), cost)


class _Batches(keras.utils.PyDataset):
    """Mini-batches of images and labels, in another order in each pass."""

    def __init__(
        self,
        inputs: SegmentInputs,
        labels: np.ndarray,
        settings: TrainingSettings,
        rng: np.random.Generator | None = None,
    ) -> None:
        """Takes segments with their labels, int32 `[num_segments]`.

        Without `rng` they stay in their order.
        """
        super().__init__()
        self._inputs, self._labels, self._rng = inputs, labels, rng
        self._size = settings.batch_size
        self._order = np.arange(len(labels))
        self.on_epoch_end()

    def __len__(self) -> int:
        """Number of mini-batches."""
        return -(-len(self._labels) // self._size)

    def __getitem__(self, index: int) -> tuple[tf.Tensor, np.ndarray, np.ndarray]:
        """One mini-batch.

        Returns:
          Images float32 `[batch, height, width, 3]`, labels int32 `[batch]`, and
          weights float32 `[batch]`, by which the gradient of a mini-batch that is not
          full counts in proportion to its size, as in all other training here.
        """
        places = self._order[index * self._size : (index + 1) * self._size]
        weights = np.full(len(places), len(places) / self._size, np.float32)
        return _images(self._inputs.select(places)), self._labels[places], weights

    def on_epoch_end(self) -> None:
        """Shuffles."""
        if self._rng:
            self._order = self._rng.permutation(len(self._labels))


class _Interruption(keras.callbacks.Callback):
    """Ends the training where the process is asked to stop."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Looks whether it is."""
        del epoch, logs
        stop_if_requested()


def log_probabilities(model: AlexNet, inputs: SegmentInputs) -> np.ndarray:
    """Classifies segments: float32 `[num_segments, num_classes]`."""
    return tf.nn.log_softmax(_over(inputs, model)).numpy()


def _initial_model(task: BaselineTask) -> AlexNet:
    layout, weights = LAYOUTS["grouped"], None
    if task.settings.alexnet_weights:
        layout, weights = read_weights(task.settings.alexnet_weights)
    seed = int(task.rng.integers(2**31))
    model = AlexNet(layout, len(task.target.emotions), seed)
    model.draw_anew(task.rng)
    if weights is not None:
        load_weights(model, weights)
    return model


def _over(
    inputs: SegmentInputs, function: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Applies a function to segments, a part of them at a time.

    Args:
      inputs: The segments.
      function: Maps images float32 `[batch, height, width, 3]` to `[batch, width]`.

    Returns:
      float32 `[num_segments, width]`.
    """
    parts = []
    for start in range(0, len(inputs), SCORING_BATCH):
        places = np.arange(start, min(start + SCORING_BATCH, len(inputs)))
        parts.append(function(_images(inputs.select(places))))
    return tf.concat(parts, axis=0)


def _images(inputs: SegmentInputs) -> tf.Tensor:
    """Segments as float32 `[num_segments, height, width, 3]`."""
    return tf.reshape(inputs.block(0, len(inputs)), [-1, *inputs.segment_shape])
