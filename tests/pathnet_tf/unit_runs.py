"""What tests of units ask again and again."""

import json

import numpy as np

from pathnet_tf.folds import make_folds
from pathnet_tf.unit_settings import log_folder

EMOTIONS = ("anger", "sadness")


def fold_of(target, place=0):
    rng = np.random.default_rng(0)
    return make_folds(target.table, protocol="loso", num_folds=0, rng=rng)[place]


def history(unit, method, stage, fold):
    path = log_folder(unit.log_dir, method, stage, 0, fold) / "history.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]
