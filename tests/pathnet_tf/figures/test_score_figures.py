import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn.metrics import roc_auc_score

from pathnet_tf.figures.score_figures import (
    confusion_figure,
    recall_figure,
    roc_figure,
)

EMOTIONS = ["anger", "fear", "joy"]
CONFUSION = [[8, 2, 0], [1, 3, 0], [0, 0, 0]]  # No joy.


def words(figure):
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


def cells(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_confusion_shows_counts_and_shares_of_rows():
    figure = confusion_figure(CONFUSION, EMOTIONS, title="Clips")
    assert cells(figure)[:6] == [
        "8\n80%",
        "2\n20%",
        "0\n0%",
        "1\n25%",
        "3\n75%",
        "0\n0%",
    ]


def test_confusion_has_war_and_uar_in_its_caption():
    figure = confusion_figure(CONFUSION, EMOTIONS, title="Clips")
    assert "WAR 0.786, UAR 0.517 over 3 declared emotions" in words(figure)


def test_confusion_leaves_an_absent_row_empty_and_names_it():
    figure = confusion_figure(CONFUSION, EMOTIONS, title="Clips")
    assert cells(figure)[6:] == ["-", "-", "-"]
    assert "Absent, recall 0: joy." in words(figure)


def test_confusion_has_the_truth_in_rows():
    (axes,) = confusion_figure(CONFUSION, EMOTIONS, title="Clips").axes
    assert axes.get_ylabel() == "truth"
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["anger\nn = 10", "fear\nn = 4", "joy\nn = 0"]
    assert axes.images[0].get_array().tolist()[0] == [0.8, 0.2, 0]


@pytest.mark.parametrize("num_emotions", range(2, 10))
def test_confusion_text_fits_its_cell(num_emotions):
    counts = np.full((num_emotions, num_emotions), 12345)
    names = [f"emotion{i}" for i in range(num_emotions)]
    figure = confusion_figure(counts, names, title="Segments")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    wide, high = axes.bbox.width / num_emotions, axes.bbox.height / num_emotions
    boxes = [text.get_window_extent() for text in axes.texts]
    assert max(box.width for box in boxes) < wide
    assert max(box.height for box in boxes) < high


@pytest.mark.parametrize(
    ("confusion", "emotions", "message"),
    [
        ([[3]], ["anger"], "at least two emotions"),
        ([[1, 2]], ["anger", "fear"], "2 x 2 counts"),
        ([[1, -1], [0, 1]], ["anger", "fear"], "2 x 2 counts"),
    ],
)
def test_confusion_refuses(confusion, emotions, message):
    with pytest.raises(ValueError, match=message):
        confusion_figure(confusion, emotions, title="Clips")


def drawn_at_random(rng, num_samples=80, absent=2, num_emotions=4):
    present = [i for i in range(num_emotions) if i != absent]
    truth = rng.choice(present, num_samples)
    scores = rng.dirichlet(np.ones(num_emotions), num_samples).round(2)
    scores[np.arange(num_samples), truth] += 0.2
    return truth, scores


def test_roc_has_each_emotions_area_as_scikit_learn_has_it(rng):
    truth, scores = drawn_at_random(rng)
    figure = roc_figure(truth, scores, ["a", "b", "c", "d"], title="Clips")
    expected = [
        f"{name}, AUC {roc_auc_score(truth == i, scores[:, i]):.3f}"
        for i, name in ((0, "a"), (1, "b"), (3, "d"))
    ]
    assert legend(figure)[1:4] == expected


def test_roc_averages_pool_decisions_and_average_areas(rng):
    truth, scores = drawn_at_random(rng)
    figure = roc_figure(truth, scores, ["a", "b", "c", "d"], title="Clips")
    one_hot = np.arange(4) == truth[:, None]
    micro = roc_auc_score(one_hot.ravel(), scores.ravel())
    macro = np.mean([roc_auc_score(truth == i, scores[:, i]) for i in (0, 1, 3)])
    assert legend(figure)[4:] == [
        f"micro average, AUC {micro:.3f}",
        f"macro average, AUC {macro:.3f}",
    ]


def test_roc_draws_no_curve_for_an_absent_emotion_and_says_so(rng):
    truth, scores = drawn_at_random(rng)
    figure = roc_figure(truth, scores, ["a", "b", "c", "d"], title="Clips")
    assert len(figure.axes[0].lines) == 1 + 3 + 2
    assert "Absent, no curve: c." in words(figure)


def test_roc_lines_differ_in_colour_and_in_style(rng):
    truth, scores = drawn_at_random(rng, absent=-1)
    lines = roc_figure(truth, scores, list("abcd"), title="Clips").axes[0].lines[1:5]
    for look in ("get_color", "get_linestyle", "get_marker"):
        looks = {str(getattr(line, look)()) for line in lines}
        # matplotlib calls every dashed line "--".
        assert len(looks) == 4 or look == "get_linestyle"


def test_the_macro_average_is_the_mean_curve():
    """Of class 0, told apart perfectly, and of class 1, told apart by chance."""
    scores = [[1, 0.5], [1, 0.5], [0, 0.5], [0, 0.5]]
    (axes,) = roc_figure([0, 0, 1, 1], scores, ["a", "b"], title="Clips").axes
    false, true = axes.lines[-1].get_data()
    assert false.tolist() == [0, 0, 0, 1, 1]
    assert true.tolist() == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("truth", "scores", "message"),
    [
        ([1, 1], [[0.2, 0.8], [0.4, 0.6]], "at least two emotions. Received: .*fear"),
        ([], np.zeros((0, 2)), "no sample"),
        ([0, 2], np.zeros((2, 2)), r"in \[0, 2\). Received: \[0, 2\]"),
        ([0, 1], [[0.2], [0.4]], "2 for each sample"),
        ([0, 1], [[np.nan, 0], [0, 1]], "finite"),
    ],
)
def test_roc_refuses(truth, scores, message):
    with pytest.raises(ValueError, match=message):
        roc_figure(truth, scores, ["anger", "fear"], title="Clips")


RECALLS = {
    "transfer": [[0.5, 0.9, 0.2], [0.7, 0.9, 0.4]],
    "scratch": [[0.4, 0.8, 0.0]],
}


def test_recall_bars_are_means_over_repeats():
    figure = recall_figure(RECALLS, EMOTIONS, title="Clips")
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == pytest.approx([0.6, 0.9, 0.3, 0.4, 0.8, 0.0])
    assert [text for text in cells(figure)] == [
        "0.60", "0.90", "0.30", "0.40", "0.80", "0.00",
    ]  # fmt: skip


def test_recalls_that_are_equal_but_for_the_last_bit_of_their_mean_have_whiskers():
    repeats = np.full([3, 3], 0.7)
    assert repeats.mean(axis=0)[0] < repeats.min()
    (axes,) = recall_figure({"transfer": repeats}, EMOTIONS, title="Clips").axes
    (whiskers,) = (c for c in axes.collections if len(c.get_segments()) == 3)
    ends = [segment[:, 1].tolist() for segment in whiskers.get_segments()]
    assert ends == pytest.approx(np.full([3, 2], 0.7))


def test_recall_whiskers_go_from_least_to_greatest():
    repeats = [[0.5, 0.9, 0.2], [0.7, 0.9, 0.4], [0.5, 0.9, 0.2]]
    (axes,) = recall_figure({"transfer": repeats}, EMOTIONS, title="Clips").axes
    (whiskers,) = (c for c in axes.collections if len(c.get_segments()) == 3)
    ends = [segment[:, 1].tolist() for segment in whiskers.get_segments()]
    assert ends == pytest.approx(np.array([[0.5, 0.7], [0.9, 0.9], [0.2, 0.4]]))


def test_recall_bars_of_methods_differ_in_colour_and_hatch():
    bars = recall_figure(RECALLS, EMOTIONS, title="Clips").axes[0].patches
    assert to_hex(bars[0].get_facecolor()) != to_hex(bars[3].get_facecolor())
    assert bars[0].get_hatch() != bars[3].get_hatch()


def test_recall_says_how_many_repeats_there_are():
    assert "1 or 2 repeat(s)" in words(recall_figure(RECALLS, EMOTIONS, title="Clips"))


@pytest.mark.parametrize("num_methods", [1, 3, 6])
def test_a_legend_of_long_names_stays_within_the_picture(num_methods):
    recalls = {
        f"method {i} LEAKY, with a name that goes on": RECALLS["scratch"]
        for i in range(num_methods)
    }
    figure = recall_figure(recalls, EMOTIONS, title="Clips")
    figure.draw_without_rendering()
    box = figure.axes[0].get_legend().get_window_extent()
    assert 0 < box.x0 < box.x1 < figure.bbox.width


def test_recall_refuses_a_method_of_other_emotions():
    with pytest.raises(ValueError, match=r"3 values a repeat. .*'fused'"):
        recall_figure({"fused": [[0.5, 0.9]]}, EMOTIONS, title="Clips")


def test_scores_carry_the_marking_of_their_title():
    title = "LEAKY: " + "one recording on both sides, " * 9
    figures = [
        confusion_figure(CONFUSION, EMOTIONS, title=title),
        recall_figure(RECALLS, EMOTIONS, title=title),
        roc_figure([0, 1], [[0.9, 0.1], [0.2, 0.8]], ["a", "b"], title=title),
    ]
    for figure in figures:
        assert figure.texts[0].get_text().split() == title.split()
