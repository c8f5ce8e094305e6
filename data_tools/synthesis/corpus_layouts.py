"""The folders, file names and quirks of four corpora, as plans of clips per speaker.

References: Martin et al. 2006, "The eNTERFACE'05 audio-visual emotion database"; Haq &
Jackson 2010, "Multimodal emotion recognition" (SAVEE); Burkhardt et al. 2005, "A
database of German emotional speech"; Livingstone & Russo 2018, "The Ryerson
audio-visual database of emotional speech and song".
"""

import dataclasses
import zlib

from data_tools.corpora.known import emodb, enterface, ravdess, savee

# Subjects with quirks come first, so that even a small corpus has them. Subject 12 is
# among them because the files of subject 11 carry the number 12.
_ENTERFACE_FIRST = ("7", "11", "12", "3", "6", "16", "23", "40")
ENTERFACE_SUBJECTS = _ENTERFACE_FIRST + tuple(
    subject for subject in enterface.SPEAKERS if subject not in _ENTERFACE_FIRST
)
# The corpus lacks three clips of subject 23. Which ones is not published; these are a
# guess.
_ENTERFACE_MISSING = {("23", "fear", 5), ("23", "happiness", 5), ("23", "surprise", 5)}

_EMODB_WOMEN = ("08", "09", "13", "14", "16")
_EMODB_SENTENCES = tuple(
    part + number
    for part, numbers in (
        ("a", ("01", "02", "04", "05", "07")),
        ("b", ("01", "02", "03", "09", "10")),
    )
    for number in numbers
)
_EMODB_VERSIONS = "abcdef"


@dataclasses.dataclass(frozen=True)
class DemoClip:
    """One recording to synthesize.

    Attributes:
      path: Path of the file with the sound, relative to the corpus folder, with `/`.
      name: Name of the clip, unique within its speaker and the same in all layouts.
      speaker: The speaker, even if the file name says otherwise.
      is_female: Whether the speaker is female.
      emotion: Label.
      sentences: Codes of the sentences in the file; the same code is the same text.
      sample_rate_hz: Sample rate of the recording.
      num_channels: 1 or 2.
      intensity: Factor on the strength of the expression.
      video: Path of the video; equal to `path` if sound and pictures share a file, and
        empty if there is no video.
      frame_size: Width and height of the video, in pixels.
    """

    path: str
    name: str
    speaker: str
    is_female: bool
    emotion: str
    sentences: tuple[str, ...]
    sample_rate_hz: int
    num_channels: int = 1
    intensity: float = 1.0
    video: str = ""
    frame_size: tuple[int, int] = (0, 0)

    @property
    def files(self) -> tuple[str, ...]:
        """The one or two files of the recording."""
        return (
            (self.path,) if self.video in ("", self.path) else (self.path, self.video)
        )


def enterface_clips(speaker: str, num_clips: int) -> list[DemoClip]:
    """Plans clips such as `subject 7/anger/sentence 3/s7_an_3.avi`, with the quirks.

    Names of subject 3 have one more underscore, files of subject 11 carry the number
    12, subject 6 has six uncut files, subject 23 lacks three clips, and one name of
    subject 16 is misspelt.
    """
    clips = []
    for emotion, code in _codes(enterface.EMOTIONS):
        folder = f"subject {speaker}/{emotion}"
        sentences = [f"{emotion} {number}" for number in range(1, 6)]
        if speaker == "6":
            files = [(f"{folder}/s6_{code}.avi", tuple(sentences))]
        else:
            files = [
                (
                    f"{folder}/sentence {number}/"
                    f"{_enterface_name(speaker, code, number)}.avi",
                    (sentences[number - 1],),
                )
                for number in range(1, num_clips + 1)
                if (speaker, emotion, number) not in _ENTERFACE_MISSING
            ]
        for path, said in files:
            clips.append(
                DemoClip(
                    path=path,
                    name=f"{emotion} {' '.join(said)}",
                    speaker=speaker,
                    is_female=int(speaker) % 5 == 1,
                    emotion=emotion,
                    sentences=said,
                    sample_rate_hz=48000,
                    num_channels=_num_channels(path),
                    video=path,
                    frame_size=(360, 288),
                )
            )
    return clips


def _enterface_name(speaker: str, code: str, number: int) -> str:
    """Returns a file name without its ending, right or wrong as in the real corpus."""
    if speaker == "3":
        return f"s_3_{code}_{number}"
    if speaker == "11":
        return f"s12_{code}_{number}"
    if (speaker, code, number) == ("16", "su", 3):
        return "s16_su_3avi"
    return f"s{speaker}_{code}_{number}"


def savee_clips(speaker: str, num_clips: int) -> list[DemoClip]:
    """Plans clips such as `AudioData/DC/sa03.wav`, and twice as many neutral ones.

    The video of that clip is `AudioVisualClip/DC/sa03.avi`.
    """
    clips = []
    for emotion, code in _codes(savee.EMOTIONS):
        total = 2 * num_clips if emotion == "neutral" else num_clips
        for number in range(1, total + 1):
            # All emotions share three sentences.
            said = f"common {number}" if number <= 3 else f"{emotion} {number}"
            name = f"{code}{number:02}"
            clips.append(
                DemoClip(
                    path=f"AudioData/{speaker}/{name}.wav",
                    name=name,
                    speaker=speaker,
                    is_female=False,
                    emotion=emotion,
                    sentences=(said,),
                    sample_rate_hz=44100,
                    num_channels=_num_channels(f"{speaker}/{name}"),
                    video=f"AudioVisualClip/{speaker}/{name}.avi",
                    frame_size=(320, 240),
                )
            )
    return clips


def flattened(clip: DemoClip) -> DemoClip:
    """Moves a SAVEE clip to the flat layout: `DC_sa03.wav` and `DC_sa03.avi`."""
    stem = f"{clip.speaker}_{clip.name}"
    return dataclasses.replace(clip, path=f"{stem}.wav", video=f"{stem}.avi")


def without_video(clip: DemoClip) -> DemoClip:
    """Removes the video of a clip, unless the same file holds the sound."""
    return clip if clip.video == clip.path else dataclasses.replace(clip, video="")


def emodb_clips(speaker: str, num_clips: int) -> list[DemoClip]:
    """Plans clips such as `wav/03a01Fa.wav`."""
    clips = []
    for order, (emotion, letter) in enumerate(_codes(emodb.EMOTIONS)):
        for index in range(num_clips):
            # Speakers said different sentences, depending on the emotion.
            start = int(speaker) + 3 * order + index
            said = _EMODB_SENTENCES[start % len(_EMODB_SENTENCES)]
            version = _EMODB_VERSIONS[index // len(_EMODB_SENTENCES)]
            name = f"{speaker}{said}{letter}{version}"
            clips.append(
                DemoClip(
                    path=f"wav/{name}.wav",
                    name=name,
                    speaker=speaker,
                    is_female=speaker in _EMODB_WOMEN,
                    emotion=emotion,
                    sentences=(said,),
                    sample_rate_hz=16000,
                )
            )
    return clips


def ravdess_clips(speaker: str, num_clips: int) -> list[DemoClip]:
    """Plans clips such as `Actor_01/03-01-05-02-01-01-01.wav`; half as many neutral."""
    clips = []
    for code, emotion in ravdess.EMOTIONS.items():
        # Neutral was recorded at normal intensity only.
        intensities = (1,) if emotion == "neutral" else (1, 2)
        takes = [
            (intensity, statement, repetition)
            for repetition in (1, 2)
            for statement in (1, 2)
            for intensity in intensities
        ]
        total = (num_clips + 1) // 2 if emotion == "neutral" else num_clips
        for intensity, statement, repetition in takes[:total]:
            name = (
                f"03-01-{code}-{intensity:02}-{statement:02}-{repetition:02}-{speaker}"
            )
            clips.append(
                DemoClip(
                    path=f"Actor_{speaker}/{name}.wav",
                    name=name,
                    speaker=speaker,
                    is_female=int(speaker) % 2 == 0,
                    emotion=emotion,
                    sentences=(f"statement {statement}",),
                    sample_rate_hz=48000,
                    num_channels=_num_channels(name),
                    intensity=0.85 if intensity == 1 else 1.25,
                )
            )
    return clips


def _codes(emotions: dict[str, str]) -> list[tuple[str, str]]:
    """Returns (emotion, code in file names), sorted by emotion."""
    return sorted((emotion, code) for code, emotion in emotions.items())


def _num_channels(name: str) -> int:
    """Returns 2 for a few files, the same in corpora of any size, and 1 for others."""
    return 2 if zlib.crc32(name.encode()) % 8 == 0 else 1
