"""Gives a network its segments, which are read and normalized only when needed.

A dataset's values are held once, however many folds use them. A `SegmentInputs` is a
list of row numbers with the statistics that scale those rows. A mini-batch is gathered
by its row numbers and then normalized. Values in memory are gathered inside the graph;
values on disk come through a `tf.data` pipeline that reads ahead.
"""

import copy
import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from pathnet_tf.data.normalization import Scaling
from pathnet_tf.data.stored_values import ALIGNMENT, StoredValues, Values

READ_AHEAD = 4


class SegmentInputs:
    """Some of a dataset's segments, which are normalized each time they are read.

    Attributes:
      rows: int64 `[num_segments]`, indices of these segments in the dataset.
      clip: int64 `[num_segments]`, the clip of each segment.
    """

    def __init__(
        self,
        values: Values,
        scaling: Scaling | None = None,
        clip: np.ndarray | None = None,
    ) -> None:
        """Selects all segments of a dataset.

        Args:
          values: `[num_segments, *input_shape]`.
          scaling: Statistics that scale each segment; None leaves values as they are.
          clip: int64 `[num_segments]`, the clip of each segment; None if each segment
            is a clip.
        """
        self._values = values
        self._scaling = scaling
        self._tensor = _in_memory(values)
        self._clips = np.arange(values.shape[0]) if clip is None else clip
        if scaling is not None:
            self._group = tf.constant(scaling.group, tf.int32)
            width = scaling.mean[0].size
            self._mean = tf.constant(scaling.mean.reshape(-1, 1, width))
            self._std = tf.constant(scaling.std.reshape(-1, 1, width))
        self._set_rows(np.arange(values.shape[0]))

    def __len__(self) -> int:
        """Number of segments."""
        return len(self.rows)

    def select(self, places: np.ndarray) -> "SegmentInputs":
        """Selects segments by int `[num_selected]` indices; the values are shared."""
        selected = copy.copy(self)
        selected._set_rows(self.rows[places])
        return selected

    @property
    def num_inputs(self) -> int:
        """Number of values of one segment."""
        return int(np.prod(self._values.shape[1:]))

    @property
    def segment_shape(self) -> tuple[int, ...]:
        """Shape of one segment."""
        return self._values.shape[1:]

    @property
    def num_frames(self) -> int:
        """Number of frames of one segment, the first axis of its shape."""
        return self._values.shape[1]

    def block(self, start: int, stop: int) -> tf.Tensor:
        """Reads segments `start` to `stop`: float32 `[stop - start, num_inputs]`."""
        rows = self.rows[start:stop]
        if self._tensor is None:
            raw = tf.constant(self._values[rows])
        else:
            raw = tf.gather(self._tensor, rows)
        return self._normalized(raw, rows)

    def blocks(self, size: int) -> Iterator[tf.Tensor]:
        """All segments in their order: float32 `[some, num_inputs]` at a time."""
        for start in range(0, len(self), size):
            yield self.block(start, start + size)

    def batches(
        self, order: tf.Tensor, batch_size: int
    ) -> Callable[[tf.Tensor], tf.Tensor]:
        """Starts a pass over the segments; to be called inside a graph.

        Args:
          order: int32 `[num_presented]`, indices into this selection, in the order in
            which the pass will ask for them.
          batch_size: Number of segments in each batch but the last.

        Returns:
          A function that takes the next int32 `[batch]` of `order` and returns those
          segments, float32 `[batch, num_inputs]`.
        """
        if self._tensor is not None:
            return self._gathered

        def read(rows: np.ndarray) -> np.ndarray:
            return self._values[rows]

        def read_batch(batch: tf.Tensor) -> tf.Tensor:
            raw = tf.numpy_function(
                read, [tf.gather(self._row_numbers, batch)], self._values.dtype
            )
            raw.set_shape([None, *self._values.shape[1:]])
            return raw

        options = tf.data.Options()
        # On the graph's own threads, reading a batch would wait for the graph, which
        # waits for the batch.
        options.threading.private_threadpool_size = 1
        options.autotune.enabled = False
        stream = tf.data.Dataset.from_tensor_slices(order).batch(batch_size)
        stream = stream.map(read_batch).prefetch(READ_AHEAD).with_options(options)
        stream = iter(stream)

        def following(batch: tf.Tensor) -> tf.Tensor:
            return self._normalized(next(stream), tf.gather(self._row_numbers, batch))

        return following

    def _set_rows(self, rows: np.ndarray) -> None:
        """Keeps the rows int64 `[num_segments]` and what follows from them."""
        self.rows = rows
        self.clip = self._clips[rows]
        self._row_numbers = tf.constant(rows, tf.int64)

    def _gathered(self, batch: tf.Tensor) -> tf.Tensor:
        """Gathers int32 `[batch]` from memory: float32 `[batch, num_inputs]`."""
        rows = tf.gather(self._row_numbers, batch)
        return self._normalized(tf.gather(self._tensor, rows), rows)

    def _normalized(self, raw: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Scales `[batch, *input_shape]` of `rows`: float32 `[batch, num_inputs]`."""
        values = tf.cast(raw, tf.float32)
        if self._scaling is not None:
            # Mel bands and channels as one axis: broadcasting over two is slower.
            values = tf.reshape(values, [_length(rows), -1, self._mean.shape[2]])
            mean, std = self._mean, self._std
            if len(self._scaling.mean) > 1:
                group = tf.gather(self._group, rows)
                mean, std = tf.gather(mean, group), tf.gather(std, group)
            # In two steps, as one expression would hold three copies of a block.
            values -= mean
            values /= std
        return tf.reshape(values, [_length(rows), self.num_inputs])


@dataclasses.dataclass(frozen=True)
class LabelledSegments:
    """Segments with their labels.

    Attributes:
      inputs: The segments.
      labels: int32 `[num_segments]`.
      allowed: bool `[num_segments, num_classes]`, whether a class belongs to the task
        of the segment; None if all classes belong to one task.
      num_own: Number of segments, from the first, that are the task's own; the others
        are replayed. None if all segments are the task's own.
    """

    inputs: SegmentInputs
    labels: np.ndarray
    allowed: np.ndarray | None = None
    num_own: int | None = None


def _length(rows: tf.Tensor) -> tf.Tensor:
    """Number of rows, an int32 scalar."""
    return tf.shape(rows)[0]


def shared_tensor(array: np.ndarray) -> tf.Tensor:
    """Makes a tensor that shares an array's memory, even if that is a mapped file.

    Args:
      array: Any shape and dtype; nobody may write to it from now on. TensorFlow copies
        an array whose memory is not aligned as that of `aligned_empty` is.

    Returns:
      A tensor of the same shape and dtype.
    """
    if array.flags.writeable and array.ctypes.data % ALIGNMENT == 0:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)


def _in_memory(values: Values) -> tf.Tensor | None:
    """The values `[num_segments, *input_shape]`; None if they must be streamed."""
    array = values.array() if isinstance(values, StoredValues) else values
    return shared_tensor(array) if isinstance(array, np.ndarray) else None
