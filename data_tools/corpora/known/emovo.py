"""EMOVO: Italian, six speakers, fourteen sentences, `f1/dis-f1-b1.wav`.

Reference: Costantini et al. 2014, "EMOVO corpus: an Italian emotional speech database".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "dis": "disgust",
    "gio": "happiness",
    "neu": "neutral",
    "pau": "fear",
    "rab": "anger",
    "sor": "surprise",
    "tri": "sadness",
}
CORPUS = NamedCorpus(
    name="emovo",
    title="EMOVO",
    language="Italian",
    licence="CC BY-NC-SA",
    remedy=(
        "get EMOVO (http://voice.fub.it/activities/corpora/emovo) and give the folder "
        "that holds f1, f2, f3, m1, m2 and m3"
    ),
    example="f1/dis-f1-b1.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=("f1", "f2", "f3", "m1", "m2", "m3"),
        clips_per_cell=dict.fromkeys(EMOTIONS.values(), 14),
    ),
    pattern=(
        r"(?P<emotion>[a-z]{3})-(?P<speaker>(?P<sex>[fm])[1-3])-(?P<sentence>[bnld]\d)"
    ),
    num_sentences=14,
)
