"""Networks, segments and trainers that learn them, for tests of training."""

import dataclasses

import numpy as np

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.network.freezing import draw_anew, freeze
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.training.settings import Augmentation, TrainingSettings
from pathnet_tf.training.trainer import Trainer

DENSE = PathNetSettings(
    input_shape=(6, 4, 3), num_layers=2, num_modules=5, module_units=4, num_active=2
)
CONV = dataclasses.replace(
    DENSE, module="conv", module_units=(3, 2), stride=(2, 1), pool_size=(1, 2)
)
TIME = dataclasses.replace(
    DENSE, module="time_conv", kernel_size=(3, 2), stride=(2, 1), pooling="attention"
)
GENOTYPE = np.array([[0, 3], [1, 1]], np.int32)
FROZEN = np.array([[0, 2], [1, 4]], np.int32)
OTHER = np.array([[1, 2], [0, 3]], np.int32)
SIZE, BATCH, RATE = 24, 8, 0.05
# Of one segment up to four, not in order.
CLIPS = np.array(
    [7, 7, 1, 2, 2, 2, 9, 9, 9, 9, 3, 4, 4, 5, 5, 5, 6, 6, 8, 8, 8, 8, 0, 0]
)
EVERYTHING = {
    "classify": "clip",
    "segments_per_clip": 2,
    "optimizer": "adam",
    "class_weights": "balanced",
    "label_smoothing": 0.1,
    "mixup": 0.2,
    "dropout": 0.3,
    "weight_decay": 0.1,
    "augmentation": Augmentation(time_mask=2, frequency_mask=1, band_shift=1, gain=0.1),
}


def make_model(network, frozen=None, seed=1):
    rng = np.random.default_rng(seed)
    model = PathNet(network, {"old": ("a", "b"), "new": ("a", "b", "c")})
    draw_anew(model, "old", rng)
    if frozen is not None:
        freeze(model, frozen)
    draw_anew(model, "new", rng)
    for attention in model.attentions.values():
        # As if it had learned something.
        attention.kernel.assign(rng.standard_normal(attention.kernel.shape))
    return model


def make_data(seed=2, size=SIZE):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((size, 6, 4, 3)).astype(np.float32)
    # All segments of a clip have its label.
    labels = rng.integers(3, size=10)[CLIPS[:size]].astype(np.int32)
    return SegmentInputs(values, clip=CLIPS[:size]), labels


def make_trainer(model, kind=Trainer, allowed=None, **settings):
    values = {"learning_rate": RATE, "batch_size": BATCH} | settings
    return kind(model, "new", *make_data(), TrainingSettings(**values), allowed=allowed)


def weights_of(model):
    return [w.numpy() for w in model.weights if "genotype" not in w.path]


def make_current(model, genotype):
    for layer, genes in zip(model.pathnet_layers, genotype, strict=True):
        layer.genotype.assign(genes)


def num_needed(trainer, is_counted):
    """How many nodes of a kind there are on which the result of training depends."""
    definition = trainer._loop._present.get_concrete_function().graph.as_graph_def()
    number = 0
    for function in definition.library.function:
        nodes = {node.name: node for node in function.node_def}
        needed, left = set(), [*function.ret.values(), *function.control_ret.values()]
        while left:
            name = left.pop().lstrip("^").split(":")[0]
            if name in nodes and name not in needed:
                needed.add(name)
                left += nodes[name].input
        number += sum(is_counted(nodes[name]) for name in needed)
    return number
