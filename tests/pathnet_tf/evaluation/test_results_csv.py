import csv
import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.data.dataset_card import ClipCard
from pathnet_tf.evaluation import results_csv
from pathnet_tf.evaluation.fold_scores import FoldScores, clip_scores
from pathnet_tf.evaluation.metrics import decisions
from pathnet_tf.evaluation.results_table import results_table
from pathnet_tf.network.freezing import Pathway

EMOTIONS = ("anger", "fear")
TABLE_NAMES = ("WAR", "UAR", "macro F1")
COLUMNS = ["method", "stage", "fold", "repeat", "level", "metric", "value"]


def make_target():
    clips = tuple(
        ClipCard(f"x/{speaker}/{emotion}", speaker, emotion, "", "", 2, 1.0)
        for speaker in ("s1", "s2")
        for emotion in EMOTIONS
    )
    labels = np.array([0, 1, 0, 1])
    return Dataset(
        name="x",
        emotions=EMOTIONS,
        values=np.zeros((8, 1)),
        labels=np.repeat(labels, 2).astype(np.int32),
        clip=np.repeat(np.arange(4), 2),
        clips=clips,
        speakers=("s1", "s1", "s2", "s2"),
        fingerprint="",
    )


def make_scores(fold, test, probability_of_anger, method="transfer"):
    anger = np.array(probability_of_anger)
    return FoldScores(
        method=method,
        repeat=0,
        fold=fold,
        test=np.array(test),
        log_probabilities=np.log(np.stack([anger, 1 - anger], axis=1)),
        fitness=0.75,
        pathway=Pathway("target", np.zeros((1, 1), np.int32), np.zeros((1, 1))),
        seconds=1.0,
    )


# Of the clips, whose truth is anger, fear, anger, fear, the third one is missed. Its
# folds differ in size, so that pooling differs from averaging over folds.
SCORES = [
    make_scores("s1", [0, 1, 2, 3, 4, 5], [0.9, 0.4, 0.2, 0.3, 0.2, 0.3]),
    make_scores("s2", [6, 7], [0.1, 0.6]),
]


def write_predictions(path, scores, *, is_leaky=False):
    target = make_target()
    clips = [clip_scores(fold, target) for fold in scores]
    results_csv.write_predictions(path, clips, target, is_leaky=is_leaky)


def value(rows, fold, level, metric, method="transfer"):
    (found,) = [
        row.value
        for row in rows
        if (row.method, row.fold, row.level, row.metric)
        == (method, fold, level, metric)
    ]
    return found


@pytest.mark.parametrize(
    ("fold", "level", "metric", "expected"),
    [
        ("s1", "clip", "war", 2 / 3),
        ("s1", "segment", "war", 3 / 6),
        ("s2", "clip", "war", 1.0),
        ("s2", "clip", "uar", (0 + 1) / 2),
        ("pooled", "clip", "war", 3 / 4),
        ("pooled", "clip", "uar", (1 / 2 + 2 / 2) / 2),
        ("pooled", "segment", "recall/anger", 1 / 4),
        ("pooled", "segment", "recall/fear", 3 / 4),
        ("pooled", "clip", "num_samples/anger", 2),
        ("s1", "segment", "fitness", 0.75),
        # Predicted: anger, fear, fear (clips) in s1, fear in s2.
        ("pooled", "clip", "precision/anger", 1 / 1),
        ("pooled", "clip", "precision/fear", 2 / 3),
        ("pooled", "clip", "uap", (1 + 2 / 3) / 2),
        ("pooled", "clip", "macro_f1", (2 / 3 + 4 / 5) / 2),
        # Anger .9 .4 .2 .3 over fear .2 .3 .1 .6: 4 + 3 + 1.5 + 2.5 of 16 pairs.
        ("pooled", "segment", "auc/anger", 11 / 16),
        ("pooled", "segment", "auc/fear", 11 / 16),
        ("pooled", "segment", "auc_macro", 11 / 16),
    ],
)
def test_rows_hold_scores_computed_by_hand(fold, level, metric, expected):
    rows = results_csv.result_rows(SCORES, make_target(), is_leaky=False)
    assert value(rows, fold, level, metric) == pytest.approx(expected)


def test_an_emotion_absent_from_a_fold_has_no_auc():
    scores = [make_scores("s1", [0, 1, 4, 5], [0.9, 0.4, 0.2, 0.3])]
    rows = results_csv.result_rows(scores, make_target(), is_leaky=False)
    for metric in ("auc/anger", "auc/fear", "auc_macro"):
        assert np.isnan(value(rows, "s1", "clip", metric))
    assert value(rows, "s1", "clip", "precision/fear") == 0


def test_leaky_methods_say_so(tmp_path):
    rows = results_csv.result_rows(SCORES, make_target(), is_leaky=True)
    assert {row.method for row in rows} == {"transfer LEAKY"}
    assert "transfer LEAKY" in results_table(rows, EMOTIONS)
    path = tmp_path / "predictions.csv"
    write_predictions(path, SCORES, is_leaky=True)
    assert path.read_text().count("LEAKY") == 4


def test_results_csv_is_tidy(tmp_path):
    rows = results_csv.result_rows(SCORES, make_target(), is_leaky=False)
    results_csv.write_results(tmp_path / "results.csv", rows)
    with (tmp_path / "results.csv").open() as stream:
        read = list(csv.DictReader(stream))
    assert list(read[0]) == COLUMNS
    assert len(read) == len(rows)


def test_predictions_have_a_row_a_clip(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(path, SCORES)
    with path.open() as stream:
        read = list(csv.DictReader(stream))
    assert [row["truth"] for row in read] == ["anger", "fear", "anger", "fear"]
    assert [row["prediction"] for row in read] == ["anger", "fear", "fear", "fear"]
    for row in read:
        total = float(row["probability/anger"]) + float(row["probability/fear"])
        assert total == pytest.approx(1, abs=1e-5)


def test_the_table_sets_two_methods_beside_each_other_with_the_gain():
    scratch = [
        make_scores(s.fold, s.test, np.full(len(s.test), 0.9), method="scratch")
        for s in SCORES
    ]
    rows = results_csv.result_rows([*SCORES, *scratch], make_target(), is_leaky=False)
    head, _, war, *_ = results_table(rows, EMOTIONS).splitlines()
    assert head.split() == ["transfer", "scratch", "gain"]
    assert war.split()[:6] == ["clip", "WAR", "0.750", "(0.833", "±", "0.167)"]
    assert war.split()[-1] == "+0.250"


def test_the_table_stays_short():
    rows = results_csv.result_rows(SCORES, make_target(), is_leaky=False)
    names = [line[:22].strip() for line in results_table(rows, EMOTIONS).splitlines()]
    assert names[2:] == [
        *(f"{level} {name}" for level in results_csv.LEVELS for name in TABLE_NAMES),
        "clip recall anger",
        "clip recall fear",
    ]


def test_repeats_are_scored_apart():
    again = [dataclasses.replace(s, repeat=1, test=s.test[:2]) for s in SCORES]
    again = [
        dataclasses.replace(s, log_probabilities=np.log([[0.1, 0.9]] * 2))
        for s in again
    ]
    rows = results_csv.result_rows([*SCORES, *again], make_target(), is_leaky=False)
    pooled = [
        (row.repeat, row.value)
        for row in rows
        if (row.fold, row.level, row.metric) == ("pooled", "clip", "war")
    ]
    assert pooled == [(0, 3 / 4), (1, 1 / 2)]


def test_a_clip_is_decided_by_mean_log_probability(tmp_path):
    # By mean probability, by majority and by its first segment this were anger.
    anger = np.array([0.9, 0.9, 0.001])
    scores = np.log(np.stack([anger, 1 - anger], axis=1))
    decided = decisions(scores, np.zeros(3, int), np.full(3, 5))
    assert decided["clip"][1].tolist() == [1]
    assert decided["segment"][1].tolist() == [0, 0, 1]


def test_predictions_hold_the_probabilities_that_decided(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(path, [make_scores("s1", [0, 1], [0.9, 0.01])])
    with path.open() as stream:
        (row,) = csv.DictReader(stream)
    odds = np.sqrt(0.9 * 0.01) / np.sqrt(0.1 * 0.99)
    assert float(row["probability/anger"]) == pytest.approx(odds / (1 + odds), abs=1e-5)
    assert row["prediction"] == "fear"
