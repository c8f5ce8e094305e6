"""A linear SVM on openSMILE functionals, which `data_tools.write_functionals` wrote."""

import numpy as np

from pathnet_tf.features.functionals_file import read_functionals
from pathnet_tf.methods.baseline_task import BaselineScores, BaselineTask
from pathnet_tf.methods.svm import classify_clips


def learn_egemaps_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their eGeMAPS functionals."""
    return _learn(task, "egemaps")


def learn_compare_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their ComParE functionals."""
    return _learn(task, "compare")


def _learn(task: BaselineTask, feature_set: str) -> BaselineScores:
    target, division, settings = task.target, task.division, task.settings
    values = read_functionals(settings.functionals, feature_set, target)[:, 0]
    if settings.normalization == "speaker":
        # Transductive, as the name of the flag says wherever it shows.
        speakers = np.asarray(target.speakers)
        for speaker in np.unique(speakers):
            own = values[speakers == speaker]
            std = own.std(axis=0)
            std[std == 0] = 1
            values[speakers == speaker] = (own - own.mean(axis=0)) / std
    train_clips = np.unique(target.clip[division.train])
    test_clips = np.unique(target.clip[division.test])
    return classify_clips(
        task, train_clips, values[train_clips], test_clips, values[test_clips]
    )
