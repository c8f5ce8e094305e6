"""MSP-IMPROV: English dialogs, twelve speakers, `MSP-IMPROV-S01A-F01-P-FM01.wav`.

The fields of a name are sentence and intended emotion, speaker, scenario (P natural,
R target read, S other improvised, T target improvised), and turn. Labels stand in
`Evalution.txt` (spelled so in the release), under the names of the videos:
`UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:3.0; ...`.

Reference: Busso et al. 2017, "MSP-IMPROV: an acted corpus of dyadic interactions to
study emotion perception".
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

EMOTIONS = {"A": "anger", "H": "happiness", "N": "neutral", "S": "sadness"}
WITHOUT_LABEL = {
    "O": "its raters say that none of the names of emotions fits",
    "X": "its raters do not agree",
}
"""What stands for no label, with the reason to leave the turn out."""
SPEAKERS = tuple(f"{sex}{session:02d}" for sex in "FM" for session in range(1, 7))
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_emotion={
        "anger": 792,
        "happiness": 2644,
        "neutral": 3477,
        "sadness": 885,
    },
)
REMEDY = (
    "get MSP-IMPROV (https://ecs.utdallas.edu/research/researchlabs/msp-lab, by a "
    "form) and give the folder that holds Evalution.txt and session1 to session6"
)

_NAME = re.compile(
    r"(?:MSP|UTD)-IMPROV-((S\d\d)[AHNS]-(([FM])0[1-6])-([PRST])-[A-Z]+\d+)"
)
_LINE = re.compile(r"UTD-IMPROV-([A-Z0-9-]+)\.avi; ([A-Z]); A:.*")
_TARGET_SCENARIOS = "RT"


def read(folder: Path) -> Reading:
    """Reads the turns of MSP-IMPROV.

    Args:
      folder: Holds the file of labels and the recordings, directly or further down.

    Returns:
      The clips; turns in which the target sentence was to be said name it. Turns
      without an agreed label are left out. A turn is a problem if it has a label and no
      recording, or a recording and no label.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    labels = dict(_labels(folder))
    clips, problems, left_out = [], [], []
    recorded = set()
    for path in media_files(folder, SOUNDS):
        source = relative_source(path, folder)
        match = _NAME.fullmatch(path.stem)
        turn = match[1] if match else ""
        code, _ = labels.get(turn, ("", ""))
        recorded.add(turn)
        if match is None:
            reason = "no label: its name is none such as MSP-IMPROV-S01A-F01-P-FM01"
            problems.append(Remark(source, reason))
        elif code in WITHOUT_LABEL:
            left_out.append(Remark(source, WITHOUT_LABEL[code]))
        elif code not in EMOTIONS:
            reason = f"no label: its emotion {code} is unknown"
            missing = "no label: no line of Evalution.txt names it"
            problems.append(Remark(source, reason if code else missing))
        else:
            _, sentence, speaker, sex, scenario = match.groups()
            clips.append(
                Clip(
                    key=f"msp_improv/{speaker}/{path.name}",
                    corpus="msp_improv",
                    speaker=speaker,
                    emotion=EMOTIONS[code],
                    path=path,
                    sentence=sentence if scenario in _TARGET_SCENARIOS else "",
                    sex={"F": "female", "M": "male"}[sex],
                )
            )
    problems += [
        Remark(source, f"turn {turn} has no recording")
        for turn, (_, source) in labels.items()
        if turn not in recorded
    ]
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _labels(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields each turn with its code, and the file that says so."""
    for file in text_files(folder):
        if file.stem.lower() in ("evalution", "evaluation"):
            for line in lines_of(file):
                if match := _LINE.fullmatch(line.rstrip()):
                    yield match[1], (match[2], relative_source(file, folder))


CORPUS = CorpusWithReader(
    name="msp_improv",
    title="MSP-IMPROV",
    language="English",
    licence="research, by a form",
    remedy=REMEDY,
    example="session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=_NAME.pattern,
    reader=read,
    num_sentences=20,
    caution="two people talk in each session, so that a fold should hold out a session",
    other_names=("improv",),
)
