"""CREMA-D: English, 91 speakers, twelve sentences, `AudioWAV/1001_DFA_ANG_XX.wav`.

The labels are the emotions that the actors were to show.

Reference: Cao et al. 2014, "CREMA-D: Crowd-sourced emotional multimodal actors
dataset".
"""

import re

from data_tools.corpora.named_corpus import NamedCorpus, PeopleTable
from data_tools.corpora.published_counts import Published
from pathnet_tf.data.dataset_card import MODALITIES

EMOTIONS = {
    "ANG": "anger",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happiness",
    "NEU": "neutral",
    "SAD": "sadness",
}


def _left_out(match: re.Match[str]) -> str:
    """Returns why a recording is left out; empty if it is not."""
    if match["mp3"]:
        return "a copy as MP3; the files in AudioWAV are read"
    is_silent = match[0].upper().endswith("1076_MTI_SAD_XX")
    return "has no signal, in every copy" if is_silent else ""


CORPUS = NamedCorpus(
    name="cremad",
    title="CREMA-D",
    language="English",
    licence="ODbL 1.0",
    remedy=(
        "get CREMA-D (https://github.com/CheyneyComputerScience/CREMA-D, with git lfs) "
        "and give the folder that holds AudioWAV, VideoFlash and VideoDemographics.csv"
    ),
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=tuple(map(str, range(1001, 1092))),
        # Without the sad one that has no signal.
        clips_per_emotion={
            emotion: {"neutral": 1087, "sadness": 1270}.get(emotion, 1271)
            for emotion in EMOTIONS.values()
        },
    ),
    pattern=(
        r"(?:(?P<mp3>AudioMP3)/)?(?P<speaker>100[1-9]|10[1-8]\d|109[01])_"
        r"(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(LO|MD|HI|XX?)"
    ),
    modalities=MODALITIES,
    given=("modality",),
    num_sentences=12,
    people_table=PeopleTable("VideoDemographics.csv", "ActorID", "Sex", "Age"),
    left_out=_left_out,
    other_names=("crema",),
)
