"""The flags of a network's sizes, and the settings that they make."""

from typing import TYPE_CHECKING

from absl import flags

from pathnet_tf.runtime.errors import UsageError

if TYPE_CHECKING:
    from pathnet_tf.network.settings import PathNetSettings, PerLayer

FLAGS = flags.FLAGS

flags.DEFINE_integer("num_layers", 3, "Layers of the network (L).")
flags.DEFINE_integer("num_modules", 20, "Modules a layer (M).")
flags.DEFINE_list(
    "module_units",
    ["20"],
    "Linear units of a module, channels of its output; one number, or one for each "
    "layer, as in 64,64,32.",
)
flags.DEFINE_integer("num_active", 4, "Most modules a layer in a pathway (N).")
flags.DEFINE_enum(
    "aggregation",
    "mean_active",
    ["mean_active", "mean_all", "sum"],
    "How the outputs of a layer's active modules are brought together.",
)
flags.DEFINE_enum(
    "module",
    "dense",
    ["dense", "conv", "time_conv"],
    "Kind of the modules: dense as in the paper, convolved over rows and columns, or "
    "over the frames of a segment alone.",
)
flags.DEFINE_list(
    "kernel_size", ["3"], "Size of a convolution; one number, or one for each layer."
)
flags.DEFINE_list(
    "stride", ["1"], "Step of a convolution; one number, or one for each layer."
)
flags.DEFINE_list(
    "pool_size",
    ["1"],
    "Size of the pools after a layer's average, whose maxima go on; 1 for none, one "
    "number, or one for each layer.",
)
flags.DEFINE_enum(
    "pooling",
    "mean",
    ["mean", "statistics", "attention"],
    "How frames and segments become what the head sees: their mean, mean and "
    "deviation, or both weighted by learned attention. Frames are those of "
    "--module=time_conv; of other modules a segment is one.",
)
flags.DEFINE_enum(
    "readout",
    "last",
    ["last", "all"],
    "Whether the head sees what the last layer gives, or all layers side by side.",
)


def settings() -> "PathNetSettings":
    """Makes a network's settings of the flags.

    Raises:
      UsageError: A flag is out of range.
    """
    from pathnet_tf.network.settings import PathNetSettings

    return PathNetSettings(
        num_layers=FLAGS.num_layers,
        num_modules=FLAGS.num_modules,
        module_units=_per_layer("module_units"),
        num_active=FLAGS.num_active,
        aggregation=FLAGS.aggregation,
        module=FLAGS.module,
        kernel_size=_per_layer("kernel_size"),
        stride=_per_layer("stride"),
        pool_size=_per_layer("pool_size"),
        pooling=FLAGS.pooling,
        readout=FLAGS.readout,
    )


def check_flags() -> None:
    """Checks what needs no TensorFlow to be checked.

    Raises:
      UsageError: A flag is no list of numbers.
    """
    for name in ("module_units", "kernel_size", "stride", "pool_size"):
        _per_layer(name)


def _per_layer(name: str) -> "PerLayer":
    words = FLAGS[name].value
    try:
        numbers = tuple(int(word) for word in words)
    except ValueError:
        numbers = ()
    if not numbers:
        raise UsageError(
            f"--{name} must be a number, or one for each layer, as in 64,64,32. "
            f"Received: --{name}={','.join(words)}"
        )
    return numbers[0] if len(numbers) == 1 else numbers
