import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.network.genotype import GenotypeSpace, draw, mutate, to_mask
from pathnet_tf.runtime.errors import UsageError

CERTAIN = GenotypeSpace(num_layers=1, num_active=1, num_modules=20)  # Rate 1.

spaces = st.builds(
    GenotypeSpace,
    num_layers=st.integers(1, 4),
    num_active=st.integers(1, 4),
    num_modules=st.integers(4, 30),
    allow_duplicate_genes=st.booleans(),
    mutation_boundary=st.sampled_from(["wrap", "clamp"]),
)


@given(space=spaces, seed=st.integers(0, 2**32))
def test_draw_and_mutate_keep_genes_in_range(space, seed):
    rng = np.random.default_rng(seed)
    genotype = draw(space, rng)
    for _ in range(20):
        genotype = mutate(genotype, space, rng)
    assert genotype.dtype == np.int32
    assert genotype.shape == (space.num_layers, space.num_active)
    assert genotype.min() >= 0
    assert genotype.max() < space.num_modules


@given(seed=st.integers(0, 2**32))
def test_without_duplicates_genes_stay_distinct(seed):
    rng = np.random.default_rng(seed)
    space = GenotypeSpace(num_modules=5, num_active=4, allow_duplicate_genes=False)
    genotype = draw(space, rng)
    for _ in range(30):
        genotype = mutate(genotype, space, rng)
        assert all(len(set(row)) == 4 for row in genotype.tolist())


def test_draw_reaches_every_module_alike(rng):
    genes = np.concatenate([draw(GenotypeSpace(), rng).ravel() for _ in range(2000)])
    share = np.bincount(genes, minlength=20) / len(genes)
    assert share == pytest.approx(np.full(20, 1 / 20), abs=0.008)


def test_duplicates_appear_as_often_as_drawing_with_replacement_makes_them(rng):
    rows = np.concatenate([draw(GenotypeSpace(), rng) for _ in range(3000)])
    with_duplicate = np.mean([len(set(row)) < 4 for row in rows.tolist()])
    assert with_duplicate == pytest.approx(1 - 19 * 18 * 17 / 20**3, abs=0.02)


def test_mutation_shifts_are_uniform_from_minus_two_to_two(rng):
    start = np.array([[10]], np.int32)
    shifts = [int(mutate(start, CERTAIN, rng)[0, 0]) - 10 for _ in range(10000)]
    values, counts = np.unique(shifts, return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2]
    assert counts / 10000 == pytest.approx(np.full(5, 0.2), abs=0.015)


def test_mutation_rate_is_one_over_genes(rng):
    space = GenotypeSpace(num_layers=3, num_active=4)
    start = draw(space, rng)
    changed = np.mean([mutate(start, space, rng) != start for _ in range(8000)])
    assert changed == pytest.approx(1 / 12 * 4 / 5, abs=0.004)  # One in 5 shifts is 0.


def test_drift_without_selection_stays_uniform_under_wrapping(rng):
    one_gene = GenotypeSpace(num_layers=1, num_active=1, num_modules=10)
    genes = [np.array([[3]], np.int32)] * 4000
    for _ in range(60):
        genes = [mutate(gene, one_gene, rng) for gene in genes]
    share = np.bincount(np.ravel(genes), minlength=10) / 4000
    assert share == pytest.approx(np.full(10, 0.1), abs=0.025)


@pytest.mark.parametrize(
    ("boundary", "gene", "reached"),
    [
        ("wrap", 19, {17, 18, 19, 0, 1}),
        ("clamp", 19, {17, 18, 19}),
        ("wrap", 0, {18, 19, 0, 1, 2}),
        ("clamp", 0, {0, 1, 2}),
    ],
)
def test_mutation_at_the_boundary(boundary, gene, reached, rng):
    space = GenotypeSpace(num_layers=1, num_active=1, mutation_boundary=boundary)
    start = np.array([[gene]], np.int32)
    assert {int(mutate(start, space, rng)[0, 0]) for _ in range(300)} == reached


def test_mutate_leaves_its_argument_untouched(rng):
    start = np.array([[5]], np.int32)
    for _ in range(20):
        mutate(start, CERTAIN, rng)
    assert start.tolist() == [[5]]


def test_mask_counts_a_duplicate_once():
    assert to_mask([1, 3, 3, 1], 5).tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"num_layers": 0}, "num_layers must be at least 1. Received: num_layers=0"),
        ({"mutation_boundary": "bounce"}, "mutation_boundary must be one of"),
        (
            {"num_modules": 3, "allow_duplicate_genes": False},
            "num_active must not exceed num_modules",
        ),
    ],
)
def test_space_refuses_wrong_values(values, message):
    with pytest.raises(UsageError, match=message):
        GenotypeSpace(**values)
