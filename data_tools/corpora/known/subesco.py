"""SUBESCO: Bangla, 20 speakers, ten sentences, `F_01_OISHI_S_1_ANGRY_1.wav`.

The fields of a name are sex, number and name of the speaker, sentence, emotion and
take.

Reference: Sultana et al. 2021, "SUST Bangla emotional speech corpus (SUBESCO)".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "ANGRY": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "NEUTRAL": "neutral",
    "SAD": "sadness",
    "SURPRISE": "surprise",
}
CORPUS = NamedCorpus(
    name="subesco",
    title="SUBESCO",
    language="Bangla",
    licence="CC BY 4.0",
    remedy=(
        "get SUBESCO (https://doi.org/10.5281/zenodo.4526477) and give the folder that "
        "holds F_01_OISHI_S_1_ANGRY_1.wav and its siblings"
    ),
    example="F_01_OISHI_S_1_ANGRY_1.wav",
    emotions=EMOTIONS,
    published=Published(
        num_speakers=20, clips_per_emotion=dict.fromkeys(EMOTIONS.values(), 1000)
    ),
    # A woman and a man share each number. One name ends in "3]".
    pattern=(
        r"(?P<speaker>(?P<sex>[FM])_\d\d)_[A-Z]+_S_(?P<sentence>\d+)_"
        r"(?P<emotion>[A-Z]+)_\d\]?"
    ),
    num_sentences=10,
)
