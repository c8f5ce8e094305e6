"""EMO-DB: German speech, ten speakers, seven emotions, `wav/03a01Fa.wav`.

Version 2.0 has 281 more recordings, whose names end in `xx`: fewer than 80 % of the
raters heard the emotion that was meant. They are left out.

Reference: Burkhardt et al. 2005, "A database of German emotional speech".
"""

from data_tools.corpora.named_corpus import NamedCorpus, Person
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
PEOPLE = {
    "03": Person("male", "31"),
    "08": Person("female", "34"),
    "09": Person("female", "21"),
    "10": Person("male", "32"),
    "11": Person("male", "26"),
    "12": Person("male", "30"),
    "13": Person("female", "32"),
    "14": Person("female", "35"),
    "15": Person("male", "25"),
    "16": Person("female", "31"),
}
SPEAKERS = tuple(PEOPLE)
CORPUS = NamedCorpus(
    name="emodb",
    title="EMO-DB",
    language="German",
    licence="free (CC0 in audb)",
    remedy=(
        "get EMO-DB (http://emodb.bilderbar.info) and give the folder that holds "
        "wav/03a01Fa.wav and its 534 siblings"
    ),
    example="wav/03a01Fa.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=SPEAKERS,
        clips_per_emotion={
            "anger": 127,
            "boredom": 81,
            "disgust": 46,
            "fear": 69,
            "happiness": 71,
            "neutral": 79,
            "sadness": 62,
        },
    ),
    pattern=(
        rf"(?P<speaker>{'|'.join(SPEAKERS)})(?P<sentence>[ab]\d\d)"
        r"(?P<emotion>[WLEAFTN])[a-z]?(?P<doubtful>xx)?"
    ),
    num_sentences=10,
    sentence_of=lambda match: match["sentence"].lower(),
    people=PEOPLE,
    left_out=lambda match: (
        "raters did not agree on its emotion (xx in version 2.0)"
        if match["doubtful"]
        else ""
    ),
    other_names=("emodb2", "emodb2.0", "berlin"),
)
