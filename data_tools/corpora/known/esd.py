"""ESD: 350 sentences in English and in Mandarin, ten speakers each, five emotions.

Files are named `0011/Angry/0011_000351.wav`, or lie in train, evaluation and test in
the folder of the emotion. Numbers go on from emotion to emotion, so that 1, 351, 701
and so forth are the same sentence.

Reference: Zhou et al. 2022, "Emotional voice conversion: theory, databases and ESD".
"""

import re
from collections.abc import Callable

from data_tools.corpora.named_corpus import NamedCorpus, people
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "Angry": "anger",
    "Happy": "happiness",
    "Neutral": "neutral",
    "Sad": "sadness",
    "Surprise": "surprise",
}
SPEAKERS = {
    "Mandarin": tuple(f"{number:04d}" for number in range(1, 11)),
    "English": tuple(f"{number:04d}" for number in range(11, 21)),
}
MALE = ("0004", "0005", "0006", "0008", "0010", "0011", "0012", "0013", "0014", "0020")
_NUM_SENTENCES = 350


def _sentence(match: re.Match[str]) -> str:
    language = "English" if match["speaker"] in SPEAKERS["English"] else "Mandarin"
    return f"{language} {(int(match['number']) - 1) % _NUM_SENTENCES + 1}"


def _only(language: str) -> Callable[[re.Match[str]], str]:
    """Returns what leaves out the speakers of the other language."""
    return lambda match: (
        "" if match["speaker"] in SPEAKERS[language] else f"no speaker of {language}"
    )


def _part(language: str) -> NamedCorpus:
    """Returns the part of the corpus in a language."""
    return NamedCorpus(
        name=f"esd_{language.lower()}",
        title=f"ESD, {language}",
        language=language,
        licence="research, by a form",
        remedy=(
            "get ESD (https://github.com/HLTSingapore/Emotional-Speech-Data) and give "
            "the folder that holds 0001 to 0020"
        ),
        example=f"{SPEAKERS[language][0]}/Angry/{SPEAKERS[language][0]}_000351.wav",
        emotions=EMOTIONS,
        published=Published(
            speakers=SPEAKERS[language],
            clips_per_cell=dict.fromkeys(EMOTIONS.values(), _NUM_SENTENCES),
        ),
        pattern=(
            r"(?P<speaker>00[01]\d|0020)/(?P<emotion>[a-z]+)/"
            r"(?:(?:train|evaluation|test)/)?(?P=speaker)_(?P<number>\d{6})"
        ),
        num_sentences=_NUM_SENTENCES,
        split="train, evaluation and test share speakers, so it is not used",
        sentence_of=_sentence,
        people=people(
            male=MALE,
            female=[name for name in SPEAKERS[language] if name not in MALE],
        ),
        left_out=_only(language),
    )


ENGLISH, MANDARIN = _part("English"), _part("Mandarin")
