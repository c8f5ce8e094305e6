"""Small datasets whose classes can be told apart, written in milliseconds."""

import dataclasses
import hashlib

import numpy as np
import tensorflow as tf

from pathnet_tf.data import dataset_card, tfrecords
from pathnet_tf.features.front_end import LAYOUT, FrontEnd

# Patterns are drawn in this order: new words go to the end.
PATTERNS = (
    *("anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral"),
    *("sadness", "surprise", "excited"),
)

TINY_FACES = {
    "modality": "face",
    "layout": "row, column, (red, green, blue)",
    "scaling": "0 to 255",
    "dtype": "uint8",
    "front_end": {"size": 8, "margin": 0.0},
    "finding": {"frame_stride": 1},
}
TINY_FRONT_END = FrontEnd(num_mel_bands=6, segment_frames=8, segment_shift_frames=4)


def write_tiny(
    parent,
    corpus="tiny",
    speakers=("s1", "s2", "s3"),
    emotions=("anger", "sadness"),
    clips_per_cell=2,
    seed=0,
    change_card=None,
    split_of=lambda speaker: "",
    modality="speech",
    emotions_of=None,
    shape=TINY_FRONT_END.segment_shape,
):
    """Writes a dataset under `parent` and gives its folder.

    `emotions_of` names speakers who do not show all the emotions, and what they show.
    """
    rng = np.random.default_rng([seed, len(speakers)])
    patterns = np.random.default_rng(7).standard_normal((len(PATTERNS), *shape))
    folder = parent / corpus
    folder.mkdir(parents=True)
    ending = {"speech": "wav", "face": "avi"}[modality]
    clips, shards = [], []
    path = folder / "segments-00000-of-00001.tfrecord"
    num_written = 0
    with tf.io.TFRecordWriter(str(path)) as writer:
        for speaker in speakers:
            habit = 0.3 * rng.standard_normal(shape)
            for emotion in (emotions_of or {}).get(speaker, emotions):
                for take in range(clips_per_cell):
                    key = f"{corpus}/{speaker}/{emotion}{take}.{ending}"
                    num_segments = 2 + take % 2
                    for index in range(num_segments):
                        noise = rng.standard_normal(shape)
                        pattern = patterns[PATTERNS.index(emotion)]
                        values = (0.6 * pattern + habit + noise).astype(np.float32)
                        if modality == "face":
                            values = np.clip(128 + 40 * values, 0, 255).astype(np.uint8)
                        writer.write(
                            tfrecords.encode_segment(
                                clip=key,
                                speaker=speaker,
                                emotion=emotion,
                                index=index,
                                values=values,
                            )
                        )
                        num_written += 1
                    clips.append(
                        dataset_card.ClipCard(
                            key=key,
                            speaker=speaker,
                            emotion=emotion,
                            source=f"{speaker}/{emotion}{take}.{ending}",
                            sha256=hashlib.sha256(key.encode()).hexdigest(),
                            num_segments=num_segments,
                            duration_s=1.0,
                            split=split_of(speaker),
                        )
                    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    shards.append(dataset_card.ShardCard(path.name, num_written, sha256))
    card = dataset_card.DatasetCard(
        corpus=corpus,
        modality="speech",
        layout=LAYOUT,
        scaling="natural log power",
        shape=shape,
        dtype="float32",
        front_end=dataclasses.asdict(TINY_FRONT_END),
        emotions=tuple(sorted(emotions)),
        clips=tuple(clips),
        shards=tuple(shards),
    )
    if modality == "face":
        card = dataclasses.replace(card, **TINY_FACES)
    dataset_card.write_card(folder, change_card(card) if change_card else card)
    return folder
