"""Plans of small corpora in the layouts of real ones: which clips to synthesize."""

import dataclasses
from collections.abc import Callable

from data_tools.corpora.known import emodb, ravdess, savee
from data_tools.synthesis import corpus_layouts
from data_tools.synthesis.corpus_layouts import DemoClip
from pathnet_tf.runtime.errors import UsageError

SAVEE_LAYOUTS = ("nested", "flat")


@dataclasses.dataclass(frozen=True)
class DemoCorpus:
    """A corpus that can be synthesized.

    Attributes:
      speakers: All speakers; a small corpus takes the first ones.
      default_speakers: Default number of speakers.
      default_clips: Default number of clips per speaker and emotion.
      max_clips: Most clips per speaker and emotion for which there are file names.
      speaker_clips: Plans the clips of a speaker; called with the speaker and the
        number of clips per emotion.
    """

    speakers: tuple[str, ...]
    default_speakers: int
    default_clips: int
    max_clips: int
    speaker_clips: Callable[[str, int], list[DemoClip]]


CORPORA = {
    "enterface": DemoCorpus(
        corpus_layouts.ENTERFACE_SUBJECTS, 8, 5, 5, corpus_layouts.enterface_clips
    ),
    "savee": DemoCorpus(savee.SPEAKERS, 4, 4, 15, corpus_layouts.savee_clips),
    "emodb": DemoCorpus(emodb.SPEAKERS, 10, 3, 60, corpus_layouts.emodb_clips),
    "ravdess": DemoCorpus(ravdess.SPEAKERS, 8, 4, 8, corpus_layouts.ravdess_clips),
}


def plan_corpus(
    corpus: str,
    *,
    num_speakers: int = 0,
    clips_per_emotion: int = 0,
    savee_layout: str = "nested",
    has_faces: bool = True,
) -> list[DemoClip]:
    """Plans the recordings of a small corpus.

    Args:
      corpus: A key of `CORPORA`.
      num_speakers: Number of speakers; 0 takes the default of the corpus.
      clips_per_emotion: Clips per speaker and emotion; 0 takes the default of the
        corpus. Neutral has twice as many in SAVEE and half as many in RAVDESS, and
        subject 6 of eNTERFACE always has its six uncut files.
      savee_layout: `nested` or `flat`.
      has_faces: Whether SAVEE has videos beside its sound files.

    Returns:
      The recordings; no two have the same path.

    Raises:
      UsageError: A value is unknown, negative, or more than the corpus has.
    """
    if corpus not in CORPORA:
        raise UsageError(f"--corpora takes {', '.join(CORPORA)}. Received: {corpus!r}")
    if savee_layout not in SAVEE_LAYOUTS:
        raise UsageError(
            f"--savee_layout takes {', '.join(SAVEE_LAYOUTS)}. "
            f"Received: {savee_layout!r}"
        )
    entry = CORPORA[corpus]
    for flag, value, most in (
        ("num_speakers", num_speakers, len(entry.speakers)),
        ("clips_per_emotion", clips_per_emotion, entry.max_clips),
    ):
        if not 0 <= value <= most:
            raise UsageError(
                f"--{flag} must be 0 (default) to {most} for {corpus}. "
                f"Received: {value}"
            )
    speakers = entry.speakers[: num_speakers or entry.default_speakers]
    clips = [
        clip
        for speaker in speakers
        for clip in entry.speaker_clips(
            speaker, clips_per_emotion or entry.default_clips
        )
    ]
    if corpus == "savee" and savee_layout == "flat":
        clips = [corpus_layouts.flattened(clip) for clip in clips]
    return (
        clips if has_faces else [corpus_layouts.without_video(clip) for clip in clips]
    )
