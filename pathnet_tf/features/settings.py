"""What a clip is to the network: its segments, or one vector."""

import dataclasses
from pathlib import Path

from pathnet_tf.features.feature_sets import (
    ENCODED,
    FACE_VECTORS,
    FROM_FILES,
    MOST_VIEWS,
    REPRESENTATIONS,
    SPEECH_VECTORS,
    is_representation,
    parse_speeds,
    parts_of,
)
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import check, flag


@dataclasses.dataclass(frozen=True)
class Representation:
    """How clips are represented.

    Raises:
      UsageError: A value is out of its range, or has no use.
    """

    kind: str = flag(
        "segments",
        "What a clip is to the network: its segments, or one vector. Of speech: "
        "functionals of its log-mel frames; those and its prosody (prosody), or "
        "openSMILE's (egemaps, compare), out of --functionals. Of faces: histograms of "
        "oriented gradients (hog) or of local binary patterns (lbp), averaged over its "
        "faces. Of both: the vectors that write_vectors wrote. Two or more side by "
        f"side are one vector: compare+vectors. Of {', '.join(REPRESENTATIONS)}.",
        name="representation",
    )
    silence_db: float = flag(
        0.0,
        "Leave frames so far below a clip's loudest one out of its log-mel "
        "functionals; 0: none. Those of --functionals must have been written with the "
        "same --silence_db.",
        least=0,
    )
    speeds: tuple[float, ...] = flag(
        (),
        "With functionals of --functionals: hear each clip at these speeds too, as "
        "0.88,1.14, at which they must have been written; a clip is answered by all "
        "of them together. Best with --classify=clip --segments_per_clip=1, which "
        "learns from one of them at a time.",
        read=parse_speeds,
    )
    views: int = flag(
        1,
        "With histograms of faces: look at each face in so many views, at most "
        f"{MOST_VIEWS}: as it is, mirrored, a little turned, nearer, farther and "
        "shifted; a clip is answered by all of them together. Best with "
        "--classify=clip --segments_per_clip=1, which learns from one of them at a "
        "time.",
        least=1,
    )
    files: tuple[Path, ...] = flag(
        (),
        "File of python -m data_tools.write_functionals for --method=egemaps_svm or "
        "compare_svm and for --representation, or of write_vectors; repeat the flag "
        "for several corpora and sets. Default: those beside the datasets, as "
        "datasets/emodb.compare.npz.",
        name="functionals",
        kind="repeated",
        read=lambda files: tuple(map(Path, files)),
    )

    @property
    def is_of_vectors(self) -> bool:
        """Whether a clip is one vector instead of segments."""
        return self.kind != "segments"

    @property
    def parts(self) -> tuple[str, ...]:
        """What stands side by side in a clip's vector."""
        return parts_of(self.kind)

    @property
    def num_versions(self) -> int:
        """Vectors of a clip: at so many speeds, or in so many views."""
        return self.views * (1 + len(self.speeds))

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)
        if not is_representation(self.kind):
            raise UsageError(
                f"--representation must be one of {', '.join(REPRESENTATIONS)}, or "
                "several vectors with + between them, each once. Received: "
                f"--representation={self.kind}"
            )
        parts = set(self.parts)
        if self.silence_db and not parts & {*SPEECH_VECTORS, ENCODED}:
            raise UsageError(
                "--silence_db leaves silence out of functionals of speech; it needs "
                f"--representation={', '.join(SPEECH_VECTORS)} or {ENCODED}"
            )
        if self.speeds and not parts <= {*FROM_FILES}:
            raise UsageError(
                "--speeds takes vectors that were made of faster and slower "
                "recordings too; it needs "
                f"--representation={', '.join(FROM_FILES[:-1])} or {FROM_FILES[-1]}"
            )
        if self.views > MOST_VIEWS:
            raise UsageError(
                f"--views must be at most {MOST_VIEWS}. Received: --views={self.views}"
            )
        if self.views > 1 and not parts <= {*FACE_VECTORS}:
            raise UsageError(
                "--views looks at faces of which vectors are made; it needs "
                f"--representation={' or '.join(FACE_VECTORS)}"
            )
