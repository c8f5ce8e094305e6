"""IEMOCAP: English dialogs, ten speakers, `Session1/sentences/wav/.../..._F000.wav`.

The label of a turn stands in `Session1/dialog/EmoEvaluation/Ses01F_impro01.txt`, in a
line of the stretch, the turn, the emotion and its mean ratings. Who speaks a turn tells
the last letter of its name; the first one tells who wears the markers. Folders below
`EmoEvaluation` hold what each rater said and are not read.

Reference: Busso et al. 2008, "IEMOCAP: interactive emotional dyadic motion capture
database".
"""

import re
from collections.abc import Iterator
from pathlib import Path

from data_tools.corpora.clip import (
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from data_tools.corpora.corpus import CorpusWithReader
from data_tools.corpora.label_files import lines_of, text_files
from data_tools.corpora.published_counts import Published
from pathnet_tf.runtime.media_files import SOUNDS

EMOTIONS = {
    "ang": "anger",
    "dis": "disgust",
    "exc": "excited",
    "fea": "fear",
    "fru": "frustration",
    "hap": "happiness",
    "neu": "neutral",
    "sad": "sadness",
    "sur": "surprise",
}
WITHOUT_LABEL = {
    "oth": "its raters say that none of the names of emotions fits",
    "xxx": "its raters do not agree",
}
"""What stands for no label, with the reason to leave the turn out."""
SPEAKERS = tuple(f"Ses{session:02d}{sex}" for session in range(1, 6) for sex in "FM")
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_emotion={
        "anger": 1103,
        "disgust": 2,
        "excited": 1041,
        "fear": 40,
        "frustration": 1849,
        "happiness": 595,
        "neutral": 1708,
        "sadness": 1084,
        "surprise": 107,
    },
)
REMEDY = (
    "get IEMOCAP (https://sail.usc.edu/iemocap, by a form) and give the folder that "
    "holds Session1 to Session5"
)

_TURN = re.compile(r"(Ses0[1-5])[FM]_\w+_([FM])[A-Z]*\d+")
_DIALOG = re.compile(r"Ses0[1-5][FM]_\w+")
_LINE = re.compile(r"\[[\d.]+ - [\d.]+\]\t(\S+)\t(\w+)\t.*")


def read(folder: Path) -> Reading:
    """Reads the turns of IEMOCAP.

    Args:
      folder: Holds `Session1` and its siblings, directly or further down.

    Returns:
      The clips; the speaker is the session and the sex, such as Ses01F. Turns without
      an agreed label are left out, as are the dialogs as a whole. A turn is a problem
      if it has a label and no recording, or a recording and no label.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    labels = dict(_labels(folder))
    clips, problems, left_out = [], [], []
    recorded = set()
    for path in media_files(folder, SOUNDS):
        source = relative_source(path, folder)
        match = _TURN.fullmatch(path.stem)
        if match is None and _DIALOG.fullmatch(path.stem):
            left_out.append(Remark(source, "a whole dialog; its turns are read"))
            continue
        code, _ = labels.get(path.stem, ("", ""))
        recorded.add(path.stem)
        if match is None or not code:
            reason = "no label: no line in a file of dialog/EmoEvaluation names it"
            problems.append(Remark(source, reason))
        elif code in WITHOUT_LABEL:
            left_out.append(Remark(source, WITHOUT_LABEL[code]))
        elif code not in EMOTIONS:
            problems.append(Remark(source, f"no label: its emotion {code} is unknown"))
        else:
            speaker = match[1] + match[2]
            clips.append(
                Clip(
                    key=f"iemocap/{speaker}/{path.name}",
                    corpus="iemocap",
                    speaker=speaker,
                    emotion=EMOTIONS[code],
                    path=path,
                    sex={"F": "female", "M": "male"}[match[2]],
                )
            )
    problems += [
        Remark(source, f"turn {turn} has no recording in sentences/wav")
        for turn, (_, source) in labels.items()
        if turn not in recorded
    ]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _labels(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields each turn with its code, and the file that says so."""
    for file in text_files(folder):
        if file.parent.name == "EmoEvaluation":
            for line in lines_of(file):
                if match := _LINE.fullmatch(line.rstrip()):
                    yield match[1], (match[2], relative_source(file, folder))


CORPUS = CorpusWithReader(
    name="iemocap",
    title="IEMOCAP",
    language="English",
    licence="research, by a form",
    remedy=REMEDY,
    example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=_TURN.pattern,
    reader=read,
    caution=(
        "two people talk in each session, so that a fold should hold out a session; "
        "the scripted dialogs repeat their lines in every session"
    ),
)
