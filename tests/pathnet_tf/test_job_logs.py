import dataclasses

import numpy as np
import pytest

from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target, refit
from pathnet_tf.methods.settings import SearchName
from pathnet_tf.search import tensorboard_log
from tests.pathnet_tf.job_runs import EMOTIONS, fold_of, history
from tests.summaries import read_tags


def test_every_generation_is_logged_with_the_held_out_curve(job, target):
    fold = fold_of(target)
    learn_target(job, target, fold, method="scratch", repeat=0)
    lines = history(job, "scratch", "target", fold.name)
    assert [line["generation"] for line in lines] == list(range(6))
    assert set(lines[0]["held_out"]) == {
        "clip_war",
        "clip_uar",
        "segment_war",
        "segment_uar",
    }
    folder = SearchName("scratch", "target", 0, fold.name).folder(job.log_dir)
    tags = set(read_tags(folder))
    assert {"fitness/winner", "fitness/loser", "held_out/clip_uar"} <= tags


def test_each_search_ends_with_its_pictures(job, target, load):
    learn_sources(job, [load("source", seed=1)], EMOTIONS, 0)
    fold = fold_of(target)
    got = learn_target(job, target, fold, method="transfer", repeat=0)
    source, after = (
        read_tags(SearchName("transfer", stage, 0, name).folder(job.log_dir))
        for stage, name in (("source_1", "all_speakers"), ("target", fold.name))
    )
    assert "pathway" in source
    assert {"pathway", "confusion/clip", "confusion/segment"} <= set(after)
    right = got.log_probabilities.argmax(axis=1) == target.labels[fold.test]
    ((step, war),) = after["final/segment_war"]
    assert step == 6
    assert war == pytest.approx(np.mean(right))


def test_a_chain_draws_what_earlier_sources_froze(job, load, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        tensorboard_log,
        "log_pathway",
        lambda log, pathway, **options: drawn.append(pathway),
    )
    chain = [load(name, seed=i) for i, name in enumerate(("a", "b"))]
    learn_sources(job, chain, EMOTIONS, 0)
    assert not drawn[0].always_active.any()
    for genes, always in zip(drawn[0].genotype, drawn[1].always_active, strict=True):
        assert set(np.flatnonzero(always)) == set(genes)


def test_an_inner_fold_has_no_pictures(job, target):
    fold = dataclasses.replace(fold_of(target), name="s1/inner_1")
    learn_target(job, target, fold, method="scratch", repeat=0)
    tags = read_tags(SearchName("scratch", "target", 0, fold.name).folder(job.log_dir))
    assert "held_out/clip_uar" in tags
    assert not any(tag.startswith(("pathway", "confusion", "final")) for tag in tags)


def test_pictures_wait_for_the_final_scoring(job, target, monkeypatch):
    fold, seen = fold_of(target), []

    def log_target(log, scores, target, **options):
        seen.append((scores, history(job, "scratch", "target", fold.name)))

    monkeypatch.setattr(tensorboard_log, "log_target", log_target)
    got = learn_target(job, target, fold, method="scratch", repeat=0)
    ((scores, lines),) = seen
    assert scores is got
    assert len(lines) == 6


def test_a_refit_draws_its_pathway(job, target):
    refit(job, target, method="scratch")
    folder = SearchName("scratch", "target", 0, "all_speakers").folder(job.log_dir)
    assert "pathway" in read_tags(folder)
