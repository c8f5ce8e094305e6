"""RAVDESS: English speech and song, 24 speakers, `Actor_01/03-01-05-02-01-01-01.wav`.

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
from data_tools.corpora.corpus import Corpus, CorpusWithReader
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
# Actor 18 did not sing, and nobody sang with disgust or surprise.
PUBLISHED_SONGS = Published(
    speakers=tuple(actor for actor in SPEAKERS if actor != "18"),
    clips_per_cell={
        emotion: count
        for emotion, count in PUBLISHED.clips_per_cell.items()
        if emotion not in ("disgust", "surprise")
    },
)
REMEDY = (
    "get Audio_{channel}_Actors_01-24.zip of RAVDESS "
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
    return _read(SPEECH, folder, _SPEECH, "a song, not speech")


def read_songs(folder: Path) -> Reading:
    """Reads the songs of RAVDESS, and leaves out its speech; see `read`."""
    return _read(SONGS, folder, _SONG, "speech, not a song")


def _read(corpus: Corpus, folder: Path, channel: str, why_not_others: str) -> Reading:
    """Reads the files of a channel."""
    require_folder(folder, remedy=corpus.remedy)
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
        elif match[2] != channel:
            left_out.append(Remark(source, why_not_others))
        elif match[1] != _AUDIO_ONLY:
            left_out.append(Remark(source, "a video; the audio-only files are read"))
        else:
            clips.append(
                Clip(
                    key=f"{corpus.name}/{match[7]}/{path.name}",
                    corpus=corpus.name,
                    speaker=match[7],
                    emotion=EMOTIONS[match[3]],
                    path=path,
                    sentence=f"statement {match[5]}",
                    sex="male" if int(match[7]) % 2 else "female",
                )
            )
    return make_reading(
        folder, clips, problems=problems, left_out=left_out, remedy=corpus.remedy
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


SPEECH = CorpusWithReader(
    name="ravdess",
    title="RAVDESS",
    language="English",
    licence="CC BY-NC-SA 4.0",
    remedy=REMEDY.format(channel="Speech"),
    example="Actor_01/03-01-05-02-01-01-01.wav",
    emotions=EMOTIONS,
    published=PUBLISHED,
    pattern=r"03-01-0[1-8](-\d\d){4}",
    reader=read,
    num_sentences=2,
)
SONGS = CorpusWithReader(
    name="ravdess_song",
    title="RAVDESS songs",
    language="English",
    licence="CC BY-NC-SA 4.0",
    remedy=REMEDY.format(channel="Song"),
    example="Actor_01/03-02-05-02-01-01-01.wav",
    emotions=EMOTIONS,
    published=PUBLISHED_SONGS,
    pattern=r"03-02-0[1-6](-\d\d){4}",
    reader=read_songs,
    num_sentences=2,
    caution="sung by the actors of ravdess: no source for that corpus, nor it for this",
)
