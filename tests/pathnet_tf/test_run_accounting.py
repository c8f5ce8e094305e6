import json

import numpy as np
import pytest

from pathnet_tf.data.dataset import load
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.evaluation.fold_scores import FoldScores
from pathnet_tf.methods.settings import log_folder
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.run_accounting import account_for_run, held_out_curves

# The source froze modules 0 and 1 of the only layer.
PATHWAY = Pathway("target", np.array([[0, 2]], np.int32), np.array([[1.0, 1.0, 0.0]]))


@pytest.fixture
def target(write_dataset):
    folder = write_dataset("target")
    card = read_card(folder)
    return load(str(folder), card, card.emotions)


def learned(target, method, speaker, share_right, repeat=0):
    """Scores of a speaker's segments; the first clips are recognized."""
    clips = [c for c, name in enumerate(target.speakers) if name == speaker]
    test = np.flatnonzero(np.isin(target.clip, clips))
    right = np.isin(target.clip[test], clips[: round(share_right * len(clips))])
    predicted = np.where(right, target.labels[test], 1 - target.labels[test])
    values = np.log(np.eye(2)[predicted] * 0.8 + 0.1)
    return FoldScores(method, repeat, speaker, test, values, 0.5, PATHWAY, 1.0)


def write_history(log_dir, fold, curve):
    folder = log_folder(log_dir, fold.method, "target", fold.repeat, fold.fold)
    folder.mkdir(parents=True)
    lines = [{"held_out": {"clip_war": v, "clip_uar": v / 2}} for v in curve]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "history.jsonl").write_text(text)


def test_curves_are_read_from_the_histories(target, tmp_path):
    folds = [learned(target, "transfer", name, 1) for name in ("s1", "s2")]
    write_history(tmp_path, folds[0], [0.25, 0.5])
    write_history(tmp_path, folds[1], [0.5, 1.0])
    curves = held_out_curves(tmp_path, folds)
    assert curves["war"].tolist() == [[0.25, 0.5], [0.5, 1.0]]
    assert curves["uar"].tolist() == [[0.125, 0.25], [0.25, 0.5]]


def test_a_run_is_accounted_over_folds_learned_both_ways(target, tmp_path):
    scores = [
        learned(target, "transfer", "s1", 1.0),
        learned(target, "transfer", "s2", 0.5),
        learned(target, "transfer", "s3", 0.0),
        learned(target, "scratch", "s2", 1.0),
        learned(target, "scratch", "s1", 0.5),
    ]
    for fold in scores:
        is_transfer = fold.method == "transfer"
        write_history(tmp_path, fold, [0.5, 0.75] if is_transfer else [0.25, 0.5])
    got = account_for_run(scores, target, tmp_path)
    assert got.war_gain == pytest.approx(0)
    assert [fall.speaker for fall in got.negative_transfer] == ["s2"]
    assert got.negative_transfer[0].war_change == pytest.approx(-0.5)
    assert got.war_curve.jumpstart == pytest.approx(0.25)
    assert got.war_curve.generations_to_scratch_final == 1
    assert got.reuse.overall == 0.5


def test_a_run_without_scratch_has_no_accounting(target, tmp_path):
    scores = [learned(target, "transfer", "s1", 1.0)]
    assert account_for_run(scores, target, tmp_path) is None
