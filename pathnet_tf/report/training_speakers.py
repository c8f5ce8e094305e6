"""How many speakers of the target a fold of a run learns from."""

import numpy as np

from pathnet_tf.report.evidence.run_evidence import Evidence


def num_training_speakers(run: Evidence) -> int | None:
    """Counts the speakers that each fold learns from.

    Args:
      run: The run.

    Returns:
      What `--train_speakers` says; where it leaves all of them, as many as a fold has,
      the mean over folds, rounded. None where nothing tells, as of a fusion.
    """
    if run.settings is None:
        return None
    return run.settings.unit.train_speakers or _all_of_a_fold(run)


def training_speakers_words(run: Evidence) -> str | None:
    """The number for a person, who is told where it is all of them."""
    if run.settings is None:
        return None
    number = num_training_speakers(run)
    if run.settings.unit.train_speakers:
        return str(number)
    return "all" if number is None else f"all = {number}"


def _all_of_a_fold(run: Evidence) -> int | None:
    held_out: dict[tuple[int, str], set[str]] = {}
    for table in run.clips:
        key = (table.repeat, table.fold)
        held_out.setdefault(key, set()).update(table.speakers)
    card = run.target.card if run.target else None
    clips = [one for one in card.clips if one.emotion in run.emotions] if card else []
    if run.protocol == "split":
        # Who stands on neither side learns nothing and is held out of nothing.
        return len({one.speaker for one in clips if one.split == "train"}) or None
    everyone = {one.speaker for one in clips} or set().union(*held_out.values())
    if not held_out or run.is_leaky:
        return len(everyone) or None
    return round(np.mean([len(everyone - group) for group in held_out.values()]))
