"""ShEMO: Persian radio plays, 87 speakers, six emotions, `male/M01A01.wav`.

Reference: Nezami et al. 2019, "ShEMO: a large-scale validated database for Persian
speech emotion detection".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="shemo",
    title="ShEMO",
    language="Persian",
    licence="academic use",
    remedy=(
        "get male.zip and female.zip of ShEMO "
        "(https://github.com/pariajm/sharif-emotional-speech-dataset) and give the "
        "folder that holds male and female"
    ),
    example="male/M01A01.wav",
    emotions={
        "A": "anger",
        "F": "fear",
        "H": "happiness",
        "N": "neutral",
        "S": "sadness",
        "W": "surprise",
    },
    published=Published(
        num_speakers=87,
        clips_per_emotion={
            "anger": 1059,
            "fear": 38,
            "happiness": 201,
            "neutral": 1028,
            "sadness": 449,
            "surprise": 225,
        },
    ),
    pattern=r"(?P<speaker>(?P<sex>[FM])\d\d)(?P<emotion>[AFHNSW])\d\d\d?",
    caution="fear has 38 clips: leave it out; speakers have 2 to 171 clips",
)
