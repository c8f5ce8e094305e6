"""Polish words: five speakers, six words, three emotions, `m1.a_nie_1.wav`.

Reference: Gdańsk University of Technology, "Emotions in Polish speech recordings".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

# The letters are those of the Polish words; s is strach, fear.
EMOTIONS = {"a": "anger", "n": "neutral", "s": "fear"}
CORPUS = NamedCorpus(
    name="polish",
    title="Polish (Gdańsk)",
    language="Polish",
    licence="not stated",
    remedy=(
        "get 'Emotions in Polish speech recordings' (https://mostwiedzy.pl) and give "
        "the folder that holds m1.a_nie_1.wav and its siblings"
    ),
    example="m1.a_nie_1.wav",
    emotions=EMOTIONS,
    published=Published(
        num_speakers=5, clips_per_emotion=dict.fromkeys(EMOTIONS.values(), 150)
    ),
    pattern=(
        r"(?P<speaker>(?P<sex>[mf])\d)\.(?P<emotion>[ans])_(?P<sentence>[^\W_]+)_\d"
    ),
    num_sentences=6,
)
