"""The flags that say how faces are found and cropped."""

from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from data_tools.cutters.face_detector import FaceFrontEnd

FLAGS = flags.FLAGS
# The defaults of face_detector.FaceFrontEnd, which is too slow to import for --help.
flags.DEFINE_float(
    "margin",
    0.0,
    "What a crop has around the detector's box on each side, as a share of the box.",
)
flags.DEFINE_float(
    "scale_factor",
    1.1,
    "Step between the sizes of faces that are looked for. Smaller: slower, finds more.",
)
flags.DEFINE_integer(
    "min_neighbors",
    5,
    "Overlapping hits that make a face. Fewer: more faces, and more that are none.",
)
flags.DEFINE_float(
    "min_face",
    0.15,
    "Side of the smallest face, as a share of the picture's shorter side. Smaller: "
    "slower, and more that are none.",
)
flags.DEFINE_integer("frame_stride", 1, "Takes every so many-th frame of a video.")

_NAMES = ("margin", "scale_factor", "min_neighbors", "min_face", "frame_stride")


def front_end_from_flags() -> "FaceFrontEnd":
    """Reads the flags.

    Returns:
      The settings.

    Raises:
      UsageError: A value is out of its range.
    """
    from data_tools.cutters.face_detector import FaceFrontEnd

    return FaceFrontEnd(**{name: FLAGS[name].value for name in _NAMES})
