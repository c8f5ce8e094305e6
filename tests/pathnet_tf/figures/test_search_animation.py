import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from pathnet_tf.figures import search_animation, style
from pathnet_tf.figures.search_animation import search_gif, shown_generations
from tests.pathnet_tf.figures.searched import run_search


def frames(gif):
    with Image.open(io.BytesIO(gif)) as image:
        for index in range(image.n_frames):
            image.seek(index)
            yield image.info["duration"], np.array(image.convert("RGB"))


@pytest.fixture
def history(rng):
    return run_search(rng, generations=8)[0]


def test_a_short_search_has_a_frame_for_each_generation(history):
    assert len(list(frames(search_gif(history, num_modules=6)))) == 8


def test_bytes_are_the_same_twice(history):
    one, other = (search_gif(history, num_modules=6) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("colour", [style.BLUE, style.VERMILLION])
def test_winner_and_loser_are_framed_in_their_colours(history, colour):
    for _, pixels in frames(search_gif(history, num_modules=6)):
        assert (pixels == ImageColor.getrgb(colour)).all(axis=2).sum() > 300


def test_the_last_frame_stays_longest(history):
    gif = search_gif(history, num_modules=6)
    durations = [duration for duration, _ in frames(gif)]
    assert durations[-1] > max(durations[:-1])


def test_a_long_title_makes_the_picture_higher(history):
    heights = []
    for title in ("LEAKY", "LEAKY: one recording on both sides. " * 9):
        gif = search_gif(history[:1], num_modules=6, title=title)
        heights.append(Image.open(io.BytesIO(gif)).height)
    assert heights[1] >= heights[0] + 3 * 22


def test_at_most_sixty_generations_are_shown_the_first_and_last_among_them():
    shown = shown_generations(1000)
    assert len(set(shown)) == 60
    assert (shown[0], shown[-1]) == (0, 999)


def test_a_file_that_would_be_too_large_has_fewer_frames(history, monkeypatch):
    size = len(search_gif(history, num_modules=6))
    monkeypatch.setattr(search_animation, "MAX_BYTES", size)
    assert len(list(frames(search_gif(history, num_modules=6)))) == 4


def test_genes_out_of_range_are_refused(history):
    with pytest.raises(ValueError, match=r"\[0, 2\)"):
        search_gif(history, num_modules=2)
