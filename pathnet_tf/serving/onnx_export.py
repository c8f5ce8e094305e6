"""Writes pathways as ONNX, from segments or face crops to probabilities.

segments  float32 [num_segments, frames, mel bands, 3], log-mel; of a model of faces
`faces`, uint8 [num_frames, rows, columns, 3]
-> probabilities [num_segments, num_classes], and
clip_probabilities [num_classes] of all of them together, calibrated; of a model to
which a clip is one vector

functionals  float32 [num_clips, num_functionals]
-> probabilities [num_clips, num_classes], calibrated

Each segment is classified by itself; of a model that classifies clips as a whole, the
clip is what all segments that are given say, pooled out of their moments (see
`network.pooling`). Convolutions have their channels first, as ONNX wants them.

ONNX knows no TensorFlow, so that a pathway's forward pass is written here once more,
node by node. The tests hold its answers to those of the layers that were trained.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.network.layer_shapes import LayerPlan
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.network.pooling import LEAST_VARIANCE
from pathnet_tf.serving.model_folder import require_onnx
from pathnet_tf.serving.saved_model import PathwayClassifier, VectorModel

OPSET, IR_VERSION = 17, 8


def onnx_bytes(classifier: PathwayClassifier) -> bytes:
    """Makes the file.

    Args:
      classifier: The pathways.

    Returns:
      A serialized ONNX model, which its checker has passed.

    Raises:
      UsageError: ONNX is not installed.
    """
    onnx = require_onnx()
    graph = _Graph(onnx)
    inputs, is_of_vectors = classifier.inputs, isinstance(classifier, VectorModel)
    values = graph.add("Cast", inputs.name, to=onnx.TensorProto.FLOAT)
    if is_of_vectors:
        values = graph.reshape(values, *classifier.members[0].settings.input_shape)
    values = graph.add("Sub", values, graph.constant(classifier.mean))
    values = graph.add("Div", values, graph.constant(classifier.std))
    pathways = [_Pathway(graph, member) for member in classifier.members]
    moments = [pathway.moments(values) for pathway in pathways]
    scores = graph.together(
        [p.read_out(*m[1:]) for p, m in zip(pathways, moments, strict=True)]
    )
    scale = graph.constant(np.float32(classifier.temperature))
    num_classes = classifier.members[0].head[1].shape[0]
    shapes = {"probabilities": [None, num_classes]}
    if is_of_vectors:
        of_clips = graph.add("Div", scores, scale)
        graph.add("Softmax", of_clips, axis=-1, output="probabilities")
    else:
        graph.add("Exp", scores, output="probabilities")
        if classifier.classify == "segment":
            of_clip = graph.add("ReduceMean", scores, axes=[0], keepdims=1)
        else:
            whole = [
                p.read_out(*p.whole(*m)) for p, m in zip(pathways, moments, strict=True)
            ]
            of_clip = graph.together(whole)
        scaled = graph.add("Softmax", graph.add("Div", of_clip, scale), axis=-1)
        graph.add("Squeeze", scaled, graph.places(0), output="clip_probabilities")
        shapes["clip_probabilities"] = [num_classes]
    kinds = onnx.TensorProto
    kind = kinds.UINT8 if inputs.dtype == tf.uint8 else kinds.FLOAT
    describe = onnx.helper.make_tensor_value_info
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "pathway",
            [describe(inputs.name, kind, list(inputs.shape))],
            [describe(name, kinds.FLOAT, shape) for name, shape in shapes.items()],
            graph.constants,
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="pathnet_tf",
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class _Pathway:
    """Adds the nodes of one pathway to a graph, as `PathwayNetwork` computes them."""

    def __init__(self, graph: "_Graph", network: PathwayNetwork) -> None:
        self._graph, self._network = graph, network
        self._pooling = network.settings.pooling

    def moments(self, values: str) -> tuple[str, str, str]:
        """Weight's logarithm, mean and variance of the frames of each segment."""
        graph, features = self._graph, self._features(values)
        if self._network.attention is None:
            mean = graph.add("ReduceMean", features, axes=[1], keepdims=1)
            squares = graph.square(graph.add("Sub", features, mean))
            variance = graph.add("ReduceMean", squares, axes=[1], keepdims=0)
            # Segments of as many frames weigh the same.
            flat = graph.add("Squeeze", mean, graph.places(1))
            one = graph.add("ReduceMean", flat, axes=[1], keepdims=1)
            return graph.add("Sub", one, one), flat, variance
        attention = graph.constant(self._network.attention.numpy())
        scores = graph.add("MatMul", features, attention)
        log_weight = graph.add("ReduceLogSumExp", scores, axes=[1], keepdims=0)
        weights = graph.add("Softmax", scores, axis=1)
        mean = graph.weighed(weights, features, axis=1, keepdims=1)
        squares = graph.square(graph.add("Sub", features, mean))
        variance = graph.weighed(weights, squares, axis=1, keepdims=0)
        return log_weight, graph.add("Squeeze", mean, graph.places(1)), variance

    def whole(self, log_weights: str, means: str, variances: str) -> tuple[str, str]:
        """Mean and variance of all frames of all segments."""
        graph = self._graph
        weights = graph.add("Softmax", log_weights, axis=0)
        mean = graph.weighed(weights, means, axis=0, keepdims=1)
        apart = graph.square(graph.add("Sub", means, mean))
        apart = graph.add("Add", variances, apart)
        return mean, graph.weighed(weights, apart, axis=0, keepdims=1)

    def read_out(self, mean: str, variance: str) -> str:
        """Log-probabilities, `[num_samples, num_classes]`."""
        graph, pooled = self._graph, mean
        if self._pooling != "mean":
            least = graph.constant(np.float32(LEAST_VARIANCE))
            deviation = graph.add("Sqrt", graph.add("Add", variance, least))
            pooled = graph.add("Concat", mean, deviation, axis=1)
        kernel, bias = (one.numpy() for one in self._network.head)
        return graph.add("LogSoftmax", graph.dense(pooled, kernel, bias), axis=-1)

    def _features(self, values: str) -> str:
        """What the layers make of segments, `[num_segments, frames, width]`."""
        graph, network = self._graph, self._network
        plans = network.settings.layer_plans()
        hidden = graph.reshape(values, *plans[0].input_shape)
        is_convolved = len(plans[0].input_shape) > 1
        if is_convolved:
            hidden = graph.add("Transpose", hidden, perm=[0, 3, 1, 2])
        outputs = []
        for plan, kernel, bias, divisor in zip(
            plans, network.kernels, network.biases, network.divisors, strict=True
        ):
            hidden = self._layer(plan, hidden, kernel.numpy(), bias.numpy(), divisor)
            outputs.append(hidden)
        frames, _ = network.settings.features_shape()
        seen = outputs if network.settings.readout == "all" else outputs[-1:]
        if is_convolved:
            seen = [graph.add("Transpose", one, perm=[0, 2, 3, 1]) for one in seen]
        shapes = [plan.output_shape for plan in plans[-len(seen) :]]
        parts = [
            graph.reshape(one, frames, math.prod(shape) // frames)
            for one, shape in zip(seen, shapes, strict=True)
        ]
        return graph.add("Concat", *parts, axis=2)

    def _layer(
        self,
        plan: LayerPlan,
        values: str,
        kernel: np.ndarray,
        bias: np.ndarray,
        divisor: float,
    ) -> str:
        """Adds the nodes of one layer, as `average_modules` computes it.

        Args:
          plan: Shapes of the layer.
          values: Name of its inputs.
          kernel: float32 `[..., num_inputs, num_active * units]`.
          bias: float32 `[num_active * units]`.
          divisor: What the sum over the modules is divided by.

        Returns:
          Name of its outputs.
        """
        graph, units = self._graph, plan.units
        if plan.stride:
            first = graph.constant(np.transpose(kernel, (3, 2, 0, 1)).copy())
            values = graph.add(
                "Conv",
                values,
                first,
                graph.constant(bias),
                # As TensorFlow pads: what is odd comes last.
                auto_pad="SAME_UPPER",
                strides=list(plan.stride),
            )
        else:
            values = graph.dense(values, kernel, bias)
        values = graph.add("Relu", values)
        places = [
            -(-size // step)
            for size, step in zip(plan.input_shape[:-1], plan.stride, strict=True)
        ]
        values = graph.reshape(values, len(bias) // units, units, *places)
        values = graph.add("ReduceSum", values, graph.places(1), keepdims=0)
        values = graph.add("Div", values, graph.constant(np.float32(divisor)))
        if max(plan.pool_size, default=1) == 1:
            return values
        pool = list(plan.pool_size)
        return graph.add("MaxPool", values, kernel_shape=pool, strides=pool)


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self, onnx: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._onnx = onnx
        self._numbers = itertools.count()

    def constant(self, values: np.ndarray | np.generic) -> str:
        """Adds an array `[...]`, or a scalar; its name."""
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
        """Adds a product with a kernel `[inputs, outputs]` and a bias `[outputs]`."""
        return self.add("Gemm", values, self.constant(kernel), self.constant(bias))

    def places(self, *numbers: int) -> str:
        return self.constant(np.array(numbers, np.int64))

    def reshape(self, values: str, *shape: int) -> str:
        """Gives each segment a shape."""
        return self.add("Reshape", values, self.places(-1, *shape))

    def square(self, values: str) -> str:
        return self.add("Mul", values, values)

    def weighed(self, weights: str, values: str, *, axis: int, keepdims: int) -> str:
        products = self.add("Mul", weights, values)
        return self.add("ReduceSum", products, self.places(axis), keepdims=keepdims)

    def together(self, scores: Sequence[str]) -> str:
        """See `pathway_network.together`."""
        if len(scores) == 1:
            return scores[0]
        number = self.constant(np.float32(len(scores)))
        mean = self.add("Div", self.add("Sum", *scores), number)
        return self.add("LogSoftmax", mean, axis=-1)
