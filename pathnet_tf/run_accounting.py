"""The accounting of a run's transfer, from what its units left in its folder."""

import json
from collections.abc import Sequence

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation.fold_scores import FoldScores, clip_scores
from pathnet_tf.evaluation.method_comparison import speaker_confusions
from pathnet_tf.evaluation.transfer_gain import TransferAccounting, account
from pathnet_tf.methods.settings import TARGET_TASK, log_folder
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.tensorboard_log import HISTORY_NAME

METHODS = ("transfer", "scratch")


def held_out_curves(
    log_dir: AnyPath, folds: Sequence[FoldScores]
) -> dict[str, np.ndarray]:
    """Reads the held-out curves of searches.

    Args:
      log_dir: Folder of the run's logs, `UnitSettings.log_dir`.
      folds: Whose search each; all of as many generations.

    Returns:
      For `war` and `uar` at clip level, float64 `[num_folds, num_generations]`.

    Raises:
      OSError: A history is not there.
    """
    rows = []
    for fold in folds:
        folder = log_folder(log_dir, fold.method, TARGET_TASK, fold.repeat, fold.fold)
        lines = (folder / HISTORY_NAME).read_text().splitlines()
        rows.append([json.loads(line)["held_out"] for line in lines])
    return {
        metric: np.array([[one[f"clip_{metric}"] for one in row] for row in rows])
        for metric in ("war", "uar")
    }


def account_for_run(
    scores: Sequence[FoldScores], target: Dataset, log_dir: AnyPath
) -> TransferAccounting | None:
    """Accounts for the transfer of a run, over folds that both methods have learned.

    Args:
      scores: Held-out scores of the run's units, or of those that are done.
      target: The target dataset.
      log_dir: Folder of the run's logs.

    Returns:
      The accounting; None where no fold was learned both ways.

    Raises:
      OSError: A history is not there.
    """
    found = {(fold.method, fold.repeat, fold.fold): fold for fold in scores}
    shared = [
        (fold.repeat, fold.fold)
        for fold in scores
        if fold.method == "transfer" and ("scratch", fold.repeat, fold.fold) in found
    ]
    if not shared:
        return None
    transfer, scratch = (
        [found[method, repeat, fold] for repeat, fold in shared] for method in METHODS
    )
    counts = [
        speaker_confusions([clip_scores(fold, target) for fold in folds], target)
        for folds in (transfer, scratch)
    ]
    pathways = [fold.pathway for fold in transfer if fold.pathway]
    return account(
        transfer_curves=held_out_curves(log_dir, transfer),
        scratch_curves=held_out_curves(log_dir, scratch),
        transfer_confusions=counts[0].counts,
        scratch_confusions=counts[1].counts,
        speakers=counts[0].speakers,
        genotypes=[pathway.genotype for pathway in pathways],
        always_active=[pathway.always_active for pathway in pathways],
    )
