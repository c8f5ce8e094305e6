"""Transfers to which a clip is one vector of its faces, from data to an answer."""

import csv
import dataclasses
import importlib.util
import io
import json

import numpy as np
import onnxruntime
import pytest
import skimage.data
import tensorflow as tf
from PIL import Image

from pathnet_tf.features.hog import hog
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.serving.loaded_model import LoadedModel
from tests.binary import run_here, transfer_here
from tests.pathnet_tf.test_resume import SEARCH
from tests.tiny import write_tiny

needs_data = pytest.mark.skipif(
    importlib.util.find_spec("av") is None, reason="needs the extra [data]"
)
CROPPING = {"size": 16, "margin": 0.0, "cascade": "haarcascade_frontalface_default"}
FINDING = {"frame_stride": 1, "faces": "cut"}


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")

    def change(card):
        return dataclasses.replace(card, front_end=CROPPING, finding=FINDING)

    options = {"modality": "face", "shape": (16, 16, 3), "change_card": change}
    return [
        write_tiny(folder, name, ("s1", "s2", "s3"), seed=seed, **options)
        for seed, name in enumerate("ab")
    ]


@dataclasses.dataclass
class Learned:
    stdout: str
    folder: object
    run_dir: object


@pytest.fixture(scope="module")
def learned(datasets, tmp_path_factory):
    """A model that a transfer between faces has exported."""
    folder = tmp_path_factory.mktemp("learned")
    done = transfer_here(
        *SEARCH,
        "--representation=hog",
        "--views=2",
        "--method=transfer,svm,hog_svm,pixel_svm",
        f"--source={datasets[0]}",
        f"--target={datasets[1]}",
        f"--run_dir={folder / 'run'}",
        f"--export_dir={folder / 'model'}",
        "--export_onnx",
    )
    assert done.returncode == 0, done.stderr
    return Learned(done.stdout, folder / "model", folder / "run")


def test_it_answers_alike_wherever_it_is_asked(learned, rng):
    faces = rng.integers(0, 256, (5, 16, 16, 3)).astype(np.uint8)
    loaded = LoadedModel(learned.folder)
    expected = list(loaded.predict_faces(faces).probabilities.values())
    model = tf.saved_model.load(str(learned.folder))
    assert set(model.signatures) == {"functionals", "faces", "serving_default"}
    for name in ("faces", "serving_default"):
        found = model.signatures[name](tf.constant(faces))["probabilities"]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    views = np.stack([faces, faces[:, :, ::-1]])
    vectors = np.stack([hog(view).numpy().mean(axis=0) for view in views])
    session = onnxruntime.InferenceSession(learned.folder / "model.onnx")
    (found,) = session.run(None, {"functionals": vectors})
    joined = np.exp(np.log(found).mean(axis=0))
    np.testing.assert_allclose(joined / joined.sum(), expected, atol=1e-5)
    (answer,) = loaded.predict_functionals(vectors[np.newaxis])
    np.testing.assert_allclose(list(answer.probabilities.values()), expected, atol=1e-5)
    other = loaded.predict_faces(faces[:1]).probabilities.values()
    assert np.abs(np.subtract(list(other), expected)).max() > 1e-4
    with pytest.raises(UsageError, match="is a model of faces, not of speech"):
        loaded.predict(np.zeros(9, np.float32), 16000)


@needs_data
def test_pictures_and_videos_are_answered_as_a_whole(learned, tmp_path):
    from data_tools.cutters.face_cutter import crop_faces
    from tests.data_tools.film import write_film

    picture = skimage.data.astronaut()
    Image.fromarray(picture).save(tmp_path / "a.png")
    moved = [np.roll(picture[:256, :256], 9 * number, axis=1) for number in range(6)]
    write_film(tmp_path / "b.avi", moved)
    done = run_here("pathnet_tf.predict", f"--model={learned.folder}", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["end"] for row in rows] == ["0.0", "0.24"]
    loaded = LoadedModel(learned.folder)
    for row, name in zip(rows, ("a.png", "b.avi"), strict=True):
        faces = crop_faces(tmp_path / name, learned.folder)
        for emotion, expected in loaded.predict_faces(faces).probabilities.items():
            got = float(row[f"probability/{emotion}"])
            assert got == pytest.approx(expected, abs=2e-6)


def test_its_folder_and_its_run_say_what_a_clip_was(learned):
    said = "a clip as one vector, the histograms of oriented gradients of its faces"
    about = json.loads((learned.folder / "model.json").read_text())
    assert (about["representation"], about["modality"]) == ("hog", "face")
    card = (learned.folder / "MODEL_CARD.md").read_text()
    assert f"Other than in the paper: {said}, averaged, in 2 views of each face" in card
    assert "normalization: train;" in learned.stdout
    page = (learned.run_dir / "report.html").read_text()
    assert said in page
    assert "pixels / 255" not in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--representation=hog", "--module=conv"], "use --module=dense"),
        (["--representation=compare"], "compare is one of speech, and b holds faces"),
        (["--method=mel_svm"], "--method=mel_svm learns from speech alone, and"),
        (["--gain=0.1"], "--gain can change speech alone, and"),
    ],
)
def test_what_faces_do_not_have_is_refused(datasets, tmp_path, words, message):
    run_dir = tmp_path / "run"
    done = transfer_here(f"--target={datasets[1]}", f"--run_dir={run_dir}", *words)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not run_dir.exists()


@pytest.mark.parametrize("word", ["--representation=hog", "--method=hog_svm"])
def test_small_faces_are_refused(write_dataset, tmp_path, word):
    target = write_dataset("small", modality="face")
    done = transfer_here(f"--target={target}", f"--run_dir={tmp_path / 'run'}", word)
    said = f"{word} needs faces of at least 16 x 16 pixels, and those of small have 8"
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "run").exists()
