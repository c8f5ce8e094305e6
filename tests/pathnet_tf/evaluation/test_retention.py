import numpy as np

from pathnet_tf.evaluation.fold_scores import FoldScores, LearnedSource, SourceScore
from pathnet_tf.evaluation.retention import retention_lines, retentions


def source(repeat, uar):
    score = SourceScore("source_1", 0.5, uar)
    return LearnedSource("source_1", "ravdess", repeat, 0.9, [3], 4, score)


def fold(method, repeat, uar):
    return FoldScores(
        method=method,
        repeat=repeat,
        fold="a",
        test=np.arange(0),
        log_probabilities=np.zeros((0, 2)),
        fitness=0.5,
        pathway=None,
        source_scores=(SourceScore("source_1", 0.5, uar),),
    )


def test_each_repeat_is_compared_with_its_own_source():
    found = retentions(
        [source(0, 0.8), source(1, 0.6)],
        [
            fold("transfer", 0, 0.8),
            fold("transfer", 1, 0.6),
            fold("finetune", 0, 0.5),
            fold("finetune", 1, 0.6),
        ],
    )
    kept, lost = found
    assert (kept.method, kept.num_unchanged, kept.num_folds) == ("transfer", 2, 2)
    assert kept.change == 0
    assert (lost.method, lost.num_unchanged) == ("finetune", 1)
    np.testing.assert_allclose((lost.before, lost.after), (0.7, 0.55))
    assert (
        "finetune knows source_1's own clips by 0.550 UAR" in retention_lines(found)[1]
    )
    assert "0.700 before (-0.150; unchanged after 1 of 2" in retention_lines(found)[1]


def test_nothing_is_said_of_what_was_not_scored():
    unscored = LearnedSource("source_1", "ravdess", 0, 0.9, [3], 4)
    assert retentions([unscored], [fold("transfer", 0, 0.8)]) == []
