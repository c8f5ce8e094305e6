"""What is known of a model that is exported, gathered from its run."""

import numpy as np

from pathnet_tf.evaluation.calibration import Calibration, calibrate
from pathnet_tf.evaluation.fold_scores import (
    clip_labels,
    clip_scores,
    read_scores,
)
from pathnet_tf.experiment.experiment_data import ExperimentData
from pathnet_tf.experiment.plan import make_plan
from pathnet_tf.experiment.settings import ExperimentSettings
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.methods.settings import JobSettings
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.serving.model_card import ModelFacts
from pathnet_tf.serving.model_folder import ModelAbout


def model_facts(
    settings: ExperimentSettings,
    unit: JobSettings,
    material: ExperimentData,
    protocol: str,
) -> ModelFacts:
    """Gathers what held-out clips say of models like the one that is exported.

    Probabilities are calibrated on clips of the target's speakers, each scored by a
    model that has not heard the speaker; all of them are training speakers of the model
    that is exported.

    Args:
      settings: What was run.
      unit: What its units shared.
      material: Its data.
      protocol: The run's line on its protocol.

    Returns:
      The facts.
    """
    method, target = settings.methods[0], material.target
    clips = [
        clip_scores(read_scores(one.outcome), target)
        for one in make_plan(settings, unit, material).targets
        if one.method == method
    ]
    calibration = Calibration()
    if not settings.is_leaky:
        numbers = np.concatenate([one.clips for one in clips])
        calibration = calibrate(
            np.concatenate([one.log_probabilities for one in clips]),
            clip_labels(target)[numbers],
            np.asarray(target.speakers)[numbers],
        )
    learned_before = METHODS[method].needs_source
    return ModelFacts(
        method=method,
        protocol=protocol,
        sources=material.sources if learned_before else [],
        target=target,
        clips=clips,
        calibration=calibration,
        is_leaky=settings.is_leaky,
        is_synthesized=material.is_synthesized,
        began_from=settings.data.init_from if learned_before else "",
        seed=unit.seed,
        representation=settings.data.representation,
    )


def about_model(
    facts: ModelFacts, learned: LearnedTask, before: ModelAbout | None
) -> ModelAbout:
    """Makes what `model.json` says.

    Args:
      facts: What is known.
      learned: The task that the model has learned.
      before: The model that it went on from, if any: what was heard was heard.

    Returns:
      What the file says.
    """
    datasets = [*facts.sources, facts.target]
    clips = [clip for dataset in datasets for clip in dataset.clips]
    corpora = [name for one in datasets for name in one.name.split("+")]
    speakers = {"/".join(clip.key.split("/")[:2]) for clip in clips}
    recordings = {clip.sha256 for clip in clips}
    if facts.began_from and before:
        corpora = [*before.corpora, *corpora]
        speakers |= set(before.speakers)
        recordings |= set(before.recordings)
    network = learned.members[0].settings
    return ModelAbout(
        modality=facts.target.modality,
        emotions=facts.target.emotions,
        corpora=tuple(dict.fromkeys(corpora)),
        speakers=tuple(sorted(speakers)),
        recordings=tuple(sorted(recordings)),
        pathway=learned.pathway.to_json(),
        calibration=facts.calibration,
        is_synthesized=facts.is_synthesized,
        module=network.module,
        pooling=network.pooling,
        readout=network.readout,
        classify=learned.classify,
        ensemble=len(learned.members),
        representation=facts.representation.kind,
        silence_db=facts.representation.silence_db,
        speeds=facts.representation.speeds,
    )
