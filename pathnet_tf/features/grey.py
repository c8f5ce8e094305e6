"""Face crops in grey, from which descriptors of faces are made."""

import tensorflow as tf

# Shares of red, green and blue in what the eye sees as brightness (ITU-R BT.601).
_LUMA = (0.299, 0.587, 0.114)


def grey(faces: tf.Tensor) -> tf.Tensor:
    """Makes pictures grey.

    Args:
      faces: uint8 `[num_faces, rows, columns, 3]`, RGB.

    Returns:
      float32 `[num_faces, rows, columns]`, whole numbers from 0 to 255.
    """
    return tf.round(tf.linalg.matvec(tf.cast(faces, tf.float32), _LUMA))
