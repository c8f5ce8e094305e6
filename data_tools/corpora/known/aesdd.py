"""AESDD: Greek, six speakers, five emotions, `anger/a06 (5).wav`.

Reference: Vryzas et al. 2018, "Speech emotion recognition for performance interaction".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="aesdd",
    title="AESDD",
    language="Greek",
    licence="CC BY 4.0",
    remedy=(
        "get AESDD (http://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition) "
        "and give the folder that holds anger and its siblings"
    ),
    example="anger/a06 (5).wav",
    emotions={
        "a": "anger",
        "d": "disgust",
        "f": "fear",
        "h": "happiness",
        "s": "sadness",
    },
    published=Published(
        speakers=("1", "2", "3", "4", "5", "6"),
        clips_per_emotion={
            "anger": 121,
            "disgust": 122,
            "fear": 120,
            "happiness": 119,
            "sadness": 122,
        },
    ),
    # Names such as a06 (5)b, f10 (01) and h3(2) occur.
    pattern=(
        r"(?P<emotion>[ahdfs])0*(?P<sentence>\d+)\s*\(0*(?P<speaker>[1-6])\)\s*[ab]?"
    ),
    num_sentences=20,
    left_out=lambda match: (
        "is corrupt, in every copy" if match[0].endswith("s05 (3)") else ""
    ),
)
