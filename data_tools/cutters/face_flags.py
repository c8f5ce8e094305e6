"""The flags for finding and cropping faces, shared by several binaries."""

from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from data_tools.cutters.face_detector import FaceFrontEnd

FLAGS = flags.FLAGS
# The defaults of face_detector.FaceFrontEnd, which is too slow to import for --help.
flags.DEFINE_float(
    "margin",
    0.0,
    "Margin of a crop around the detector's box on each side, as a share of the box.",
)
flags.DEFINE_float(
    "scale_factor",
    1.1,
    "Ratio between successive face sizes that the detector tries. A smaller ratio is "
    "slower and finds more faces.",
)
flags.DEFINE_integer(
    "min_neighbors",
    5,
    "Overlapping hits that count as a face. With fewer, the detector finds more faces "
    "and makes more mistakes.",
)
flags.DEFINE_float(
    "min_face",
    0.15,
    "Side of the smallest face to look for, as a share of the picture's shorter side. "
    "A smaller value is slower and makes more mistakes.",
)
flags.DEFINE_integer("frame_stride", 1, "N: uses every N-th frame of a video.")
flags.DEFINE_bool(
    "whole_pictures",
    None,
    "Takes each picture as a face that is cut out already and looks for none. Unless "
    "you say, this is done for corpora of such pictures (fer2013) alone.",
)

_NAMES = ("margin", "scale_factor", "min_neighbors", "min_face", "frame_stride")


def front_end_from_flags(*, are_faces_cut: bool = False) -> "FaceFrontEnd":
    """Makes the settings of the face detector and of the crops from the flags.

    Args:
      are_faces_cut: Whether the pictures are known to be faces that are cut out.

    Raises:
      UsageError: A value is out of range.
    """
    from data_tools.cutters.face_detector import FaceFrontEnd

    named = FLAGS.whole_pictures
    return FaceFrontEnd(
        **{name: FLAGS[name].value for name in _NAMES},
        whole_pictures=are_faces_cut if named is None else named,
    )
