"""Oréau: French, 32 speakers, seven emotions, `f/sessc/03a01Ca.wav`.

Reference: Kerkeni et al. 2020, "French emotional speech database - Oréau".
"""

from data_tools.corpora.known.cafe import EMOTIONS
from data_tools.corpora.named_corpus import NamedCorpus
from data_tools.corpora.published_counts import Published

CORPUS = NamedCorpus(
    name="oreau",
    title="Oréau",
    language="French",
    licence="CC BY 4.0",
    remedy=(
        "get version 2 of Oréau (https://zenodo.org/record/4405783) and give the "
        "folder that holds f and m"
    ),
    example="f/sessc/03a01Ca.wav",
    emotions=EMOTIONS,
    published=Published(num_speakers=32, total=434),
    # Two files, such as 07z03Sa, have a z for the part of the text.
    pattern=(
        r"(?:(?P<sex>[fm])/(?:[^/]+/)?)?(?P<speaker>\d\d)(?P<sentence>[abz]\d+)"
        r"(?P<emotion>[CDJNPST])[a-z]?"
    ),
    other_names=("oreau2",),
)
