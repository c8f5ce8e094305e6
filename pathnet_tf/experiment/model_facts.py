"""What is known of a model that is exported, gathered from its run."""

import numpy as np

from pathnet_tf.evaluation.calibration import Calibration, calibrate
from pathnet_tf.evaluation.fold_scores import (
    clip_labels,
    clip_scores,
    read_scores,
)
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.features.feature_sets import ENCODED
from pathnet_tf.features.functionals_file import encoder_behind
from pathnet_tf.methods.registry import METHODS
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.serving.model_card import ModelFacts
from pathnet_tf.serving.model_folder import ModelAbout


def model_facts(experiment: Experiment) -> ModelFacts:
    """Gathers what held-out clips say of models like the one that is exported.

    Probabilities are calibrated on clips of the target's speakers, each scored by a
    model that has not heard the speaker; all of them are training speakers of the model
    that is exported.

    Args:
      experiment: An experiment that has its results.

    Returns:
      The facts.
    """
    settings, data = experiment.settings, experiment.data
    method, target = settings.methods[0], data.target
    clips = [
        clip_scores(read_scores(job.scores_path), target)
        for job in experiment.plan.targets
        if job.method == method
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
        protocol=experiment.protocol_line(),
        sources=data.sources if learned_before else [],
        target=target,
        clips=clips,
        calibration=calibration,
        is_leaky=settings.is_leaky,
        is_synthesized=data.is_synthesized,
        began_from=(settings.data.init_from or "") if learned_before else "",
        seed=settings.seed,
        representation=settings.data.representation,
        finding=data.card.finding,
        encoder=(
            encoder_behind(settings.functionals)
            if ENCODED in settings.data.representation.parts
            else None
        ),
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
        views=facts.representation.views,
        encoder=facts.encoder,
    )
