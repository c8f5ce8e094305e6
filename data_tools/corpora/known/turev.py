"""TurEV-DB: Turkish words, six speakers, four emotions, `Angry/1157_kz_acik.wav`.

Reference: Canpolat et al. 2020, "Turkish emotion voice database (TurEV-DB)".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="turev",
    title="TurEV-DB",
    language="Turkish",
    licence="not stated",
    remedy=(
        "get TurEV-DB (https://github.com/Xeonen/TurEV-DB) and give the folder that "
        "holds Angry, Calm, Happy and Sad"
    ),
    example="Angry/1157_kz_acik.wav",
    emotions={
        "Angry": "anger",
        "Calm": "calm",
        "Happy": "happiness",
        "Sad": "sadness",
    },
    published=Published(
        num_speakers=6,
        clips_per_emotion={
            "anger": 487,
            "calm": 408,
            "happiness": 357,
            "sadness": 483,
        },
    ),
    pattern=(
        r"(?P<file>(?P<emotion>[a-z]+)/(?P<speaker>\d{4})_[a-z]{2}_(?P<sentence>[^/]+))"
    ),
    other_names=("turevdb",),
)
