"""eNTERFACE'05: English videos, 44 speakers, `subject 7/anger/sentence 3/s7_an_3.avi`.

Speaker and emotion are taken from the folders, because file names are wrong in places:
all files of subject 11 are named `s12_*`, those of subject 3 `s_3_*`, and one file is
named `s16_su_3avi.avi`. Subject 6 has six uncut recordings instead of 30 clips, and
subject 23 lacks three clips.

Reference: Martin et al. 2006, "The eNTERFACE'05 audio-visual emotion database".
"""

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

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
from data_tools.corpora.published_counts import Published
from pathnet_tf.data.dataset_card import MODALITIES
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.media_files import SOUNDS, VIDEOS

EMOTIONS = {
    "an": "anger",
    "di": "disgust",
    "fe": "fear",
    "ha": "happiness",
    "sa": "sadness",
    "su": "surprise",
}
SPEAKERS = tuple(str(subject) for subject in range(1, 45))
SUBJECTS = {
    "no_s6": frozenset({"6"}),
    "all": frozenset(),
    "clean42": frozenset({"6", "23"}),
}
"""The subjects that each choice leaves out."""
DEFAULT_SUBJECTS = "no_s6"
REMEDY = (
    "get eNTERFACE'05 (http://www.enterface.net/enterface05) and give the folder "
    "that holds 'subject 1' and its siblings"
)

_SUBJECT = re.compile(r"subject[ _-]*0*(\d+)", re.IGNORECASE)
_SENTENCE = re.compile(r"sentence[ _-]*0*(\d+)", re.IGNORECASE)
_FILE = re.compile(r"s_?0*(\d+)_([a-z]{2})_?(\d*)(?:avi)?", re.IGNORECASE)


def read(
    folder: Path, *, subjects: str = DEFAULT_SUBJECTS, modality: str = "speech"
) -> Reading:
    """Reads eNTERFACE'05.

    Args:
      folder: Holds `subject 1` and its siblings, directly or further down.
      subjects: `no_s6` leaves out subject 6, `clean42` leaves out subjects 6 and 23,
        `all` leaves out nobody.
      modality: `speech` reads videos and audio files, `face` reads videos only.

    Returns:
      The clips; the speaker is the number of the subject. A recording is a problem if
      it lies outside of a subject's folder or of an emotion's folder below it. There is
      a note on a recording whose name contradicts its folders.

    Raises:
      DataError: The folder does not exist, is empty, or holds two copies of a clip.
      UsageError: The choice of subjects is unknown.
    """
    if subjects not in SUBJECTS:
        raise UsageError(
            f"--corpus_option=subjects={subjects}: it must be one of "
            f"{', '.join(SUBJECTS)}"
        )
    require_folder(folder, remedy=REMEDY)
    # The user may give the folder of a single subject.
    root_name = Path(os.path.abspath(folder)).name
    clips, problems, left_out, notes = [], [], [], []
    for path in media_files(folder, SOUNDS | VIDEOS):
        source = relative_source(path, folder)
        speaker, below = _speaker(Path(root_name, source).parts)
        emotion = _emotion(below)
        if speaker in SUBJECTS[subjects]:
            left_out.append(Remark(source, f"subject {speaker} (not in {subjects})"))
        elif modality == "face" and path.suffix.lower() in SOUNDS:
            left_out.append(Remark(source, "a sound; the videos are read"))
        elif speaker not in SPEAKERS:
            reason = "no label: it lies in none of the folders 'subject 1' to 44"
            problems.append(Remark(source, reason))
        elif not emotion:
            reason = "no label: it lies in no folder such as 'anger' below its subject"
            problems.append(Remark(source, reason))
        else:
            clips.append(
                Clip(
                    key="/".join(("enterface", speaker, *below)),
                    corpus="enterface",
                    speaker=speaker,
                    emotion=emotion,
                    path=path,
                    sentence=_sentence(below, emotion),
                )
            )
            contradiction = _contradiction(path.stem, speaker, emotion)
            if contradiction:
                notes.append(Remark(source, contradiction))
    return make_reading(
        folder,
        clips,
        problems=problems,
        left_out=left_out,
        notes=notes,
        remedy=REMEDY,
    )


def published(subjects: str) -> Published:
    """Returns the counts of the published corpus for a choice of subjects.

    Args:
      subjects: A key of `SUBJECTS`.

    Returns:
      30 clips for each of 42 subjects, and, if they are chosen, 27 for subject 23 and 6
      for subject 6: 1293, 1287 or 1260 clips.
    """
    speakers = tuple(name for name in SPEAKERS if name not in SUBJECTS[subjects])
    return Published(
        speakers=speakers,
        clips_per_cell=dict.fromkeys(EMOTIONS.values(), 5),
        exceptions={
            name: count
            for name, count in {"6": 6, "23": 27}.items()
            if name in speakers
        },
    )


def _speaker(parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Returns the subject's number and the parts of the path below its folder."""
    for index, part in enumerate(parts[:-1]):
        match = _SUBJECT.fullmatch(part.strip())
        if match:
            return match[1], parts[index + 1 :]
    return "", ()


def _emotion(below: tuple[str, ...]) -> str:
    """Returns the emotion of a path below its subject; empty if it names none."""
    if len(below) > 1:
        word = below[0].strip().lower()
        return word if word in EMOTIONS.values() else ""
    # Uncut recordings may lie beside the emotion folders, with the emotion as name.
    words = re.findall("[a-z]+", Path(*below).stem.lower()) if below else []
    for word in words:
        if word in EMOTIONS.values() or word in EMOTIONS:
            return EMOTIONS.get(word, word)
    return ""


def _sentence(below: tuple[str, ...], emotion: str) -> str:
    """Returns the sentence of a path below its subject; empty for uncut recordings."""
    match = _SENTENCE.fullmatch(below[-2].strip()) if len(below) > 1 else None
    number = match[1] if match else ""
    if not number and (named := _FILE.fullmatch(Path(below[-1]).stem)):
        number = named[3]
    return f"{emotion[:2]}{int(number)}" if number else ""


def _contradiction(stem: str, speaker: str, emotion: str) -> str:
    """Returns how a file name contradicts its folders; empty if it does not."""
    match = _FILE.fullmatch(stem)
    if match is None:
        return "the name is not one such as s7_an_3; the folders are used"
    named_emotion = EMOTIONS.get(match[2].lower(), match[2])
    if match[1] != speaker:
        return (
            f"the name says subject {match[1]}; the folder says {speaker} and is used"
        )
    if named_emotion != emotion:
        return f"the name says {named_emotion}; the folder says {emotion} and is used"
    return ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Enterface(CorpusWithReader):
    """The corpus, whose counts depend on the choice of subjects."""

    def counts(self, **options: Any) -> Published:
        """Returns the counts for a choice of subjects; see `published`."""
        return published(options.get("subjects", DEFAULT_SUBJECTS))


CORPUS = _Enterface(
    name="enterface",
    title="eNTERFACE'05",
    language="English",
    licence="research",
    remedy=REMEDY,
    example="subject 7/anger/sentence 3/s7_an_3.avi",
    emotions=EMOTIONS,
    published=published(DEFAULT_SUBJECTS),
    pattern=(
        rf"subject[ _-]*\d+/({'|'.join(EMOTIONS.values())})/([^/]+/)?"
        r"s_?\d+_[a-z]{2}[^/]*"
    ),
    reader=read,
    modalities=MODALITIES,
    given=("modality",),
    options={
        "subjects": f"one of {', '.join(SUBJECTS)} ({DEFAULT_SUBJECTS}, the default, "
        "leaves out subject 6, whose recordings are uncut; clean42 also leaves out "
        "subject 23, which lacks clips)"
    },
    other_names=("enterface05", "enterface database"),
)
