"""nEMO: Polish, nine speakers, six emotions, `samples/SB0_anger_01.wav`.

Reference: Christop 2024, "nEMO: Dataset of emotional speech in Polish".
"""

from data_tools.corpora.named_corpus import NamedCorpus, PeopleTable
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="nemo",
    title="nEMO",
    language="Polish",
    licence="CC BY-NC-SA 4.0",
    remedy=(
        "get nEMO (https://github.com/amu-cai/nEMO) and give the folder that holds "
        "samples and data.tsv"
    ),
    example="samples/SB0_anger_01.wav",
    emotions={
        "anger": "anger",
        "fear": "fear",
        "happiness": "happiness",
        "neutral": "neutral",
        "sadness": "sadness",
        "surprised": "surprise",
    },
    published=Published(
        num_speakers=9,
        clips_per_emotion={
            "anger": 749,
            "fear": 736,
            "happiness": 749,
            "neutral": 809,
            "sadness": 769,
            "surprise": 669,
        },
    ),
    pattern=r"(?P<speaker>[A-Z]+\d*)_(?P<emotion>[a-z]+)_(?P<sentence>\d+)",
    people_table=PeopleTable("data.tsv", "speaker_id", "gender", "age"),
)
