"""URDU: talk shows in Urdu, 29 speakers, four emotions, `Angry/SM1_F10_A010.wav`.

Reference: Latif et al. 2018, "Cross lingual speech emotion recognition: Urdu vs.
western languages".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

EMOTIONS = {"A": "anger", "H": "happiness", "N": "neutral", "S": "sadness"}
CORPUS = NamedCorpus(
    name="urdu",
    title="URDU",
    language="Urdu",
    licence="research only",
    remedy=(
        "get URDU (https://github.com/siddiquelatif/URDU-Dataset) and give the folder "
        "that holds Angry, Happy, Neutral and Sad"
    ),
    example="Angry/SM1_F10_A010.wav",
    emotions=EMOTIONS,
    published=Published(
        # Its authors speak of 38 speakers; the names of the files tell of 29.
        num_speakers=29,
        clips_per_emotion=dict.fromkeys(EMOTIONS.values(), 100),
    ),
    pattern=r"(?P<speaker>S(?P<sex>[MF])\d+)_F\d+_(?P<emotion>[AHNS])\d+",
    caution="many speakers have one emotion only: folds of several speakers each",
)
