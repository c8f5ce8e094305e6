import numpy as np
import pytest
from PIL import Image, ImageColor

from pathnet_tf.report import pathway_animation, style
from pathnet_tf.report.pathway_animation import search_gif, shown_generations
from tests.pathnet_tf.report.searched import run_search


def frames(path):
    with Image.open(path) as image:
        for index in range(image.n_frames):
            image.seek(index)
            yield image.info["duration"], np.array(image.convert("RGB"))


@pytest.fixture
def history(rng):
    return run_search(rng, generations=8)[0]


def test_a_short_search_has_a_frame_for_each_generation(history, tmp_path):
    search_gif(history, num_modules=6, path=tmp_path / "search.gif")
    assert len(list(frames(tmp_path / "search.gif"))) == 8


def test_bytes_are_the_same_twice(history, tmp_path):
    for name in ("a.gif", "b.gif"):
        search_gif(history, num_modules=6, path=tmp_path / name)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


@pytest.mark.parametrize("colour", [style.BLUE, style.VERMILLION])
def test_winner_and_loser_are_framed_in_their_colours(history, tmp_path, colour):
    search_gif(history, num_modules=6, path=tmp_path / "search.gif")
    for _, pixels in frames(tmp_path / "search.gif"):
        assert (pixels == ImageColor.getrgb(colour)).all(axis=2).sum() > 300


def test_the_last_frame_stays_longest(history, tmp_path):
    search_gif(history, num_modules=6, path=tmp_path / "search.gif")
    durations = [duration for duration, _ in frames(tmp_path / "search.gif")]
    assert durations[-1] > max(durations[:-1])


def test_a_long_title_makes_the_picture_higher(history, tmp_path):
    title = "LEAKY: one recording on both sides. " * 9
    for name, words in (("short.gif", "LEAKY"), ("long.gif", title)):
        search_gif(history[:1], num_modules=6, path=tmp_path / name, title=words)
    heights = [Image.open(tmp_path / name).height for name in ("short.gif", "long.gif")]
    assert heights[1] >= heights[0] + 3 * 22


def test_at_most_sixty_generations_are_shown_the_first_and_last_among_them():
    shown = shown_generations(1000)
    assert len(set(shown)) == 60
    assert (shown[0], shown[-1]) == (0, 999)


def test_a_file_that_would_be_too_large_has_fewer_frames(
    history, tmp_path, monkeypatch
):
    search_gif(history, num_modules=6, path=tmp_path / "all.gif")
    size = (tmp_path / "all.gif").stat().st_size
    monkeypatch.setattr(pathway_animation, "MAX_BYTES", size)
    search_gif(history, num_modules=6, path=tmp_path / "some.gif")
    assert len(list(frames(tmp_path / "some.gif"))) == 4


def test_genes_out_of_range_are_refused(history, tmp_path):
    with pytest.raises(ValueError, match=r"\[0, 2\)"):
        search_gif(history, num_modules=2, path=tmp_path / "search.gif")
