"""Measures what transfer gains over learning the same target from scratch.

    gain       final pooled score, transfer minus scratch
    jumpstart  held-out score at the first generation, transfer minus scratch
    area       mean of the held-out curve over generations; transfer minus scratch
    reached    generations until transfer's curve is as high as scratch's last point
    reuse      modules of the target's pathway that a source task froze
    falls      speakers whose score is lower with transfer (negative transfer)

Curves are scores on the held-out speakers, which no choice ever depends on. They are
averaged over folds, so that every fold has the same weight.

Reference: Taylor & Stone 2009, "Transfer learning for reinforcement learning domains:
a survey", section 3.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from pathnet_tf.evaluation import metrics
from pathnet_tf.evaluation.significance import speaker_scores

_METRICS = {"war": metrics.wars, "uar": metrics.uars}


@dataclasses.dataclass(frozen=True)
class CurveAccounting:
    """Compares the held-out curves of transfer and of scratch for one score.

    Attributes:
      jumpstart: Score at the first generation, transfer minus scratch.
      transfer_area: Mean of the transfer curve over generations.
      scratch_area: Mean of the scratch curve.
      scratch_final: Last point of the scratch curve.
      generations_to_scratch_final: The first generation, counted from 1, after which
        the transfer curve is as high as `scratch_final`; None if it never is.
    """

    jumpstart: float
    transfer_area: float
    scratch_area: float
    scratch_final: float
    generations_to_scratch_final: int | None

    @property
    def area_gain(self) -> float:
        """Area of transfer minus area of scratch."""
        return self.transfer_area - self.scratch_area


@dataclasses.dataclass(frozen=True)
class ModuleReuse:
    """How much of the target's pathways had been frozen by source tasks.

    Attributes:
      of_layer: For each layer, the share of the pathways' modules that a source task
        froze, pooled over pathways.
      overall: The same share over all layers.
    """

    of_layer: tuple[float, ...]
    overall: float


@dataclasses.dataclass(frozen=True)
class SpeakerFall:
    """A speaker who is recognized worse with transfer.

    Attributes:
      speaker: The speaker.
      war_change: WAR with transfer minus WAR from scratch, mean over repeats.
      uar_change: UAR with transfer minus UAR from scratch, mean over repeats.
    """

    speaker: str
    war_change: float
    uar_change: float


@dataclasses.dataclass(frozen=True)
class TransferAccounting:
    """What transfer gains.

    Attributes:
      war_gain: Pooled clip WAR, transfer minus scratch, mean over repeats.
      uar_gain: Pooled clip UAR, transfer minus scratch, mean over repeats.
      war_curve: Curves of the held-out clip WAR.
      uar_curve: Curves of the held-out clip UAR.
      reuse: Modules that the target's best pathways take over from sources.
      negative_transfer: Speakers whose WAR or UAR is lower with transfer, those with
        the largest fall in UAR first.
    """

    war_gain: float
    uar_gain: float
    war_curve: CurveAccounting
    uar_curve: CurveAccounting
    reuse: ModuleReuse
    negative_transfer: tuple[SpeakerFall, ...]


def account(
    *,
    transfer_curves: Mapping[str, np.ndarray],
    scratch_curves: Mapping[str, np.ndarray],
    transfer_confusions: np.ndarray,
    scratch_confusions: np.ndarray,
    speakers: Sequence[str],
    genotypes: Sequence[np.ndarray],
    always_active: Sequence[np.ndarray],
) -> TransferAccounting:
    """Measures what transfer gains.

    Args:
      transfer_curves: For `war` and `uar`, float `[num_folds, num_generations]`: the
        held-out clip score after each generation, with a row for each fold and repeat.
      scratch_curves: The same from scratch.
      transfer_confusions: int `[num_repeats, num_speakers, num_classes,
        num_classes]`, final decisions on clips.
      scratch_confusions: The same from scratch.
      speakers: Name of each speaker.
      genotypes: The target's best pathway of each fold and repeat, int
        `[num_layers, num_active]`.
      always_active: For each of these pathways, which modules sources had frozen, float
        or bool `[num_layers, num_modules]`.

    Returns:
      The gains.

    Raises:
      ValueError: The arrays of the two methods differ in shape, or an array is empty.
    """
    if transfer_confusions.shape != scratch_confusions.shape:
        raise ValueError(
            "Both methods need the same repeats, speakers and classes. Received: "
            f"transfer_confusions.shape={transfer_confusions.shape}, "
            f"scratch_confusions.shape={scratch_confusions.shape}"
        )
    sides = (transfer_confusions, scratch_confusions)
    gains = {}
    for name, metric in _METRICS.items():
        pooled = [metric(side.sum(axis=1)).mean() for side in sides]
        gains[name] = float(pooled[0] - pooled[1])
    return TransferAccounting(
        war_gain=gains["war"],
        uar_gain=gains["uar"],
        war_curve=account_curves(transfer_curves["war"], scratch_curves["war"]),
        uar_curve=account_curves(transfer_curves["uar"], scratch_curves["uar"]),
        reuse=module_reuse(genotypes, always_active),
        negative_transfer=negative_transfer(*sides, speakers),
    )


def account_curves(transfer: np.ndarray, scratch: np.ndarray) -> CurveAccounting:
    """Compares the mean curves of two methods.

    Args:
      transfer: float `[num_folds, num_generations]`.
      scratch: float `[num_folds, num_generations]`, of the same folds.

    Returns:
      The comparison.

    Raises:
      ValueError: The two arrays differ in shape or are empty.
    """
    if transfer.shape != scratch.shape or transfer.ndim != 2 or not transfer.size:
        raise ValueError(
            "Both curves must be [num_folds, num_generations] and alike. Received: "
            f"transfer.shape={transfer.shape}, scratch.shape={scratch.shape}"
        )
    ours, theirs = transfer.mean(axis=0), scratch.mean(axis=0)
    # Means of equal scores may differ in their last bits.
    reached = np.flatnonzero(ours >= theirs[-1] - 1e-12)
    return CurveAccounting(
        jumpstart=float(ours[0] - theirs[0]),
        transfer_area=float(ours.mean()),
        scratch_area=float(theirs.mean()),
        scratch_final=float(theirs[-1]),
        generations_to_scratch_final=int(reached[0]) + 1 if len(reached) else None,
    )


def module_reuse(
    genotypes: Sequence[np.ndarray], always_active: Sequence[np.ndarray]
) -> ModuleReuse:
    """Measures the share of the pathways' modules that source tasks froze.

    A module that two genes name counts once. Frozen modules that no gene names are
    active too, but do not count, since the search did not choose them.

    Args:
      genotypes: See `account`.
      always_active: See `account`.

    Returns:
      The shares.

    Raises:
      ValueError: There is no pathway.
    """
    if not len(genotypes):
        raise ValueError("Module reuse needs a pathway. Received: genotypes=[]")
    counts = np.array(
        [
            [
                (sum(bool(frozen[gene]) for gene in set(genes)), len(set(genes)))
                for genes, frozen in zip(genotype.tolist(), masks, strict=True)
            ]
            for genotype, masks in zip(genotypes, always_active, strict=True)
        ]
    ).sum(axis=0)
    reused, named = counts[:, 0], counts[:, 1]
    return ModuleReuse(
        of_layer=tuple((reused / named).tolist()),
        overall=float(reused.sum() / named.sum()),
    )


def negative_transfer(
    transfer_confusions: np.ndarray,
    scratch_confusions: np.ndarray,
    speakers: Sequence[str],
) -> tuple[SpeakerFall, ...]:
    """Lists the speakers who are recognized worse with transfer.

    Args:
      transfer_confusions: See `account`.
      scratch_confusions: See `account`.
      speakers: Name of each speaker.

    Returns:
      Speakers whose WAR or UAR is lower with transfer, those with the largest fall in
      UAR first.
    """
    war, uar = (
        speaker_scores(transfer_confusions, metric)
        - speaker_scores(scratch_confusions, metric)
        for metric in _METRICS.values()
    )
    falls = [
        SpeakerFall(speaker, float(war_change), float(uar_change))
        for speaker, war_change, uar_change in zip(speakers, war, uar, strict=True)
        if min(war_change, uar_change) < -1e-12
    ]
    return tuple(sorted(falls, key=lambda fall: fall.uar_change))
