"""TESS: English, two actresses, one sentence with 200 words, `OAF_back_angry.wav`.

Reference: Pichora-Fuller & Dupuis 2020, "Toronto emotional speech set (TESS)".
"""

from data_tools.corpora.named_corpus import NamedCorpus, Person
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "ps": "pleasant_surprise",
    "sad": "sadness",
}
CORPUS = NamedCorpus(
    name="tess",
    title="TESS",
    language="English",
    licence="CC BY-NC-ND 4.0",
    remedy=(
        "get TESS (https://doi.org/10.5683/SP2/E8H2MF) and give the folder that holds "
        "OAF_back_angry.wav and its siblings, directly or in folders such as OAF_angry"
    ),
    example="OAF_angry/OAF_back_angry.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=("OAF", "YAF"),
        clips_per_cell=dict.fromkeys(EMOTIONS.values(), 200),
    ),
    # Folders spell emotions in many ways (YAF_pleasant_surprised); the names do not.
    pattern=r"(?P<speaker>OAF|YAF|OA)_(?P<sentence>[a-z-]+)_(?P<emotion>[a-z]+)",
    num_sentences=200,
    caution="two speakers cannot give an interval: a source, and no target",
    # One file is named OA_bite_neutral.
    speaker_of=lambda match: {"OA": "OAF"}.get(match[1].upper(), match[1].upper()),
    people={"OAF": Person("female", "64"), "YAF": Person("female", "26")},
)
