"""A linear SVM on openSMILE functionals, which `data_tools.write_functionals` wrote."""

from pathlib import Path

import numpy as np

from pathnet_tf.baseline_task import BaselineScores, BaselineTask
from pathnet_tf.clip_svm import classify_clips
from pathnet_tf.dataset import Dataset
from pathnet_tf.errors import DataError, UsageError
from pathnet_tf.plain_arrays import read_arrays


def learn_egemaps_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their eGeMAPS functionals."""
    return _learn(task, "egemaps")


def learn_compare_svm(task: BaselineTask) -> BaselineScores:
    """Classifies clips by their ComParE functionals."""
    return _learn(task, "compare")


def read_functionals(
    files: tuple[Path, ...], feature_set: str, target: Dataset
) -> np.ndarray:
    """Finds the functionals of a dataset's clips.

    Args:
      files: Files of `data_tools.write_functionals`.
      feature_set: The set to look for.
      target: The dataset.

    Returns:
      float64 `[num_clips, num_functionals]`, in the dataset's order of clips.

    Raises:
      UsageError: No file has the set.
      DataError: A file cannot be read, or lacks a clip or has it of another recording.
    """
    for path in files:
        try:
            content = read_arrays(path)
            names = ("keys", "sha256", "feature_set", "values")
            keys, hashes, found, values = (content[name] for name in names)
            if not keys.shape == hashes.shape == values.shape[:1]:
                raise ValueError(f"{len(values)} rows of {keys.size} clips")
            if values.ndim != 2 or not np.isfinite(values).all():
                raise ValueError("values are no finite numbers")
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"--functionals={path} cannot be read ({error}); make it with python "
                "-m data_tools.write_functionals"
            ) from error
        if str(found) == feature_set:
            return _in_order(
                path,
                dict(zip(keys, range(len(keys)), strict=True)),
                hashes,
                values,
                target,
            )
    raise UsageError(
        f"--method={feature_set}_svm needs --functionals=FILE.npz, made with python -m "
        f"data_tools.write_functionals --feature_set={feature_set}"
    )


def _learn(task: BaselineTask, feature_set: str) -> BaselineScores:
    target, division, settings = task.target, task.division, task.settings
    values = read_functionals(settings.functionals, feature_set, target)
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


def _in_order(
    path: Path,
    place: dict[str, int],
    hashes: np.ndarray,
    values: np.ndarray,
    target: Dataset,
) -> np.ndarray:
    for clip in target.clips:
        if clip.key not in place:
            raise DataError(
                f"--functionals={path} has no clip {clip.key} of {target.name}; make "
                "it again from the same corpus"
            )
        if hashes[place[clip.key]] != clip.sha256:
            raise DataError(
                f"--functionals={path} has clip {clip.key} of another recording than "
                f"{target.name}; make it again from the same corpus"
            )
    rows = [place[clip.key] for clip in target.clips]
    return values[rows].astype(np.float64)
