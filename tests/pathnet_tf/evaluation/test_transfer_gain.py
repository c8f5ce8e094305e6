import numpy as np
import pytest

from pathnet_tf.evaluation.transfer_gain import (
    ModuleReuse,
    SpeakerFall,
    account,
    account_curves,
    module_reuse,
    negative_transfer,
)

# Two folds, three generations; mean curves .4 .6 .8 and .3 .5 .6.
TRANSFER = np.array([[0.3, 0.5, 0.7], [0.5, 0.7, 0.9]])
SCRATCH = np.array([[0.2, 0.5, 0.6], [0.4, 0.5, 0.6]])

# A row per true class; of two speakers, one repeat.
RIGHT, HALF, WRONG = [[2, 0], [0, 2]], [[2, 0], [2, 0]], [[0, 2], [2, 0]]


def test_curves_are_accounted_by_hand():
    got = account_curves(TRANSFER, SCRATCH)
    assert got.jumpstart == pytest.approx(0.1)
    assert got.transfer_area == pytest.approx(0.6)
    assert got.scratch_area == pytest.approx(1.4 / 3)
    assert got.area_gain == pytest.approx(0.6 - 1.4 / 3)
    assert got.scratch_final == pytest.approx(0.6)
    assert got.generations_to_scratch_final == 2


def test_a_final_score_may_never_be_reached():
    got = account_curves(SCRATCH, TRANSFER)
    assert got.generations_to_scratch_final is None
    assert got.jumpstart == pytest.approx(-0.1)


def test_the_first_generation_may_reach_it():
    got = account_curves(TRANSFER + 0.3, SCRATCH)
    assert got.generations_to_scratch_final == 1


@pytest.mark.parametrize(
    ("transfer", "scratch"),
    [(TRANSFER, SCRATCH[:1]), (TRANSFER[0], SCRATCH[0]), (TRANSFER[:0], SCRATCH[:0])],
)
def test_curves_that_do_not_fit_are_refused(transfer, scratch):
    with pytest.raises(ValueError, match="num_folds, num_generations"):
        account_curves(transfer, scratch)


def test_reuse_counts_modules_that_sources_froze():
    # Modules 0 and 1 of layer 1, and 3 of layer 2, are frozen.
    frozen = np.array([[1, 1, 0, 0], [0, 0, 0, 1]])
    genotypes = [np.array([[0, 0, 2], [0, 1, 2]]), np.array([[0, 1, 3], [3, 3, 3]])]
    got = module_reuse(genotypes, [frozen, frozen])
    # Layer 1: {0} of {0, 2}, {0, 1} of {0, 1, 3}; layer 2: none of 3, 1 of 1.
    assert got == ModuleReuse((3 / 5, 1 / 4), 4 / 9)


def test_scratch_reuses_nothing():
    assert module_reuse([np.array([[0, 1]])], [np.zeros((1, 4))]).overall == 0


def test_reuse_without_a_pathway_is_refused():
    with pytest.raises(ValueError, match="needs a pathway"):
        module_reuse([], [])


def test_speakers_who_fell_are_named_with_amounts():
    transfer = np.array([[RIGHT, WRONG, HALF, RIGHT]])
    scratch = np.array([[RIGHT, HALF, RIGHT, HALF]])
    # Ties stay in the order of the speakers.
    assert negative_transfer(transfer, scratch, "abcd") == (
        SpeakerFall("b", -0.5, -0.5),
        SpeakerFall("c", -0.5, -0.5),
    )


def test_a_fall_in_one_score_is_enough():
    # Of 5 and 1 clips, 3 and 1 instead of 5 and none: WAR falls, UAR rises.
    transfer = np.array([[[[3, 2], [0, 1]]]])
    scratch = np.array([[[[5, 0], [1, 0]]]])
    (fall,) = negative_transfer(transfer, scratch, ["a"])
    assert fall.war_change == pytest.approx(4 / 6 - 5 / 6)
    assert fall.uar_change == pytest.approx((3 / 5 + 1) / 2 - 1 / 2)


def test_everything_is_accounted_together():
    got = account(
        transfer_curves={"war": TRANSFER, "uar": SCRATCH},
        scratch_curves={"war": SCRATCH, "uar": TRANSFER},
        transfer_confusions=np.array([[RIGHT, WRONG], [RIGHT, RIGHT]]),
        scratch_confusions=np.array([[HALF, HALF], [HALF, HALF]]),
        speakers=["a", "b"],
        genotypes=[np.array([[0, 1]])],
        always_active=[np.array([[1, 0]])],
    )
    # Pooled, 1/2 and 1 with transfer in the two repeats, 1/2 from scratch.
    assert (got.war_gain, got.uar_gain) == pytest.approx((0.25, 0.25))
    assert got.war_curve.generations_to_scratch_final == 2
    assert got.uar_curve.generations_to_scratch_final is None
    assert got.reuse.overall == 0.5
    # Speaker b: (0 + 1) / 2 in both, no fall.
    assert got.negative_transfer == ()


def test_methods_must_have_the_same_speakers():
    with pytest.raises(ValueError, match="same repeats, speakers and classes"):
        account(
            transfer_curves={"war": TRANSFER, "uar": TRANSFER},
            scratch_curves={"war": SCRATCH, "uar": SCRATCH},
            transfer_confusions=np.array([[RIGHT, WRONG]]),
            scratch_confusions=np.array([[RIGHT]]),
            speakers=["a", "b"],
            genotypes=[],
            always_active=[],
        )
