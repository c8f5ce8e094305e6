"""ASED: Amharic, 65 speakers, five emotions, `01Neutral/n1-01-01-01-01.wav`.

Each emotion has sentences of its own. The last field of a name is the speaker.

Reference: Retta et al. 2023, "A new Amharic speech emotion dataset and classification
benchmark".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="ased",
    title="ASED",
    language="Amharic",
    licence="not stated",
    remedy=(
        "get ASED (https://github.com/wgwangang/ASED_V1) and give the folder that "
        "holds 01Neutral and its siblings"
    ),
    example="01Neutral/n1-01-01-01-01.wav",
    emotions={
        "a": "anger",
        "f": "fear",
        "h": "happiness",
        "n": "neutral",
        "s": "sadness",
    },
    published=Published(
        num_speakers=65,
        clips_per_emotion={
            "anger": 486,
            "fear": 510,
            "happiness": 486,
            "neutral": 522,
            "sadness": 470,
        },
    ),
    # One name has an S.
    pattern=(r"(?P<emotion>[nfhsa])\d-(?P<sentence>\d\d)-\d\d-\d\d-(?P<speaker>\d\d)"),
    sentence_of=lambda match: match["emotion"].lower() + match["sentence"],
    caution="sentences tell the emotion: each emotion has its own",
)
