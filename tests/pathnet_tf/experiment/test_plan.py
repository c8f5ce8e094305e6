import dataclasses
import shutil

import numpy as np
import pytest

from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.fusion.finished_run import read_finished_run
from pathnet_tf.runtime.errors import DataError
from tests.finished import finish_run
from tests.tiny import write_tiny

SPEAKERS = ("s1", "s2", "s3", "s4")


@pytest.fixture
def plan_of(write_dataset, tmp_path):
    target = write_dataset("one", speakers=SPEAKERS)

    def plan(**options):
        settings = finish_run(tmp_path / "run", target, **options)
        return Experiment.read(settings).plan

    return plan


def names(jobs):
    return [str(job) for job in jobs]


def test_inner_jobs_score_the_training_side_of_their_fold(plan_of):
    plan = plan_of(inner_folds=2, repeats=2)
    assert len(plan.inner) == 2 * 4 * 2
    for target in plan.targets:
        inner = plan.inner_of(target)
        held_out = np.sort(np.concatenate([job.fold.test for job in inner]))
        np.testing.assert_array_equal(held_out, target.fold.train)
        assert {(job.method, job.repeat) for job in inner} == {
            (target.method, target.repeat)
        }


def test_every_job_has_scores_of_its_own(plan_of):
    plan = plan_of(inner_folds=3, repeats=2)
    assert len({job.scores_path for job in plan.jobs}) == len(plan.jobs)


def test_repeats_draw_other_groups(plan_of):
    plan = plan_of(inner_folds=2, repeats=5)
    groups = {
        tuple(job.fold.test) for job in plan.inner if job.fold.name == "s1/inner_1"
    }
    assert len(groups) > 1


def test_without_inner_folds_the_plan_has_none(plan_of):
    with_inner, without = plan_of(inner_folds=2), plan_of()
    assert without.inner == []
    assert names(without.targets) == names(with_inner.targets)


@pytest.mark.parametrize("inner_folds", [0, 2])
def test_a_source_must_not_hold_what_inner_folds_hold_out(
    inner_folds, write_dataset, tmp_path
):
    """Under a fixed split it may hold training speakers, but for inner folds."""

    def split_of(speaker):
        return "test" if speaker == "s1" else "train"

    target = write_dataset("one", speakers=SPEAKERS, split_of=split_of)
    shared = write_tiny(tmp_path / "source", "one", speakers=SPEAKERS[1:])
    settings = finish_run(
        tmp_path / "run", target, inner_folds=inner_folds, data={"protocol": "split"}
    )
    data = dataclasses.replace(settings.data, sources=(str(shared),))
    settings = dataclasses.replace(settings, data=data)
    experiment = Experiment.read(settings)
    if inner_folds:
        with pytest.raises(DataError, match=r"holds .* that the target holds out"):
            experiment.require_learnable()
    else:
        experiment.require_learnable()


def test_a_dataset_written_again_since_is_not_what_was_learned(write_dataset, tmp_path):
    target = write_dataset("one", emotions=("anger", "sadness"))
    settings = finish_run(tmp_path / "run", target)
    read_finished_run(settings)
    shutil.rmtree(target)
    # As many clips and segments as before, under another name.
    write_tiny(tmp_path, "one", emotions=("anger", "fear"))
    with pytest.raises(DataError, match=r"one is not the dataset that .*run learned"):
        read_finished_run(settings)


def test_a_run_that_does_not_tell_its_data_is_refused(write_dataset, tmp_path):
    settings = finish_run(tmp_path / "run", write_dataset("one"))
    (tmp_path / "run" / "environment.json").write_text("{}")
    with pytest.raises(DataError, match=r"environment.json cannot be read"):
        read_finished_run(settings)
