"""Encoders of a moment: frames of 400 samples, every 160, weighted into 3 values."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WINDOW, STEP, NUM_VALUES = 400, 160, 3
WEIGHTS = np.random.default_rng(7).normal(size=(WINDOW, NUM_VALUES)).astype(np.float32)


def frames_of(waveform):
    """What they give: `[num_frames, 3]`."""
    windows = np.lib.stride_tricks.sliding_window_view(waveform, WINDOW)[::STEP]
    return windows @ WEIGHTS


def write_onnx(path):
    """Writes one whose outputs are its frames, twice them, and some that are faulty."""
    kernel = WEIGHTS.T[:, np.newaxis].copy()
    nodes = [
        helper.make_node("Unsqueeze", ["waveform", "one"], ["channel"]),
        helper.make_node("Conv", ["channel", "kernel"], ["turned"], strides=[STEP]),
        helper.make_node("Transpose", ["turned"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("Add", ["frames", "frames"], ["twice"]),
        helper.make_node("Sqrt", ["frames"], ["roots"]),
        helper.make_node("ReduceMean", ["frames"], ["clip"], axes=[1], keepdims=0),
    ]
    outputs = ("frames", "twice", "turned", "roots", "clip")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, "samples"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in outputs
        ],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(np.array([1]), "one"),
        ],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.save(model, str(path))
    return path
