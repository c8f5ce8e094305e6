"""What TensorBoard shows of a search: curves while it runs, pictures when it has ended.

The same lines go to a history file. The pictures are drawn after the final scoring;
nothing of them goes back into the search.
"""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType

import numpy as np
import tensorflow as tf

from pathnet_tf.data.dataset import Dataset
from pathnet_tf.evaluation import metrics, results_csv
from pathnet_tf.evaluation.fold_scores import FoldScores
from pathnet_tf.figures.pathway_figures import pathway_figure
from pathnet_tf.figures.score_figures import confusion_figure
from pathnet_tf.figures.style import png_bytes
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.storage import AnyPath
from pathnet_tf.search.genetic_search import Generation

HISTORY_NAME = "history.jsonl"
SIDES = ("winner", "loser")


class SearchLog:
    """Writes each generation of one search to TensorBoard and to `history.jsonl`.

    The history has one JSON object a line: the two candidates, their fitness, who won,
    the child, and the held-out scores where there are any. Held-out scores are logged
    and go nowhere else.

    Attributes:
      lines: Those of the history, without their ends.
    """

    def __init__(
        self,
        folder: AnyPath,
        *,
        held_out_labels: np.ndarray | None = None,
        held_out_clip: np.ndarray | None = None,
        num_classes: int = 0,
    ) -> None:
        """Opens the log.

        Args:
          folder: Where to write; made if need be.
          held_out_labels: int `[num_segments]`, labels of the held-out segments.
          held_out_clip: int `[num_segments]`, their clips.
          num_classes: Declared classes.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            # Of a search that was interrupted; its curves are drawn again.
            if path.name.startswith("events."):
                path.unlink()
        self._writer = tf.summary.create_file_writer(str(folder))
        self._history = (folder / HISTORY_NAME).open("w", encoding="utf-8")
        self._labels = held_out_labels
        self._clip = held_out_clip
        self._num_classes = num_classes
        self.lines: list[str] = []

    def __enter__(self) -> "SearchLog":
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes both files."""
        self._writer.close()
        self._history.close()

    def __call__(self, generation: Generation, scores: np.ndarray | None) -> None:
        """Logs a generation.

        Args:
          generation: The generation.
          scores: float32 `[num_held_out, num_classes]`, its winner's log-probabilities
            of held-out segments; none where nothing is held out.
        """
        held_out = {} if scores is None else self._held_out(scores)
        line = {
            "generation": generation.index,
            "winner_index": generation.outcome.winner,
            "loser_index": generation.outcome.loser,
            "winner": generation.winner.tolist(),
            "loser": generation.loser.tolist(),
            "child": generation.child.tolist(),
            "winner_fitness": generation.winner_fitness,
            "loser_fitness": generation.loser_fitness,
            "held_out": held_out,
        }
        self._write(json.dumps(line))

    def restore(self, lines: Sequence[str]) -> None:
        """Logs what an interrupted search had logged, again.

        Args:
          lines: Its lines.
        """
        for line in lines:
            self._write(line)

    def log_scalars(self, values: Mapping[str, float]) -> None:
        """Logs what holds after the last generation.

        Args:
          values: A value a tag.
        """
        with self._writer.as_default(step=len(self.lines)):
            for tag, value in values.items():
                tf.summary.scalar(tag, value)

    def log_image(self, tag: str, png: bytes) -> None:
        """Logs a picture of what holds after the last generation.

        Args:
          tag: What TensorBoard calls it.
          png: The picture, as a PNG file.
        """
        with self._writer.as_default(step=len(self.lines)):
            tf.summary.image(tag, tf.image.decode_png(png, channels=3)[tf.newaxis])

    def _write(self, line: str) -> None:
        values = json.loads(line)
        curves = {f"fitness/{who}": values[f"{who}_fitness"] for who in SIDES}
        curves |= {f"held_out/{k}": value for k, value in values["held_out"].items()}
        with self._writer.as_default(step=values["generation"]):
            for tag, value in curves.items():
                tf.summary.scalar(tag, value)
        self._history.write(line + "\n")
        # Readers follow a search by this file while it runs.
        self._history.flush()
        self.lines.append(line)

    def _held_out(self, scores: np.ndarray) -> dict[str, float]:
        """WAR and UAR of log-probabilities `[num_held_out, num_classes]`, by name."""
        assert self._labels is not None
        assert self._clip is not None
        values = {}
        for level, (truth, prediction) in metrics.decisions(
            scores, self._labels, self._clip
        ).items():
            confusion = metrics.confusion_matrix(truth, prediction, self._num_classes)
            values[f"{level}_war"] = metrics.war(confusion)
            values[f"{level}_uar"] = metrics.uar(confusion)
        return values


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
      method: One of `registry.METHODS`.
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
