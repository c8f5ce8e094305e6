"""RAVDESS: English speech and song, 24 speakers, `Actor_01/03-01-05-02-01-01-01.wav`.

The fields of a name are modality, channel, emotion, intensity, statement, repetition
and actor.

Reference: Livingstone & Russo 2018, "The Ryerson Audio-Visual Database of Emotional
Speech and Song".
"""

import re
from collections.abc import Collection
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
from data_tools.corpora.corpus import Corpus, CorpusWithReader
from data_tools.corpora.published_counts import Published
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime.media_files import SOUNDS, VIDEOS

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
    "(https://zenodo.org/records/1188976), or for faces Video_{channel}_Actor_01.zip "
    "and its siblings, and give the folder that holds Actor_01"
)

_NAME = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
_ACTOR_FOLDER = re.compile(r"actor[ _-]*(\d+)", re.IGNORECASE)
_WITH_SOUND, _WITHOUT_SOUND, _AUDIO_ONLY = "01", "02", "03"
_MODALITIES = (_WITH_SOUND, _WITHOUT_SOUND, _AUDIO_ONLY)
_SPEECH, _SONG = "01", "02"


def read(folder: Path, *, modality: str = "speech") -> Reading:
    """Reads the speech of RAVDESS, or the faces of those who speak.

    Args:
      folder: Holds `Actor_01` and its siblings, directly or further down.
      modality: `speech` reads the audio-only files. `face` reads the videos: of two
        that show the same, with and without sound, the one without.

    Returns:
      The clips. Songs and files of the other modality are left out. A recording is a
      problem if its name is not a RAVDESS name or names another actor than its folder.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
    """
    return _read(SPEECH, folder, modality, _SPEECH, "a song, not speech")


def read_songs(folder: Path, *, modality: str = "speech") -> Reading:
    """Reads the songs of RAVDESS, and leaves out its speech; see `read`."""
    return _read(SONGS, folder, modality, _SONG, "speech, not a song")


def _read(
    corpus: Corpus, folder: Path, modality: str, channel: str, why_not_others: str
) -> Reading:
    """Reads the files of a modality and a channel."""
    require_folder(folder, remedy=corpus.remedy)
    clips, problems, left_out = [], [], []
    paths = media_files(folder, SOUNDS | VIDEOS)
    names = {path.name for path in paths}
    for path in paths:
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
        elif why_not := _other_modality(path.name, modality, names):
            left_out.append(Remark(source, why_not))
        else:
            clips.append(
                Clip(
                    # The key is the same for sound and video, to match them. It begins
                    # alike for speech and songs, which have the same speakers.
                    key=f"{SPEECH.name}/{match[7]}/{_AUDIO_ONLY}{path.name[2:]}",
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


def _other_modality(name: str, modality: str, names: Collection[str]) -> str:
    """Returns why a file is not read for a modality; empty if it is."""
    if modality == "speech":
        is_sound = name.startswith(_AUDIO_ONLY)
        return "" if is_sound else "a video; the audio-only files are read"
    if name.startswith(_AUDIO_ONLY):
        return "a sound; the videos are read"
    if name.startswith(_WITH_SOUND) and _WITHOUT_SOUND + name[2:] in names:
        return "a video with sound; the one without sound shows the same"
    return ""


def _fault(path: Path, match: re.Match[str]) -> str:
    """Returns why the fields of a name are wrong; empty if they are right."""
    if match[1] not in _MODALITIES or match[2] not in (_SPEECH, _SONG):
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
    pattern=r"0[1-3]-01-0[1-8](-\d\d){4}",
    modalities=MODALITIES,
    reader=read,
    given=("modality",),
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
    pattern=r"0[1-3]-02-0[1-6](-\d\d){4}",
    modalities=MODALITIES,
    reader=read_songs,
    given=("modality",),
    num_sentences=2,
    caution="sung by the actors of ravdess: no source for that corpus, nor it for this",
)
