"""CaFE: French of Canada, twelve speakers, six sentences, `Colère/Faible/01-C-1-1.wav`.

The fields of a name are speaker, emotion, intensity and sentence.

Reference: Gournay et al. 2018, "A Canadian French emotional speech dataset".
"""

from data_tools.corpora.named_corpus import NamedCorpus, people
from data_tools.corpora.published_counts import Published

EMOTIONS = {
    "C": "anger",
    "D": "disgust",
    "J": "happiness",
    "N": "neutral",
    "P": "fear",
    "S": "surprise",
    "T": "sadness",
}
"""Letters of the French words for the emotions, as in Oréau."""
SPEAKERS = tuple(f"{number:02d}" for number in range(1, 13))
CORPUS = NamedCorpus(
    name="cafe",
    title="CaFE",
    language="French (Canada)",
    licence="CC BY-NC-SA 4.0",
    remedy=(
        "get CaFE_48k.zip (https://zenodo.org/record/1478765) and give the folder that "
        "holds 01-C-1-1.wav and its siblings, in folders such as Colère/Faible"
    ),
    example="Colère/Faible/01-C-1-1.wav",
    emotions=EMOTIONS,
    published=Published(
        speakers=SPEAKERS,
        clips_per_cell={
            emotion: 6 if emotion == "neutral" else 12 for emotion in EMOTIONS.values()
        },
    ),
    # Unpacking garbles the accents of the folders; the names tell all.
    pattern=(
        r"(?P<speaker>0[1-9]|1[0-2])-(?P<emotion>[CDJNPST])-[12]-(?P<sentence>[1-6])"
    ),
    num_sentences=6,
    people=people(male=SPEAKERS[::2], female=SPEAKERS[1::2]),
)
