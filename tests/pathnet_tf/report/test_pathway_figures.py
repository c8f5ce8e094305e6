import pytest
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import to_hex

from pathnet_tf.report import style
from pathnet_tf.report.pathway_figures import (
    pathway_figure,
    population_figure,
    tournament_figure,
)

WINNER = [[0, 2], [4, 4]]
LOSER = [[1, 3], [2, 0]]
CHILD = [[0, 3], [4, 4]]
TOURNAMENT = {
    "num_modules": 5,
    "winner_fitness": 0.75,
    "loser_fitness": 0.5,
    "title": "Generation 3",
}


def modules(axes):
    """How many modules of each kind there are."""
    kinds = (c for c in axes.collections if isinstance(c, PatchCollection))
    return {
        kind.get_label(): len(kind.get_paths())
        for kind in kinds
        if not kind.get_label().startswith("_")
    }


def colours(axes):
    kinds = (c for c in axes.collections if isinstance(c, PatchCollection))
    return {
        kind.get_label(): to_hex(kind.get_facecolor()[0])
        for kind in kinds
        if not kind.get_label().startswith("_")
    }


def edges(axes):
    """Colour and number of the lines of each kind."""
    lines = (c for c in axes.collections if isinstance(c, LineCollection))
    return {to_hex(c.get_color()[0]): len(c.get_segments()) for c in lines}


def test_a_population_has_a_picture_for_each_pathway():
    figure = population_figure([WINNER, LOSER, CHILD], num_modules=5, title="Start")
    drawn = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in drawn] == [
        "pathway 0",
        "pathway 1",
        "pathway 2",
    ]


def test_a_module_named_twice_is_drawn_once():
    axes = population_figure([WINNER], num_modules=5, title="Start").axes[0]
    assert modules(axes) == {"idle": 7, "the target's own": 3}


def test_edges_join_all_active_modules_of_layers_that_follow():
    axes = population_figure([WINNER], num_modules=5, title="Start").axes[0]
    assert edges(axes) == {style.BLUE.lower(): 2 + 2 * 1 + 1}


def test_an_unknown_pathway_is_said_to_be_never_drawn():
    unknown = [[-1, -1], [-1, -1]]
    figure = population_figure([WINNER, unknown], num_modules=5, title="Start")
    assert [text.get_text() for text in figure.axes[1].texts] == ["never drawn"]


def test_a_population_shows_what_is_frozen_beside_each_pathway():
    figure = population_figure(
        [WINNER], num_modules=5, title="Target", frozen=[[0], [1, 2]]
    )
    counts = modules(figure.axes[0])
    assert counts["frozen, from the source"] == 2
    assert counts["frozen and named by the target"] == 1


def test_a_tournament_shows_both_fitnesses():
    figure = tournament_figure(WINNER, LOSER, CHILD, **TOURNAMENT)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert "winner, fitness 0.750" in titles[0]
    assert "loser, fitness 0.500" in titles[1]


def test_a_tournament_marks_genes_that_changed():
    figure = tournament_figure(WINNER, LOSER, CHILD, **TOURNAMENT)
    counts = modules(figure.axes[2])
    assert counts["new by mutation"] == counts["dropped by mutation"] == 1
    assert figure.texts[1].get_text() == "Genes changed: layer 1: 2 → 3."


def test_a_copy_without_mutation_is_said_to_be_one():
    figure = tournament_figure(WINNER, LOSER, WINNER, **TOURNAMENT)
    assert figure.texts[1].get_text() == "Genes changed: none."
    assert modules(figure.axes[2]) == modules(figure.axes[0])


def test_a_gene_may_change_without_a_change_of_modules():
    figure = tournament_figure([[1, 1, 2]], [[0, 3, 4]], [[1, 2, 2]], **TOURNAMENT)
    assert figure.texts[1].get_text() == "Genes changed: layer 1: 1 → 2."
    assert modules(figure.axes[2])["active"] == 2


def drawn_pathway():
    return pathway_figure(
        num_modules=6, frozen=[[0, 1], [2]], target=[[1, 5], [4, 4, 3]], title="Both"
    )


def test_frozen_and_target_differ_in_colour_and_hatch():
    (axes,) = drawn_pathway().axes
    found = colours(axes)
    assert found["frozen, from the source"] == style.VERMILLION.lower()
    assert found["the target's own"] == style.BLUE.lower()
    kinds = {c.get_label(): c.get_hatch() for c in axes.collections}
    assert kinds["frozen, from the source"] != kinds["the target's own"]


def test_a_reused_module_has_both_colours():
    (axes,) = drawn_pathway().axes
    kinds = [c for c in axes.collections if isinstance(c, PatchCollection)]
    labels = [kind.get_label() for kind in kinds]
    place = labels.index("frozen and named by the target")
    pair = [to_hex(kind.get_facecolor()[0]) for kind in kinds[place : place + 2]]
    assert pair == [style.VERMILLION.lower(), style.BLUE.lower()]


def test_a_legend_counts_modules():
    legend = drawn_pathway().axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend] == [
        "frozen, from the source (2)",
        "the target's own (3)",
        "frozen and named by the target (1)",
        "between the two",
    ]


def test_a_pathway_without_transfer_has_nothing_frozen():
    figure = pathway_figure(
        num_modules=6, frozen=[[], []], target=[[1], [4]], title="S"
    )
    legend = figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend] == ["the target's own (2)"]


def test_every_module_has_its_number():
    texts = [text.get_text() for text in drawn_pathway().axes[0].texts]
    assert texts == [*map(str, range(6)), *map(str, range(6)), "input", "head"]


@pytest.mark.parametrize(
    ("frozen", "target", "message"),
    [
        ([[0], [6]], [[1], [2]], r"frozen must name modules in \[0, 6\)"),
        ([[0], [5]], [[1], [-1]], "target must name modules"),
        ([[0]], [[1], [2]], "the same layers"),
        ([], [], "layer by layer"),
    ],
)
def test_a_pathway_refuses(frozen, target, message):
    with pytest.raises(ValueError, match=message):
        pathway_figure(num_modules=6, frozen=frozen, target=target, title="Wrong")


def test_a_tournament_refuses_genotypes_that_differ_in_shape():
    with pytest.raises(ValueError, match=r"must be \[L, N\]"):
        tournament_figure(WINNER, LOSER, [[0], [1]], **TOURNAMENT)


def test_a_population_refuses_one_genotype_alone():
    with pytest.raises(ValueError, match=r"genotypes must be \[P, L, N\]"):
        population_figure(WINNER, num_modules=5, title="Start")
