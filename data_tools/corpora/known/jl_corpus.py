"""JL-Corpus: English of New Zealand, four speakers, `male1_angry_10a_1.wav`.

Reference: James et al. 2018, "An open source emotional speech corpus for human robot
interaction applications".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "angry": "anger",
    # A word for fear in the other corpora, too.
    "anxious": "fear",
    "apologetic": "apologetic",
    "assertive": "assertive",
    "concerned": "concerned",
    "encouraging": "encouraging",
    "excited": "excited",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
}
CORPUS = NamedCorpus(
    name="jl_corpus",
    title="JL-Corpus",
    language="English (NZ)",
    licence="ODC-By",
    remedy=(
        "get JL-Corpus (https://www.kaggle.com/datasets/tli725/jl-corpus) and give the "
        "folder 'Raw JL corpus (unchecked and unannotated)'"
    ),
    example="JL(wav+txt)/male1_angry_10a_1.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=("female1", "female2", "male1", "male2"),
        clips_per_cell=dict.fromkeys(EMOTIONS.values(), 60),
    ),
    pattern=(
        r"(?P<speaker>(?P<sex>female|male)[12])_(?P<emotion>[a-z]+)_"
        r"(?P<sentence>\d+)[ab]_\d"
    ),
    other_names=("jl",),
)
