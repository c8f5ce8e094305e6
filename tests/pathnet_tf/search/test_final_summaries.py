import io

import numpy as np
import pytest
from PIL import Image

from pathnet_tf.data.dataset import load
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.evaluation import results_csv
from pathnet_tf.evaluation.fold_scores import FoldScores
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.search import tensorboard_log
from pathnet_tf.search.genetic_search import Generation, Outcome
from pathnet_tf.search.tensorboard_log import SearchLog
from tests.summaries import read_tags

# The source froze modules 0 and 1 of the only layer.
PATHWAY = Pathway("target", np.array([[0, 2]], np.int32), np.array([[1.0, 1.0, 0.0]]))
IMAGES = {"confusion/clip", "confusion/segment", "pathway"}


@pytest.fixture
def target(write_dataset):
    folder = write_dataset("target")
    card = read_card(folder)
    return load(str(folder), card, card.emotions)


@pytest.fixture
def scores(target, rng):
    clips = [c for c, name in enumerate(target.speakers) if name == "s1"]
    test = np.flatnonzero(np.isin(target.clip, clips))
    values = rng.standard_normal((len(test), 2))
    return FoldScores("transfer", 1, "s1", test, values, 0.5, PATHWAY, 1.0)


@pytest.fixture
def titles(monkeypatch):
    """The title of every figure that is drawn."""
    drawn = []
    for name in ("confusion_figure", "pathway_figure"):
        draw = getattr(tensorboard_log, name)

        def keep(*words, draw=draw, **options):
            drawn.append(options["title"])
            return draw(*words, **options)

        monkeypatch.setattr(tensorboard_log, name, keep)
    return drawn


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "log"


def test_the_final_scalars_are_those_of_the_results(scores, target, folder):
    with SearchLog(folder) as log:
        tensorboard_log.log_target(log, scores, target, is_leaky=False)
    logged = {
        tag: entries[0][1]
        for tag, entries in read_tags(folder).items()
        if tag.startswith("final/")
    }
    expected = {
        f"final/{row.level}_{row.metric}": row.value
        for row in results_csv.result_rows([scores], target, is_leaky=False)
        if row.fold == "s1" and row.metric in tensorboard_log.FINAL_METRICS
    }
    assert len(expected) == 12
    assert logged == pytest.approx(expected)


def test_the_pictures_can_be_decoded(scores, target, folder):
    with SearchLog(folder) as log:
        tensorboard_log.log_target(log, scores, target, is_leaky=False)
    tags = read_tags(folder)
    assert set(tags) >= IMAGES
    for tag in IMAGES:
        ((_, (width, height, png)),) = tags[tag]
        picture = Image.open(io.BytesIO(png))
        picture.load()
        assert picture.size == (int(width), int(height)) == (640, picture.height)
        assert np.ptp(np.asarray(picture)) == 255


def test_what_is_final_stands_after_the_last_generation(scores, target, folder):
    genotype = PATHWAY.genotype
    with SearchLog(folder) as log:
        for index in range(3):
            outcome = Outcome(winner=0, loser=1)
            log(
                Generation(index, outcome, 0.5, 0.25, genotype, genotype, genotype),
                None,
            )
        tensorboard_log.log_target(log, scores, target, is_leaky=False)
    tags = read_tags(folder)
    assert [step for step, _ in tags["fitness/winner"]] == [0, 1, 2]
    assert {tags[tag][0][0] for tag in (*IMAGES, "final/clip_war")} == {3}


@pytest.mark.parametrize(
    ("is_leaky", "method"), [(False, "transfer"), (True, "transfer LEAKY")]
)
def test_titles_say_whose_they_are(is_leaky, method, scores, target, folder, titles):
    with SearchLog(folder) as log:
        tensorboard_log.log_target(log, scores, target, is_leaky=is_leaky)
        tensorboard_log.log_pathway(
            log, PATHWAY, method="transfer", repeat=0, is_leaky=is_leaky
        )
    assert titles == [
        f"{method}, fold s1, repeat 1: held-out segments",
        f"{method}, fold s1, repeat 1: held-out clips",
        f"{method}, fold s1, repeat 1: pathway",
        f"{method}, target, repeat 0, all speakers: pathway",
    ]
