"""What tests of jobs ask again and again."""

import dataclasses
import json

import numpy as np

from pathnet_tf.data.speaker_folds import make_folds
from pathnet_tf.methods.settings import SearchName
from pathnet_tf.training.settings import Augmentation

EMOTIONS = ("anger", "sadness")


def fold_of(target, place=0):
    rng = np.random.default_rng(0)
    return make_folds(target.table, protocol="loso", num_folds=0, rng=rng)[place]


def with_every_switch(job):
    """Learns clips by convolutions over time, with all that makes training harder."""
    training = dataclasses.replace(
        job.learning.training,
        classify="clip",
        optimizer="adam",
        learning_rate=0.01,
        class_weights="balanced",
        label_smoothing=0.1,
        mixup=0.2,
        dropout=0.2,
        weight_decay=0.01,
        augmentation=Augmentation(
            time_mask=2, frequency_mask=1, band_shift=1, gain=0.1
        ),
        final_steps=4,
        schedule="cosine",
        ensemble=2,
    )
    network = dataclasses.replace(job.network, module="time_conv", pooling="attention")
    learning = dataclasses.replace(job.learning, training=training)
    return dataclasses.replace(job, network=network, learning=learning)


def history(job, method, stage, fold):
    path = SearchName(method, stage, 0, fold).folder(job.log_dir) / "history.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]
