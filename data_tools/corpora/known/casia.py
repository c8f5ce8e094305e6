"""CASIA: Mandarin, four speakers, 50 sentences, `liuchanhg/angry/201.wav`.

This is the part of 1,200 recordings that is free.

Reference: Chinese Linguistic Data Consortium, "CASIA Chinese emotional corpus".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "angry": "anger",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
SPEAKERS = ("liuchanhg", "wangzhe", "zhaoquanyin", "zhaozuoxiang")
CORPUS = NamedCorpus(
    name="casia",
    title="CASIA",
    language="Mandarin",
    licence="research",
    remedy=(
        "get the free part of CASIA (http://www.chineseldc.org) and give the folder "
        "that holds liuchanhg, wangzhe, zhaoquanyin and zhaozuoxiang"
    ),
    example="liuchanhg/angry/201.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=SPEAKERS, clips_per_cell=dict.fromkeys(EMOTIONS.values(), 50)
    ),
    pattern=(
        rf"(?P<speaker>{'|'.join(SPEAKERS)})/"
        r"(?P<file>(?P<emotion>[a-z]+)/(?P<sentence>\d{3}))"
    ),
    num_sentences=50,
)
