"""emoUERJ: Portuguese of Brazil, eight speakers, four emotions, `w04a11.wav`.

Reference: Bastos Germano et al. 2021, "emoUERJ: an emotional speech database in
Portuguese".
"""

from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="emouerj",
    title="emoUERJ",
    language="Portuguese (Brazil)",
    licence="CC BY 4.0",
    remedy=(
        "get emoUERJ (https://zenodo.org/records/5427549) and give the folder that "
        "holds w04a11.wav and its siblings"
    ),
    example="w04a11.wav",
    emotions={"a": "anger", "h": "happiness", "n": "neutral", "s": "sadness"},
    published=Published(
        speakers=tuple(f"{sex}{number:02d}" for sex in "mw" for number in range(1, 5)),
        clips_per_emotion={
            "anger": 94,
            "happiness": 91,
            "neutral": 92,
            "sadness": 100,
        },
    ),
    # The last field numbers the recordings, and does not tell the sentence.
    pattern=r"(?P<speaker>(?P<sex>[mw])0[1-4])(?P<emotion>[ahns])\d\d",
)
