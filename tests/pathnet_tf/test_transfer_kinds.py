"""Transfers of every kind of network, from the command line to an answer."""

import json

import numpy as np
import onnxruntime
import pytest

from pathnet_tf.features.log_mel import waveform_to_segments
from pathnet_tf.serving.loaded_model import LoadedModel
from pathnet_tf.serving.network_file import read_network
from tests.binary import transfer_here
from tests.pathnet_tf.test_resume import SEARCH
from tests.tiny import TINY_FRONT_END, write_tiny

KINDS = {
    "conv": ["--stride=2", "--pool_size=1,2", "--pooling=statistics"],
    "time_conv": [
        "--kernel_size=4,3",
        "--stride=2,1",
        "--pooling=attention",
        "--readout=all",
        "--classify=clip",
        "--ensemble=2",
    ],
}


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    return [
        write_tiny(folder, name, ("s1", "s2"), seed=i) for i, name in enumerate("abc")
    ]


@pytest.fixture(scope="module", params=list(KINDS))
def learned(request, datasets, tmp_path_factory):
    """Kind of a model that a transfer has exported, and its folder."""
    kind, folder = request.param, tmp_path_factory.mktemp("learned")
    done = transfer_here(
        *SEARCH,
        *KINDS[kind],
        f"--module={kind}",
        f"--source={datasets[0]}",
        f"--target={datasets[1]}",
        f"--run_dir={folder / 'run'}",
        f"--export_dir={folder / 'model'}",
        "--export_onnx",
    )
    assert done.returncode == 0, done.stderr
    return kind, folder / "model"


def test_it_answers_alike_as_savedmodel_and_as_onnx(learned):
    _, folder = learned
    rng = np.random.default_rng(0)
    waveform = rng.uniform(-0.5, 0.5, 16000).astype(np.float32)
    answer = LoadedModel(folder).predict(waveform, 16000)
    segments = waveform_to_segments(waveform, front_end=TINY_FRONT_END)
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    _, clip = session.run(None, {"segments": segments})
    np.testing.assert_allclose(list(answer.probabilities.values()), clip, atol=1e-5)


def test_its_folder_says_what_it_is(learned):
    kind, folder = learned
    about = json.loads((folder / "model.json").read_text())
    card = (folder / "MODEL_CARD.md").read_text()
    assert about["module"] == kind
    assert f"Other than in the paper: modules of the kind {kind}" in card
    is_clip = kind == "time_conv"
    assert about["classify"] == ("clip" if is_clip else "segment")
    assert about["pooling"] == ("attention" if is_clip else "statistics")
    assert about["ensemble"] == (2 if is_clip else 1)
    assert ("clips classified as a whole" in card) == is_clip
    assert ("all layers seen by the head" in card) == is_clip
    assert ("2 pathways that answer together" in card) == is_clip


def test_a_run_goes_on_with_its_network(learned, datasets, tmp_path):
    kind, folder = learned
    words = [
        *SEARCH,
        f"--init_from={folder}",
        f"--target={datasets[2]}",
        f"--run_dir={tmp_path / 'run'}",
    ]
    done = transfer_here(*words, "--method=progressive")
    assert done.returncode == 2
    assert f"Received: --module={kind}" in done.stderr
    assert not (tmp_path / "run").exists()
    # Whatever flags say of sizes, and however clips are classified now.
    done = transfer_here(*words, f"--export_dir={tmp_path / 'next'}", "--classify=clip")
    assert done.returncode == 0, done.stderr
    model, _ = read_network(tmp_path / "next")
    assert model.settings == read_network(folder)[0].settings
    assert model.settings.module == kind
