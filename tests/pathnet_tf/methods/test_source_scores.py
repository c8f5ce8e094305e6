import dataclasses

import numpy as np
import pytest

from pathnet_tf.evaluation.results_csv import kept_rows, source_rows
from pathnet_tf.evaluation.retention import retentions
from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target
from tests.pathnet_tf.job_runs import fold_of


@pytest.fixture
def learned(job, target, load):
    """A source, and what each method makes of the target after it."""
    source = load("source")
    job = dataclasses.replace(job, score_sources=True, num_source_tasks=1)
    sources = learn_sources(job, [source], target.emotions, 0)

    def score(method):
        return learn_target(
            job,
            target,
            fold_of(target),
            method=method,
            repeat=0,
            sources=[source],
        )

    return sources, [score(method) for method in ("transfer", "finetune")]


def test_transfer_forgets_nothing_and_finetuning_is_measured(learned):
    sources, scores = learned
    transfer, finetune = scores
    assert sources[0].score.task == "source_1"
    assert 0 < sources[0].score.uar <= 1
    assert transfer.source_scores == (sources[0].score,)
    assert len(finetune.source_scores) == 1
    kept, _ = retentions(sources, scores)
    assert (kept.method, kept.num_unchanged, kept.change) == ("transfer", 1, 0)


def test_what_is_kept_stands_in_the_results(learned):
    sources, scores = learned
    before = {row.metric: row.value for row in source_rows(sources)}
    assert before["kept_uar"] == sources[0].score.uar
    rows = kept_rows(scores, is_leaky=False)
    assert [(row.method, row.stage, row.metric) for row in rows] == [
        (method, "source_1", metric)
        for method in ("transfer", "finetune")
        for metric in ("kept_war", "kept_uar")
    ]
    np.testing.assert_array_equal(
        [row.value for row in rows[:2]], [before["kept_war"], before["kept_uar"]]
    )


def test_nothing_is_scored_unless_asked_for(job, target, load):
    source = load("source")
    (before,) = learn_sources(job, [source], target.emotions, 0)
    assert before.score is None
    after = learn_target(
        job,
        target,
        fold_of(target),
        method="transfer",
        repeat=0,
        sources=[source],
    )
    assert after.source_scores == ()
    assert kept_rows([after], is_leaky=False) == []
