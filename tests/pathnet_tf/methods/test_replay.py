import dataclasses

import numpy as np
import pytest

from pathnet_tf.data.fold_inputs import divide, normalize, undivided
from pathnet_tf.methods.learn_sources import learn_sources
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.methods.replay import require_shared, with_replay
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.samples import in_passes
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer
from tests.pathnet_tf.job_runs import fold_of


@pytest.fixture
def source(load):
    return load("source")


def renamed(dataset, emotions):
    """The same recordings under other labels."""
    names = dict(zip(dataset.emotions, emotions, strict=True))
    clips = tuple(
        dataclasses.replace(clip, emotion=names[clip.emotion]) for clip in dataset.clips
    )
    return dataclasses.replace(dataset, emotions=tuple(emotions), clips=clips)


def divided(target, rng):
    return divide(target, fold_of(target), validation_share=0, rng=rng)


def test_shared_emotions_go_under_the_targets_labels(target, source, rng):
    division = divided(target, rng)
    # The source's first emotion is the target's second, its second is unknown.
    other = renamed(source, (target.emotions[1], "surprise"))
    found = with_replay(target, division, [other], "train")
    number = len(division.train)
    assert found.num_own == number
    np.testing.assert_array_equal(found.labels[:number], target.labels[division.train])
    shared = np.flatnonzero(source.labels == 0)
    assert found.labels[number:].tolist() == [1] * len(shared)
    assert found.inputs.rows[number:].tolist() == (len(target.labels) + shared).tolist()
    # No clip of one is a clip of the other.
    assert not set(found.inputs.clip[:number]) & set(found.inputs.clip[number:])


def test_each_corpus_is_scaled_by_itself(target, source, rng):
    division = divided(target, rng)
    found = with_replay(target, division, [source], "train")
    number = len(division.train)
    alone = normalize(target, division, "train").train
    np.testing.assert_array_equal(found.inputs.block(0, number), alone.block(0, number))
    theirs = normalize(source, undivided(source), "train").train
    np.testing.assert_array_equal(
        found.inputs.block(number, len(found.inputs)), theirs.block(0, len(theirs))
    )


@pytest.mark.parametrize("share", [0.5, 2.0])
@pytest.mark.parametrize("classify", ["segment", "clip"])
def test_a_pass_has_every_own_sample_once_and_a_share_beside(
    share, classify, job, target, source, rng
):
    settings = TrainingSettings(
        batch_size=8, replay=share, classify=classify, segments_per_clip=2
    )
    train = with_replay(target, divided(target, rng), [source], "train")
    model = PathNet(job.network, {"target": target.emotions})
    trainer = Trainer(
        model, "target", train.inputs, train.labels, settings, num_own=train.num_own
    )
    own = train.num_own
    if classify == "clip":
        own = len(np.unique(train.inputs.clip[: train.num_own]))
    others = 7
    order = in_passes(2 * own, own, others, share, rng)
    for half in np.split(order, 2):
        assert sorted(half[half < own]) == list(range(own))
        assert (half >= own).sum() == round(share * own)
        assert half.max() < own + others
    genotype = np.zeros((2, 2), np.int32)
    fitness = trainer.train(genotype, rng)
    assert 0 <= fitness <= 1
    drawn = 2 if classify == "clip" else 1
    assert trainer.num_presentations == (own + round(share * own)) * drawn


def test_fitness_is_of_the_targets_own_samples(job, target, source, rng):
    """Replayed labels that nothing can learn leave the score of the target alone."""
    settings = TrainingSettings(batch_size=8, replay=1.0)
    train = with_replay(target, divided(target, rng), [source], "train")
    model = PathNet(job.network, {"target": target.emotions})
    labels = train.labels.copy()
    scores = []
    for change in (0, 1):
        labels[train.num_own :] = change
        trainer = Trainer(
            model, "target", train.inputs, labels, settings, num_own=train.num_own
        )
        scores.append(trainer.accuracy(np.zeros((2, 2), np.int32)))
    assert scores[0] == scores[1]


def test_transfer_replays_and_scratch_does_not(job, target, source):
    def scores(method, replay):
        training = dataclasses.replace(
            job.learning.training,
            replay=replay,
            optimizer="adam",
            learning_rate=0.01,
        )
        learning = dataclasses.replace(job.learning, training=training)
        changed = dataclasses.replace(job, learning=learning)
        return learn_target(
            changed,
            target,
            fold_of(target),
            method=method,
            repeat=0,
            sources=[source],
        )

    learn_sources(job, [source], target.emotions, 0)
    without, beside = (scores("transfer", replay) for replay in (0.0, 1.0))
    assert (without.log_probabilities != beside.log_probabilities).any()
    assert beside.cost.presentations == 2 * without.cost.presentations
    without, beside = (scores("scratch", replay) for replay in (0.0, 1.0))
    assert (without.log_probabilities == beside.log_probabilities).all()


def test_nothing_in_common_is_refused(target, source):
    with pytest.raises(UsageError, match="--replay finds no emotion of the target"):
        require_shared(target, [renamed(source, ("calm", "surprise"))])
    require_shared(target, [source])
