"""Runs a whole fusion: reads two runs, fuses them, writes and prints the results."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pathnet_tf.data.dataset_card import dataset_hash, file_hash, read_card
from pathnet_tf.data.speaker_folds import PROTOCOL_NAMES
from pathnet_tf.data.speaker_names import speaker_warnings
from pathnet_tf.evaluation import results_csv
from pathnet_tf.evaluation.method_comparison import comparison_text
from pathnet_tf.evaluation.results_table import results_table
from pathnet_tf.experiment import environment
from pathnet_tf.experiment.settings import (
    ENVIRONMENT_NAME,
    FLAGS_NAME,
    PREDICTIONS_NAME,
    REPORT_FOLDER,
    REPORT_NAME,
    RESULTS_NAME,
    ExperimentSettings,
)
from pathnet_tf.fusion.finished_run import (
    FinishedRun,
    read_finished_run,
    require_finished,
)
from pathnet_tf.fusion.fuse_runs import WEIGHT_RULES, FoldWeight, FusedRuns, fuse_runs
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.runtime.output_folder import OutputFolder
from pathnet_tf.runtime.storage import AnyPath, as_path, write_whole

WEIGHTS_NAME = "weights.csv"
LEFT_OUT_NAME = "left_out.csv"
FUSION_CONTENTS = (
    WEIGHTS_NAME,
    LEFT_OUT_NAME,
    RESULTS_NAME,
    PREDICTIONS_NAME,
    REPORT_NAME,
    REPORT_FOLDER,
    FLAGS_NAME,
    ENVIRONMENT_NAME,
)


@dataclasses.dataclass(frozen=True)
class FusionSettings:
    """The settings of a fusion.

    Attributes:
      speech: Settings of the speech run.
      face: Settings of the face run.
      run_dir: Folder for the results.
      weights: One of `fuse_runs.WEIGHT_RULES`.
      overwrite: Whether an existing fusion is replaced.

    Raises:
      UsageError: `weights` is unknown, or `run_dir` lies in one of the runs.
    """

    speech: ExperimentSettings
    face: ExperimentSettings
    run_dir: AnyPath
    weights: str = "chosen"
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Checks the rule and the folder."""
        if self.weights not in WEIGHT_RULES:
            raise UsageError(
                f"--weights must be one of {', '.join(WEIGHT_RULES)}. "
                f"Received: --weights={self.weights}"
            )
        for part in (self.speech, self.face):
            run_dir, folder = part.run_dir.resolve(), self.run_dir.resolve()
            if run_dir in (folder, *folder.parents):
                raise UsageError(
                    f"--run_dir={self.run_dir} would lie in the run "
                    f"{part.run_dir}, which it must not touch; name another "
                    "--run_dir"
                )

    @property
    def folder(self) -> OutputFolder:
        """The folder for the results."""
        return OutputFolder(self.run_dir, FUSION_CONTENTS, "--run_dir", self.overwrite)

    @property
    def is_leaky(self) -> bool:
        """Whether the protocol lets speakers stand on both sides of a fold."""
        return self.speech.is_leaky or self.face.is_leaky


def run(
    settings: FusionSettings,
    *,
    resolved_flags: str,
    report: Callable[[str], None] = print,
) -> list[results_csv.Row]:
    """Fuses two runs and writes the results.

    Args:
      settings: The settings.
      resolved_flags: The flags as text, which is kept beside the results.
      report: Called with each line for the user.

    Returns:
      The rows of `results.csv`.

    Raises:
      UsageError: The folder for the results exists already.
      DataError: A run is not finished, has the wrong modality, or does not fit the
        other run.
    """
    settings.folder.require_free()
    for run_settings, modality in (
        (settings.speech, "speech"),
        (settings.face, "face"),
    ):
        require_finished(run_settings)
        _require_modality(run_settings, modality)
    speech = read_finished_run(settings.speech)
    face = read_finished_run(settings.face)
    fused = fuse_runs(speech, face, settings.weights)
    target = speech.data.target
    rows = results_csv.clip_rows(fused.scores, target, is_leaky=settings.is_leaky)
    with settings.folder.published() as folder:
        results_csv.write_predictions(
            folder / PREDICTIONS_NAME, fused.scores, target, is_leaky=settings.is_leaky
        )
        results_csv.write_results(folder / RESULTS_NAME, rows)
        _write_weights(folder / WEIGHTS_NAME, fused.weights, settings.is_leaky)
        _write_left_out(folder / LEFT_OUT_NAME, fused)
        environment.write(folder / ENVIRONMENT_NAME, _describe(settings))
        write_whole(
            folder / FLAGS_NAME, resolved_flags.encode(errors="surrogateescape")
        )
    for line in _left_out_lines(speech, face, fused):
        report(line)
    for method in fused.methods:
        report("")
        parts = [f"{method} {part}" for part in ("fused", "speech", "face")]
        labels = [results_csv.method_label(part, settings.is_leaky) for part in parts]
        of_method = [row for row in rows if row.method in labels]
        report(results_table(of_method, target.emotions))
        of_parts = [fold for fold in fused.scores if fold.method in parts]
        seed, is_leaky = settings.speech.seed, settings.is_leaky
        report(comparison_text(of_parts, target, seed=seed, is_leaky=is_leaky))
        report(_weight_line(settings, method, fused.weights))
    report("")
    report(_protocol_line(settings, speech, face, fused))
    report(f"Results: {settings.run_dir / RESULTS_NAME}")
    return rows


def _require_modality(run_settings: ExperimentSettings, modality: str) -> None:
    target = run_settings.data.target
    found = read_card(as_path(target)).modality
    if found != modality:
        raise DataError(
            f"--{modality}_run={run_settings.run_dir} learned {target}, whose "
            f"modality is {found}; name a run on a {modality} dataset"
        )


def _write_weights(path: AnyPath, weights: list[FoldWeight], is_leaky: bool) -> None:
    columns = [field.name for field in dataclasses.fields(FoldWeight)]
    marked = [
        dataclasses.replace(
            weight, method=results_csv.method_label(weight.method, is_leaky)
        )
        for weight in weights
    ]
    results_csv.write_csv(path, columns, map(dataclasses.astuple, marked))


def _write_left_out(path: AnyPath, fused: FusedRuns) -> None:
    pairs = fused.pairs
    rows = [(key, "speech") for key in pairs.speech_alone]
    rows += [(key, "face") for key in pairs.face_alone]
    results_csv.write_csv(path, ["clip", "only_in"], rows)


def _describe(settings: FusionSettings) -> dict:
    """Describes what the results depend on."""
    parts = (settings.speech, settings.face)
    folders = [part.data.target for part in parts]
    hashes = {folder: dataset_hash(as_path(folder)) for folder in folders}
    runs = [part.run_dir for part in parts]
    cards = [read_card(as_path(folder)) for folder in folders]
    hash_of_run = {str(path): file_hash(path / RESULTS_NAME) for path in runs}
    return environment.describe(seed=settings.speech.seed, datasets=hashes) | {
        "runs": hash_of_run,
        "is_synthesized": any(card.is_synthesized for card in cards),
    }


def _left_out_lines(
    speech: FinishedRun, face: FinishedRun, fused: FusedRuns
) -> list[str]:
    clips = [clip for one in (speech, face) for clip in one.data.target.clips]
    lines = speaker_warnings(clip.speaker for clip in clips)
    alone = ((speech, fused.pairs.speech_alone), (face, fused.pairs.face_alone))
    for run_, keys in alone:
        if keys:
            more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
            lines.append(
                f"Left out, only {run_} has them: {len(keys)} clip(s), "
                f"{', '.join(keys[:3])}{more}"
            )
        for method in run_.settings.methods:
            if method not in fused.methods:
                lines.append(f"Left out, only {run_} has it: method {method}")
    if speech.settings.repeats != face.settings.repeats:
        least = min(speech.settings.repeats, face.settings.repeats)
        lines.append(f"Left out: repeats after the first {least}, one run has no more")
    return lines


def _weight_line(
    settings: FusionSettings, method: str, weights: list[FoldWeight]
) -> str:
    if settings.weights == "equal":
        return "weight of speech        0.50, equal"
    values = [weight.speech_weight for weight in weights if weight.method == method]
    return (
        f"weight of speech        {np.mean(values):.2f} on average, {min(values):.2f} "
        f"to {max(values):.2f} over folds, chosen on training speakers"
    )


def _protocol_line(
    settings: FusionSettings, speech: FinishedRun, face: FinishedRun, fused: FusedRuns
) -> str:
    """States in one line what the scores mean."""
    data, target = speech.data, speech.data.target
    both = np.flatnonzero(fused.pairs.speech >= 0)
    rule = (
        "equal weights"
        if settings.weights == "equal"
        else "weights chosen in each fold by the UAR on training speakers that the "
        "scoring models have not heard"
    )
    held_out = "clips" if settings.is_leaky else "speakers"
    repeats = min(speech.settings.repeats, face.settings.repeats)
    return (
        f"Protocol: {PROTOCOL_NAMES[data.protocol]}, {len(data.folds)} "
        f"fold(s) of {target.name}, {len(both)} clips that both runs hold, of "
        f"{len({target.speakers[clip] for clip in both})} speakers, "
        f"{len(target.emotions)} emotions; mean log-probabilities of {speech} and "
        f"{face}, {rule}; held-out {held_out} scored once, at the end; {repeats} "
        f"repeat(s), seed {speech.settings.seed} of speech and "
        f"{face.settings.seed} of faces."
    )
