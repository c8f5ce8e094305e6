import pytest
from matplotlib.colors import to_hex
from matplotlib.path import Path

from pathnet_tf.figures import style
from pathnet_tf.figures.network_drawing import EDGES
from pathnet_tf.figures.pathway_figures import (
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


def shapes(patch):
    return int((patch.get_path().codes == Path.MOVETO).sum())


def kinds(axes):
    """What there is of modules, by name."""
    patches = {patch.get_label(): patch for patch in axes.patches}
    return {name: patch for name, patch in patches.items() if name and name != EDGES}


def modules(axes):
    """How many modules of each kind there are."""
    return {name: shapes(patch) for name, patch in kinds(axes).items()}


def colour(patch):
    return to_hex(patch.get_facecolor())


def edges(axes):
    """Colour and number of the lines of each kind."""
    drawn = (patch for patch in axes.patches if patch.get_label() == EDGES)
    return {to_hex(patch.get_edgecolor()): shapes(patch) for patch in drawn}


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
    drawn = kinds(drawn_pathway().axes[0])
    frozen, own = drawn["frozen, from the source"], drawn["the target's own"]
    assert colour(frozen) == style.VERMILLION.lower()
    assert colour(own) == style.BLUE.lower()
    assert frozen.get_hatch() != own.get_hatch()


def test_a_reused_module_has_both_colours():
    drawn = kinds(drawn_pathway().axes[0])
    assert colour(drawn["frozen and named by the target"]) == style.VERMILLION.lower()
    assert colour(drawn["frozen and named by the target, too"]) == style.BLUE.lower()


def test_edges_of_frozen_and_target_differ_in_colour():
    assert edges(drawn_pathway().axes[0]) == {
        style.PALE.lower(): 3 + 3 * 3 + 3,
        style.VERMILLION.lower(): 2 + 2 * 1 + 1,
        style.BLUE.lower(): 2 + 2 * 2 + 2,
    }


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


def test_the_legend_names_another_owner_of_the_pathway():
    figure = pathway_figure(
        num_modules=6, frozen=[[0], [1]], target=[[0], [4]], title="S", owner="source_2"
    )
    legend = figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend[1:3]] == [
        "source_2's own (1)",
        "frozen and named by source_2 (1)",
    ]


def test_every_module_has_its_number():
    texts = [text.get_text() for text in drawn_pathway().axes[0].texts]
    assert texts == [*map(str, range(6)), *map(str, range(6)), "input", "head"]


@pytest.mark.parametrize(
    ("frozen", "target", "message"),
    [
        ([[0], [6]], [[1], [2]], r"frozen must name modules in \[0, 6\)"),
        ([[0], [5]], [[1], [-1]], "target must name modules"),
        ([[0]], [[1], [2]], "the same number of layers"),
        ([], [], "layer by layer"),
    ],
)
def test_a_pathway_refuses(frozen, target, message):
    with pytest.raises(ValueError, match=message):
        pathway_figure(num_modules=6, frozen=frozen, target=target, title="Wrong")


def test_a_tournament_refuses_genotypes_that_differ_in_shape():
    with pytest.raises(ValueError, match=r"must be \[num_layers, num_active\]"):
        tournament_figure(WINNER, LOSER, [[0], [1]], **TOURNAMENT)


def test_a_population_refuses_one_genotype_alone():
    with pytest.raises(ValueError, match=r"genotypes must be \[population_size, "):
        population_figure(WINNER, num_modules=5, title="Start")
