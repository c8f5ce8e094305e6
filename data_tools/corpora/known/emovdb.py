"""EmoV-DB: English, four speakers, five emotions, `bea/Amused/amused_1-15_0001.wav`.

File names are spelt in five ways; the folders tell speaker and emotion.

Reference: Adigwe et al. 2018, "The emotional voices database".
"""

import re

from data_tools.corpora.named_corpus import NamedCorpus, people
from data_tools.corpora.published_counts import Published

_NUMBER = re.compile(r"(\d{4})\D*$")


def _sentence(match: re.Match[str]) -> str:
    number = _NUMBER.search(match["file"])
    return number[1] if number else ""


CORPUS = NamedCorpus(
    name="emovdb",
    title="EmoV-DB",
    language="English",
    licence="research, no commerce",
    remedy=(
        "get EmoV-DB (https://github.com/numediart/EmoV-DB) and give the folder that "
        "holds bea, jenie, josh and sam, with folders such as Amused in each"
    ),
    example="bea/Amused/amused_1-15_0001.wav",
    emotions={
        **dict.fromkeys(("Amused", "amusement"), "amused"),
        **dict.fromkeys(("Angry", "anger"), "anger"),
        **dict.fromkeys(("Disgusted", "disgust"), "disgust"),
        "Neutral": "neutral",
        **dict.fromkeys(("Sleepy", "sleepiness"), "sleepy"),
    },
    published=Published(speakers=("bea", "jenie", "josh", "sam"), total=6887),
    # Archives such as bea_Amused.tar.gz unpack into folders of that name.
    pattern=r"(?P<speaker>bea|jenie|josh|sam)[/_](?P<file>(?P<emotion>[a-z]+)/[^/]+)",
    sentence_of=_sentence,
    people=people(female=("bea", "jenie"), male=("josh", "sam")),
    caution="four speakers, and josh was neither angry nor disgusted",
)
