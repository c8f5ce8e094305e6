import dataclasses

import numpy as np
import pytest

from pathnet_tf.methods.learn_sources import (
    learn_sources,
    num_source_tasks,
    require_room,
    source_tasks,
)
from pathnet_tf.methods.learn_target import learn_target
from pathnet_tf.methods.settings import network_folder
from pathnet_tf.network.saving import load_network
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.errors import UsageError
from tests.pathnet_tf.job_runs import fold_of


def test_a_shared_pathway_learns_the_source_as_it_is(target):
    (task,) = source_tasks([target], "shared", 0, 0)
    assert (task.name, task.dataset) == ("source_1", target)
    assert num_source_tasks([target], "shared") == 1


def test_each_emotion_is_told_from_as_many_clips_of_the_others(target):
    tasks = source_tasks([target], "per_emotion", 0, 0)
    assert [task.name for task in tasks] == [f"source_1_{e}" for e in target.emotions]
    assert num_source_tasks([target], "per_emotion") == len(target.emotions)
    for task, emotion in zip(tasks, target.emotions, strict=True):
        assert task.dataset.emotions == ("others", emotion)
        clips = np.unique(target.clip[task.fold.train])
        is_own = np.array([target.clips[c].emotion == emotion for c in clips])
        assert is_own.sum() == sum(one.emotion == emotion for one in target.clips)
        assert (~is_own).sum() == min(is_own.sum(), len(target.clips) - is_own.sum())
        labels = task.dataset.labels[task.fold.train]
        of_segment = [target.clips[c].emotion for c in target.clip[task.fold.train]]
        assert labels.tolist() == [int(one == emotion) for one in of_segment]


def test_the_union_of_all_pathways_is_frozen_and_goes_on(job, target):
    number = len(target.emotions)
    network = dataclasses.replace(job.network, num_modules=2 * number + 1)
    job = dataclasses.replace(
        job, network=network, pathways="per_emotion", num_source_tasks=number
    )
    learned = learn_sources(job, [target], target.emotions, 0)
    assert [one.task for one in learned] == [f"source_1_{e}" for e in target.emotions]
    model, pathways = load_network(network_folder(job.run_dir, 0))
    assert len(pathways) == number
    for place, layer in enumerate(model.pathnet_layers):
        union = set(np.concatenate([one.genotype[place] for one in pathways]).tolist())
        assert set(np.flatnonzero(layer.always_active.numpy())) == union
        assert {
            m for m, one in enumerate(layer.path_modules) if not one.trainable
        } == union
    scores = learn_target(job, target, fold_of(target), method="transfer", repeat=0)
    assert (
        scores.pathway.always_active
        == np.stack([layer.always_active.numpy() for layer in model.pathnet_layers])
    ).all()


def test_too_few_modules_are_refused_before_anything_is_learned():
    network = PathNetSettings(num_modules=20, num_active=4)
    with pytest.raises(UsageError, match="raise --num_modules to 25, or"):
        require_room(network, 6, 0)
    require_room(network, 6, 4)
    require_room(dataclasses.replace(network, num_modules=25), 6, 0)
