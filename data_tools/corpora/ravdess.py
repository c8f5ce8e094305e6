"""RAVDESS: English speech, 24 speakers, `Actor_01/03-01-05-02-01-01-01.wav`.

The fields of a name are modality, channel, emotion, intensity, statement, repetition
and actor.

Reference: Livingstone & Russo 2018, "The Ryerson Audio-Visual Database of Emotional
Speech and Song".
"""

import re
from pathlib import Path

from data_tools.corpora.clip import (
    AUDIO_SUFFIXES,
    VIDEO_SUFFIXES,
    Clip,
    Reading,
    Remark,
    make_reading,
    media_files,
    relative_source,
    require_folder,
)
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
SPEAKERS = tuple(f"{actor:02d}" for actor in range(1, 25))
PUBLISHED = Published(
    speakers=SPEAKERS,
    clips_per_cell={
        emotion: 4 if emotion == "neutral" else 8 for emotion in EMOTIONS.values()
    },
)
REMEDY = (
    "get Audio_Speech_Actors_01-24.zip of RAVDESS "
    "(https://zenodo.org/records/1188976) and give the folder that holds Actor_01"
)

_NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
_ACTOR_FOLDER = re.compile(r"actor[ _-]*(\d+)", re.IGNORECASE)
_AUDIO_ONLY, _SPEECH, _SONG = "03", "01", "02"


def read(folder: Path) -> Reading:
    """Reads the speech of RAVDESS.

    Args:
      folder: Holds `Actor_01` and its siblings, directly or further down.

    Returns:
      The clips. Songs and the videos of the corpus are left out. A recording is a
      problem if its name is not a RAVDESS name or names another actor than its folder.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    require_folder(folder, remedy=REMEDY)
    clips, problems, left_out = [], [], []
    for path in media_files(folder, AUDIO_SUFFIXES | VIDEO_SUFFIXES):
        source = relative_source(path, folder)
        match = _NAME.fullmatch(path.stem)
        fault = "" if match is None else _fault(path, match)
        if match is None:
            reason = "no label: its name is not that of a RAVDESS file such as "
            problems.append(Remark(source, reason + "03-01-05-02-01-01-01"))
        elif fault:
            problems.append(Remark(source, fault))
        elif match[2] == _SONG:
            left_out.append(Remark(source, "a song, not speech"))
        elif match[1] != _AUDIO_ONLY:
            left_out.append(Remark(source, "a video; the audio-only files are read"))
        else:
            clips.append(
                Clip(
                    key=f"ravdess/{match[7]}/{path.name}",
                    corpus="ravdess",
                    speaker=match[7],
                    emotion=EMOTIONS[match[3]],
                    path=path,
                )
            )
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=REMEDY
    )


def _fault(path: Path, match: re.Match[str]) -> str:
    """Returns why the fields of a name are wrong; empty if they are right."""
    if match[1] not in ("01", "02", _AUDIO_ONLY) or match[2] not in (_SPEECH, _SONG):
        return "no label: field 1 (modality) or 2 (channel) of its name is unknown"
    if match[3] not in EMOTIONS:
        return f"no label: emotion {match[3]} (field 3 of its name) is unknown"
    if match[7] not in SPEAKERS:
        return f"no label: actor {match[7]} (field 7 of its name) is none of 01 to 24"
    actor_folder = _ACTOR_FOLDER.fullmatch(path.parent.name)
    if actor_folder and int(actor_folder[1]) != int(match[7]):
        return (
            f"no label: it lies in {path.parent.name} but field 7 of its name says "
            f"actor {match[7]}"
        )
    return ""
