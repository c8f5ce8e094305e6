"""Inner folds: the training side of a fold, divided once more by speaker.

What is chosen on training speakers, such as the weights of a fusion, needs scores of
training clips by models that have not heard their speakers. Each inner fold learns on
the training side without a group of its speakers and scores that group; the held-out
side of the fold plays no part.
"""

import numpy as np

from pathnet_tf.data.folds import Fold, SegmentTable, assert_disjoint
from pathnet_tf.runtime.errors import DataError

# No speaker's name holds a slash, so no other fold is called so.
_SEPARATOR = "/inner_"


def make_inner_folds(
    table: SegmentTable, fold: Fold, *, num_folds: int, rng: np.random.Generator
) -> list[Fold]:
    """Divides the training side of a fold into groups of speakers.

    Args:
      table: The dataset's segments and clips.
      fold: The outer fold, of any protocol.
      num_folds: Groups, at least 2; as many as there are training speakers if these
        are fewer.
      rng: Draws the groups.

    Returns:
      A fold a group, which holds the group out and trains on the others. Together they
      hold out every training segment of `fold` once.

    Raises:
      DataError: There are fewer than two training speakers, or a clip or source file
        stands on both sides of an inner fold.
    """
    of_segment = np.asarray(table.clip_speakers)[table.clip[fold.train]]
    speakers = np.unique(of_segment)
    if len(speakers) < 2:
        raise DataError(
            f"--inner_folds needs at least 2 training speakers, fold {fold.name} has "
            f"{len(speakers)}: {', '.join(speakers)}; add speakers, or leave out "
            "--inner_folds"
        )
    num_groups = min(num_folds, len(speakers))
    groups = np.array_split(rng.permutation(speakers), num_groups)
    inner_folds = []
    for number, group in enumerate(groups, start=1):
        is_test = np.isin(of_segment, group)
        inner = Fold(
            f"{fold.name}{_SEPARATOR}{number}",
            fold.train[~is_test],
            fold.train[is_test],
        )
        # Under a LEAKY protocol too: a choice that heard its speakers is no choice.
        assert_disjoint(inner, table)
        _require_within(inner, fold)
        inner_folds.append(inner)
    return inner_folds


def outer_name(name: str) -> str:
    """Name of the fold that an inner fold divides."""
    return name.rpartition(_SEPARATOR)[0]


def _require_within(inner: Fold, fold: Fold) -> None:
    """Stops when an inner fold holds anything that the outer one holds out."""
    # Not an assert statement, which python -O leaves out.
    if np.isin(fold.test, np.concatenate([inner.train, inner.test])).any():
        raise AssertionError(f"Fold {inner.name} holds segments held out of its fold")
