"""Transfers to which a clip is all of its faces together, from data to an answer."""

import csv
import dataclasses
import importlib.util
import io
import json

import numpy as np
import pytest

from pathnet_tf.serving.loaded_model import LoadedModel
from tests.binary import run_here, transfer_here
from tests.pathnet_tf.test_resume import SEARCH
from tests.tiny import write_tiny

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("av") is None, reason="needs the extra [data]"
)
CROPPING = {"size": 8, "margin": 0.0, "cascade": "haarcascade_frontalface_default"}
FINDING = {
    "frame_stride": 1,
    "faces": "cut",
    "frames_per_second": 5.0,
    "apex_share": 0.4,
}


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A model that a transfer between clips of faces has exported."""
    folder = tmp_path_factory.mktemp("clips")

    def change(card):
        return dataclasses.replace(card, front_end=CROPPING, finding=FINDING)

    source, target = (
        write_tiny(
            folder,
            name,
            seed=seed,
            modality="face",
            shape=(8, 8, 3),
            change_card=change,
        )
        for seed, name in enumerate("ab")
    )
    done = transfer_here(
        *SEARCH,
        *("--classify=clip", "--segments_per_clip=2", "--pooling=attention"),
        *(f"--source={source}", f"--target={target}"),
        *(f"--run_dir={folder / 'run'}", f"--export_dir={folder / 'model'}"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "model"


def test_a_video_is_looked_at_as_the_dataset_was(learned, tmp_path, rng):
    from data_tools.cutters.face_cutter import crop_faces
    from tests.data_tools.film import write_film

    calm, peak = np.kron(rng.integers(0, 256, (2, 8, 8, 3)), np.ones((8, 8, 1)))
    shown = [calm] * 18 + [peak] * 22 + [calm] * 10
    film = [one.astype(np.uint8) for one in shown]
    path = write_film(tmp_path / "film.avi", film, pix_fmt="yuv444p", codec="ffv1")
    # Of frames 0, 5, .. 45: 20, 25, 30 and 35.
    faces = crop_faces(path, learned)
    np.testing.assert_allclose(faces, np.stack([peak[::8, ::8]] * 4), atol=9)
    answer = LoadedModel(learned).predict_faces(faces).probabilities
    done = run_here("pathnet_tf.predict", f"--model={learned}", path)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    for emotion, probability in answer.items():
        got = float(row[f"probability/{emotion}"])
        assert got == pytest.approx(probability, abs=2e-6)
    # Frame 45 is the last that is looked at, though not kept.
    assert row["end"] == "1.84"


def test_its_folder_says_how_videos_are_looked_at(learned):
    front_end = json.loads((learned / "front_end.json").read_text())
    assert front_end == CROPPING | FINDING
    about = json.loads((learned / "model.json").read_text())
    assert (about["modality"], about["classify"]) == ("face", "clip")
    card = (learned / "MODEL_CARD.md").read_text()
    assert "Of a video it looks at 5.0 frames a second; a share of 0.4, in a" in card
    assert "clips classified as a whole" in card
