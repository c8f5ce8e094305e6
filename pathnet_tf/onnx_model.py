"""Writes a pathway as ONNX, from segments or face crops to probabilities.

segments  float32 [num_segments, frames, mel bands, 3], log-mel; of a model of faces
`faces`, uint8 [num_frames, rows, columns, 3]
-> probabilities [num_segments, num_classes], and
clip_probabilities [num_classes] of all of them together, calibrated
"""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from pathnet_tf.errors import UsageError

if TYPE_CHECKING:
    from pathnet_tf.export import PathwayClassifier

OPSET, IR_VERSION = 17, 8


def require_onnx() -> Any:
    """Imports ONNX.

    Raises:
      UsageError: It is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise UsageError(
            "--export_onnx needs ONNX; install it with: pip install 'pathnet_tf[onnx]'"
        ) from error
    return onnx


def onnx_bytes(
    classifier: "PathwayClassifier", shape: tuple[int, ...], *, is_face: bool
) -> bytes:
    """Makes the file.

    Args:
      classifier: The pathway.
      shape: Of a segment or crop.
      is_face: Whether it is a crop.

    Returns:
      A serialized ONNX model, which its checker has passed.

    Raises:
      UsageError: ONNX is not installed.
    """
    onnx = require_onnx()
    graph = _Graph(onnx)
    name = "faces" if is_face else "segments"
    values = graph.add("Cast", name, to=onnx.TensorProto.FLOAT)
    values = graph.add("Sub", values, graph.constant(classifier.mean))
    values = graph.add("Div", values, graph.constant(classifier.std))
    flat = graph.constant(np.array([-1, int(np.prod(shape))], np.int64))
    values = graph.add("Reshape", values, flat)
    axis = graph.constant(np.array([1], np.int64))
    for kernel, bias, divisor in classifier.layers():
        values = graph.dense(values, kernel, bias)
        values = graph.add("Relu", values)
        units = classifier.units
        of_module = np.array([-1, kernel.shape[1] // units, units], np.int64)
        values = graph.add("Reshape", values, graph.constant(of_module))
        values = graph.add("ReduceSum", values, axis, keepdims=0)
        values = graph.add("Div", values, graph.constant(np.float32(divisor)))
    logits = graph.dense(values, *classifier.head())
    graph.add("Softmax", logits, axis=-1, output="probabilities")
    scores = graph.add("LogSoftmax", logits, axis=-1)
    mean = graph.add("ReduceMean", scores, axes=[0], keepdims=0)
    scale = graph.constant(np.float32(classifier.temperature))
    scaled = graph.add("Div", mean, scale)
    graph.add("Softmax", scaled, axis=-1, output="clip_probabilities")
    num_classes = classifier.head()[1].shape[0]
    kinds = onnx.TensorProto
    describe = onnx.helper.make_tensor_value_info
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "pathway",
            [describe(name, kinds.UINT8 if is_face else kinds.FLOAT, [None, *shape])],
            [
                describe("probabilities", kinds.FLOAT, [None, num_classes]),
                describe("clip_probabilities", kinds.FLOAT, [num_classes]),
            ],
            graph.constants,
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="pathnet_tf",
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self, onnx: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._onnx = onnx
        self._numbers = itertools.count()

    def constant(self, values: np.ndarray | np.generic) -> str:
        name = f"constant_{next(self._numbers)}"
        tensor = self._onnx.numpy_helper.from_array(np.asarray(values), name)
        self.constants.append(tensor)
        return name

    def add(self, kind: str, *inputs: str, output: str = "", **options: Any) -> str:
        output = output or f"value_{next(self._numbers)}"
        node = self._onnx.helper.make_node(kind, inputs, [output], **options)
        self.nodes.append(node)
        return output

    def dense(self, values: str, kernel: np.ndarray, bias: np.ndarray) -> str:
        return self.add("Gemm", values, self.constant(kernel), self.constant(bias))
