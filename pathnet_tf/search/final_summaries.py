"""What TensorBoard shows of a search when its task has been learned.

Drawn after the final scoring, from what it found; nothing here goes back to a search.
"""

import numpy as np

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation import metrics, results_csv
from pathnet_tf.evaluation.fold_scores import FoldScores
from pathnet_tf.figures.pathway_figures import pathway_figure
from pathnet_tf.figures.score_figures import confusion_figure
from pathnet_tf.figures.style import png_bytes
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.search.tensorboard_log import SearchLog

FINAL_METRICS = ("war", "uar", "uap", "macro_f1", "auc_micro", "auc_macro")
# 640 pixels wide, which TensorBoard shows in full, in two thirds of the time.
DPI = 100


def log_pathway(
    log: SearchLog, pathway: Pathway, *, method: str, repeat: int, is_leaky: bool
) -> None:
    """Draws the best pathway of a task that holds nothing out.

    Args:
      log: The search's, still open.
      pathway: The best pathway, before it is frozen.
      method: One of `methods.METHODS`.
      repeat: From 0.
      is_leaky: Whether the protocol is LEAKY; titles then say so.
    """
    label = results_csv.method_label(method, is_leaky)
    title = f"{label}, {pathway.task}, repeat {repeat}, all speakers: pathway"
    _draw_pathway(log, pathway, title, owner=pathway.task)


def log_target(
    log: SearchLog, scores: FoldScores, target: Dataset, *, is_leaky: bool
) -> None:
    """Writes a fold's final scores, its confusion matrices and its best pathway.

    Args:
      log: The search's, still open.
      scores: What the final scoring found.
      target: The target dataset.
      is_leaky: Whether the protocol is LEAKY; titles then say so.
    """
    rows = results_csv.result_rows([scores], target, is_leaky=is_leaky)
    log.log_scalars(
        {
            f"final/{row.level}_{row.metric}": row.value
            for row in rows
            if row.fold == scores.fold and row.metric in FINAL_METRICS
        }
    )
    method = results_csv.method_label(scores.method, is_leaky)
    name = f"{method}, fold {scores.fold}, repeat {scores.repeat}"
    labels, clip = target.labels[scores.test], target.clip[scores.test]
    decided = metrics.decisions(scores.log_probabilities, labels, clip)
    for level, (truth, prediction) in decided.items():
        confusion = metrics.confusion_matrix(truth, prediction, len(target.emotions))
        title = f"{name}: held-out {level}s"
        figure = confusion_figure(confusion, target.emotions, title=title)
        log.log_image(f"confusion/{level}", png_bytes(figure, dpi=DPI))
    if scores.pathway:
        _draw_pathway(log, scores.pathway, f"{name}: pathway", owner="the target")


def _draw_pathway(log: SearchLog, pathway: Pathway, title: str, *, owner: str) -> None:
    figure = pathway_figure(
        num_modules=pathway.always_active.shape[1],
        frozen=[np.flatnonzero(row) for row in pathway.always_active],
        target=list(pathway.genotype),
        title=title,
        owner=owner,
    )
    log.log_image("pathway", png_bytes(figure, dpi=DPI))
