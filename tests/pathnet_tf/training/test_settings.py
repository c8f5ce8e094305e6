import pytest

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.training.settings import Augmentation, TrainingSettings


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"learning_rate": 0.1, "batch_size": 3, "passes_per_evaluation": 2},
        {"arithmetic": "gram"},
        {"segments_per_clip": 2, "ensemble": 5},
    ],
)
def test_the_paper_s_training_is_plain(values):
    assert TrainingSettings(**values).is_plain


@pytest.mark.parametrize(
    "values",
    [
        {"classify": "clip"},
        {"optimizer": "adam"},
        {"class_weights": "balanced"},
        {"label_smoothing": 0.1},
        {"mixup": 0.1},
        {"dropout": 0.1},
        {"weight_decay": 0.1},
        {"augmentation": Augmentation(time_mask=1)},
        {"final_passes": 1},
        {"final_steps": 1},
        {"schedule": "cosine"},
    ],
)
def test_whatever_changes_a_step_is_not_plain(values):
    assert not TrainingSettings(**values).is_plain


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("segments_per_clip", 0, "must be positive"),
        ("ensemble", 0, "must be positive"),
        ("learning_rate", float("nan"), "must be positive"),
        ("mixup", -0.1, "must not be negative"),
        ("weight_decay", float("nan"), "must not be negative"),
        ("final_passes", -1, "must not be negative"),
        ("final_steps", -1, "must not be negative"),
        ("label_smoothing", 1.0, "must be at least 0 and below 1"),
        ("dropout", -0.5, "must be at least 0 and below 1"),
        ("classify", "speaker", "must be one of"),
        ("optimizer", "lion", "must be one of"),
        ("class_weights", "sqrt", "must be one of"),
        ("schedule", "linear", "must be one of"),
    ],
)
def test_wrong_values_are_refused(name, value, message):
    with pytest.raises(UsageError, match=f"{name} {message}.* Received: {name}="):
        TrainingSettings(**{name: value})
