"""The flags for finding and cropping faces, shared by several binaries."""

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from data_tools.cutters.face_front_end import FaceFrontEnd

FLAGS = flags.FLAGS
# The defaults of face_front_end.FaceFrontEnd, which is too slow to import for --help.
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
flags.DEFINE_float(
    "frames_per_second",
    None,
    "Instead of --frame_stride: uses so many frames of each second of a video, by the "
    "times at which they are shown, or all if it has fewer. Videos of 25, 30 and 60 "
    "frames a second then give datasets alike.",
)
flags.DEFINE_float(
    "apex_share",
    1.0,
    "Share of a video's frames to keep: those in a row in which the face differs most "
    "from how it looked at first. For clips that begin with a neutral face, and may "
    "end with one. 1 keeps all.",
)
flags.DEFINE_enum(
    "faces",
    None,
    ["find", "cut"],
    "find looks for the face in each picture or frame; cut takes each as a face that "
    "is cut out already. Unless you say, cut is for corpora of such pictures (fer2013) "
    "and find for all others.",
)
flags.DEFINE_enum(
    "several_faces",
    "refuse",
    ["refuse", "largest"],
    "If several faces are found in a frame: refuse treats it as one in which none is "
    "found, largest takes the largest.",
)
flags.DEFINE_enum(
    "align",
    "none",
    ["none", "eyes"],
    "eyes turns, shifts and scales each crop so that both eyes have fixed places; "
    "where they are not both found, the crop is as by none.",
)
flags.DEFINE_enum(
    "detector",
    "viola_jones",
    ["viola_jones", "yunet"],
    "What finds faces: OpenCV's cascade, or the network in --detector_model. Datasets "
    "of one are not to be used with those of the other.",
)
flags.DEFINE_string(
    "detector_model",
    None,
    "File of YuNet, such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo.",
)

_NAMES = (
    "margin",
    "scale_factor",
    "min_neighbors",
    "min_face",
    "frame_stride",
    "frames_per_second",
    "apex_share",
    "several_faces",
    "align",
    "detector",
)


def front_end_from_flags(*, are_faces_cut: bool = False) -> "FaceFrontEnd":
    """Makes the settings of the face detector and of the crops from the flags.

    Args:
      are_faces_cut: Whether the pictures are known to be faces that are cut out.

    Raises:
      UsageError: A value is out of range.
    """
    from data_tools.cutters.face_front_end import FaceFrontEnd

    model = FLAGS.detector_model
    return FaceFrontEnd(
        **{name: FLAGS[name].value for name in _NAMES},
        faces=FLAGS.faces or ("cut" if are_faces_cut else "find"),
        detector_model=Path(model) if model else None,
    )
