"""Models to which a clip is one vector say the same wherever they are asked."""

import csv
import dataclasses
import json
import re

import numpy as np
import onnxruntime
import pytest
import soundfile
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import Scaling, measure
from pathnet_tf.evaluation.calibration import scaled
from pathnet_tf.evaluation.fold_scores import Cost
from pathnet_tf.experiment.experiment_data import read_init
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.features.log_mel import waveform_to_segments
from pathnet_tf.features.prosody_vector import traced_vectors
from pathnet_tf.features.representation import represent
from pathnet_tf.features.settings import Representation
from pathnet_tf.media_gate import score_files
from pathnet_tf.network.freezing import current_pathway
from pathnet_tf.network.pathway_network import PathwayNetwork
from pathnet_tf.runtime.errors import DataError, UsageError
from pathnet_tf.search.learn_task import LearnedTask
from pathnet_tf.serving import model_folder
from pathnet_tf.serving.app.server import AppSettings, make_app
from pathnet_tf.serving.export import export, output_folder
from pathnet_tf.serving.loaded_model import LoadedModel
from pathnet_tf.serving.predict_files import Wanted, predict_files
from tests.binary import run_here
from tests.pathnet_tf.serving.test_export import about, speech_card
from tests.pathnet_tf.test_export_kinds import EMOTIONS, FRONT_END, GENOTYPES
from tests.pathnet_tf.test_export_kinds import draw_model as draw


@dataclasses.dataclass
class Exported:
    folder: object
    values: np.ndarray
    expected: np.ndarray


def write_model(folder, rng, values, representation, silence_db=0.0, speeds=()):
    """Exports two drawn pathways that have never learned, normalized by `values`."""
    model = draw(values.shape[1:], rng, readout="all")
    members = [
        PathwayNetwork.of(model, current_pathway(model, "target", one))
        for one in GENOTYPES
    ]
    pathway = current_pathway(model, "target", GENOTYPES[0])
    learned = LearnedTask(pathway, members, "segment", 0.5, Cost())
    statistics = measure(values)
    card = dataclasses.replace(
        speech_card(),
        shape=FRONT_END.segment_shape,
        front_end=dataclasses.asdict(FRONT_END),
    )
    known = dataclasses.replace(
        about(pathway, temperature=1.5),
        readout="all",
        ensemble=2,
        representation=representation,
        silence_db=silence_db,
        speeds=speeds,
    )
    output = output_folder(folder, overwrite=True)
    export(output, model, members, statistics, card, known, "# Card", with_onnx=True)
    scaling = Scaling.shared(statistics, len(values))
    inputs = SegmentInputs(values, scaling, np.arange(len(values)))
    scores = learned.log_probabilities(inputs)
    expected = np.stack([scaled(one, 1.5) for one in scores])
    assert expected.std(axis=0).min() > 1e-3  # Clips differ.
    return Exported(folder, values, expected)


@pytest.fixture
def compare(tmp_path, rng):
    values = rng.normal(3, 5, (6, 1, 9, 1)).astype(np.float32)
    return write_model(tmp_path / "model", rng, values, "compare")


def draw_waveforms(rng, number=5):
    """Noise that swells, with a pause."""
    found = []
    for seconds in rng.uniform(0.4, 1.5, number):
        one = rng.uniform(-0.5, 0.5, round(16000 * seconds)).astype(np.float32)
        one *= np.linspace(0.01, 1, len(one), dtype=np.float32) ** rng.uniform(0, 3)
        one[: len(one) // 4] *= 1e-4
        found.append(one)
    return found


@pytest.fixture(params=[0.0, 30.0])
def heard(request, tmp_path, rng, target):
    """A model of functionals of log-mel frames, and what it hears."""
    waveforms = draw_waveforms(rng, len(target.clips))
    cut = [waveform_to_segments(one, front_end=FRONT_END) for one in waveforms]
    data = dataclasses.replace(
        target,
        values=np.concatenate(cut),
        labels=np.repeat([0] * len(cut), [len(one) for one in cut]).astype(np.int32),
        clip=np.repeat(np.arange(len(cut)), [len(one) for one in cut]),
    )
    kind = Representation("functionals", request.param)
    values = np.asarray(represent(data, kind).values)
    folder = tmp_path / "model"
    exported = write_model(folder, rng, values, "functionals", request.param)
    return exported, waveforms


def test_vectors_agree_with_the_training_code(compare):
    vectors = compare.values.reshape(6, 9)
    model = tf.saved_model.load(str(compare.folder))
    assert set(model.signatures) == {"functionals", "serving_default"}
    answer = model.signatures["serving_default"](tf.constant(vectors))
    np.testing.assert_allclose(answer["probabilities"], compare.expected, atol=1e-5)
    session = onnxruntime.InferenceSession(compare.folder / "model.onnx")
    (found,) = session.run(None, {"functionals": vectors})
    np.testing.assert_allclose(found, compare.expected, atol=1e-5)
    answers = LoadedModel(compare.folder).predict_functionals(vectors)
    found = [list(one.probabilities.values()) for one in answers]
    np.testing.assert_allclose(found, compare.expected, atol=1e-5)


def test_recordings_agree_with_the_training_code(heard):
    exported, waveforms = heard
    model = tf.saved_model.load(str(exported.folder))
    loaded = LoadedModel(exported.folder)
    for waveform, expected in zip(waveforms, exported.expected, strict=True):
        answer = model.signatures["serving_default"](tf.constant(waveform))
        np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-4)
        answer = loaded.predict(waveform, 16000)
        found = list(answer.probabilities.values())
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_model_of_prosody_hears_what_it_learned_from(tmp_path, rng):
    """At several speeds: from vectors, in the graph alone, loaded, and from a file."""
    waveforms = draw_waveforms(rng, 4)
    describe = traced_vectors(FrontEnd(), 30.0, (0.88,))
    vectors = np.stack([describe(one) for one in waveforms])
    values = vectors.reshape(-1, 1, vectors.shape[-1], 1)
    folder = tmp_path / "model"
    exported = write_model(folder, rng, values, "prosody", 30.0, (0.88,))
    of_speeds = np.log(exported.expected).reshape(4, 2, -1).mean(axis=1)
    expected = np.exp(of_speeds) / np.exp(of_speeds).sum(axis=1, keepdims=True)
    loaded, heard = LoadedModel(folder), tf.saved_model.load(str(folder)).signatures
    given = loaded.predict_functionals(vectors)
    for waveform, answer, wanted in zip(waveforms, given, expected, strict=True):
        of_graph = heard["waveform"](tf.constant(waveform))["probabilities"]
        np.testing.assert_allclose(of_graph, wanted, atol=1e-5)
        for one in (answer, loaded.predict(waveform, 16000)):
            found = list(one.probabilities.values())
            np.testing.assert_allclose(found, wanted, atol=1e-5)
    file, output = tmp_path / "clip.wav", tmp_path / "answers.jsonl"
    soundfile.write(file, waveforms[0], 16000, subtype="FLOAT")
    asked = Wanted(str(folder), output, num_workers=1)
    assert predict_files(asked, [str(file)], score_files) == (0, 1)
    row = json.loads(output.read_text())
    found = [row[f"probability/{emotion}"] for emotion in EMOTIONS]
    np.testing.assert_allclose(found, expected[0], atol=1e-4)


def test_recordings_are_answered_as_a_whole(heard, tmp_path):
    exported, waveforms = heard
    files = [tmp_path / f"{number}.wav" for number in range(2)]
    for file, waveform in zip(files, waveforms, strict=False):
        soundfile.write(file, waveform, 16000, subtype="FLOAT")
    output = tmp_path / "answers.csv"
    wanted = Wanted(str(exported.folder), output, num_workers=1)
    assert predict_files(wanted, [str(file) for file in files], score_files) == (0, 2)
    rows = list(csv.DictReader(output.read_text().splitlines()))
    for row, waveform, expected in zip(
        rows, waveforms, exported.expected, strict=False
    ):
        assert float(row["end"]) == pytest.approx(len(waveform) / 16000, abs=2e-3)
        found = [float(row[f"probability/{emotion}"]) for emotion in EMOTIONS]
        np.testing.assert_allclose(found, expected, atol=1e-3)


def write_functionals(path, values, feature_set="compare"):
    np.savez(
        path,
        keys=np.array([f"corpus/speaker/{number}" for number in range(len(values))]),
        sha256=np.array(["0" * 64] * len(values)),
        feature_set=np.array(feature_set),
        values=values,
    )
    return str(path)


def test_files_of_functionals_are_answered(compare, tmp_path):
    file = write_functionals(tmp_path / "f.npz", compare.values.reshape(6, 9))
    output = tmp_path / "answers.jsonl"
    assert predict_files(Wanted(str(compare.folder), output), [file], score_files) == (
        0,
        6,
    )
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert rows[2]["file"] == "corpus/speaker/2"
    found = [[row[f"probability/{emotion}"] for emotion in EMOTIONS] for row in rows]
    np.testing.assert_allclose(found, compare.expected, atol=1e-5)


def test_all_speeds_of_a_clip_answer_together(compare, tmp_path):
    path = compare.folder / model_folder.ABOUT_NAME
    about = json.loads(path.read_text()) | {"speeds": [0.88, 1.14], "silence_db": 35}
    path.write_text(json.dumps(about))
    vectors = compare.values.reshape(2, 3, 9)
    answers = LoadedModel(compare.folder).predict_functionals(vectors)
    expected = np.exp(np.log(compare.expected.reshape(2, 3, -1)).mean(axis=1))
    expected /= expected.sum(axis=1, keepdims=True)
    found = [list(one.probabilities.values()) for one in answers]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    file = tmp_path / "f.npz"
    made = {
        "silence_db": np.array(35.0),
        "speeds": np.array([0.88, 1.14]),
        "values_at_speeds": vectors[:, 1:],
    }
    write_functionals(file, vectors[:, 0])
    with np.load(file) as content:
        arrays = dict(content)
    np.savez(file, **arrays, **made)
    output = tmp_path / "answers.jsonl"
    assert predict_files(
        Wanted(str(compare.folder), output), [str(file)], score_files
    ) == (0, 2)
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    found = [[row[f"probability/{emotion}"] for emotion in EMOTIONS] for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_file_without_the_speeds_is_named(compare, tmp_path, capsys):
    path = compare.folder / model_folder.ABOUT_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"speeds": [0.88]}))
    file = write_functionals(tmp_path / "f.npz", compare.values.reshape(6, 9))
    assert predict_files(Wanted(str(compare.folder)), [file], score_files) == (1, 1)
    assert (
        "--feature_set=compare --silence_db=0 --speeds=0.88" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("name", "values", "feature_set", "message"),
    [
        ("f.wav", np.zeros((2, 9)), "compare", "f.wav: is no file of functionals"),
        ("f.npz", np.zeros((2, 9)), "egemaps", "f.npz: holds egemaps, and the model"),
        ("f.npz", np.zeros((2, 8)), "compare", "must be [num_clips, 9] or ["),
        ("f.npz", np.full((2, 9), 1e300), "compare", "functionals must be finite"),
    ],
)
def test_other_files_are_named(
    compare, tmp_path, capsys, name, values, feature_set, message
):
    write_functionals(tmp_path / "f.npz", values, feature_set)
    good = write_functionals(tmp_path / "good.npz", compare.values.reshape(6, 9))
    words = [str(tmp_path / name), good]
    assert predict_files(Wanted(str(compare.folder)), words, score_files) == (1, 7)
    printed = capsys.readouterr()
    assert message in printed.err
    assert len(printed.out.splitlines()) == 1 + 6


def test_what_a_model_of_vectors_cannot_do_is_refused(compare, tmp_path):
    loaded = LoadedModel(compare.folder)
    with pytest.raises(UsageError, match="takes openSMILE's functionals"):
        loaded.predict(np.zeros(16000, np.float32), 16000)
    for options in ({"is_timeline": True}, {"plot_dir": tmp_path}):
        with pytest.raises(UsageError, match="leave out --timeline and --plot"):
            predict_files(
                Wanted(str(compare.folder), **options), ["f.npz"], score_files
            )
    with pytest.raises(DataError, match="goes on from models of segments alone"):
        read_init(str(compare.folder), speech_card())
    with pytest.raises(UsageError, match="answers for clips as a whole"):
        make_app(AppSettings(str(compare.folder)), score_files)
    words = [f"--model={compare.folder}", "--clips=clips", f"--export_dir={tmp_path}/m"]
    done = run_here("data_tools.adapt", *words)
    assert (
        done.returncode,
        "--representation=segments can be adapted" in done.stderr,
    ) == (2, True)
    assert not list(tmp_path.glob("m*run"))


def test_a_model_of_segments_takes_no_vectors(compare):
    path = compare.folder / model_folder.ABOUT_NAME
    content = json.loads(path.read_text()) | {"representation": "segments"}
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="cannot be loaded"):
        LoadedModel(compare.folder)


def test_vectors_stand_in_the_card(compare):
    known = model_folder.read_about(compare.folder)
    assert "a clip as one vector, openSMILE's compare" in known.departures()
    fast = dataclasses.replace(known, silence_db=35, speeds=(0.88, 1.14))
    (line,) = [one for one in fast.departures() if "openSMILE" in one]
    assert "without silence of 35 dB" in line
    assert "also at 0.88 and 1.14 times its speed" in line
    loud = dataclasses.replace(known, representation="functionals", silence_db=35)
    assert any("35 dB below the loudest" in one for one in loud.departures())


def test_vectors_of_something_else_are_refused(compare, tmp_path, capsys):
    path = compare.folder / model_folder.ABOUT_NAME
    known = json.loads(path.read_text()) | {"representation": "vectors"}
    path.write_text(json.dumps(known | {"encoder": {"given": "mine.csv"}}))
    model = Wanted(str(compare.folder))
    assert predict_files(model, ["clip.wav"], score_files) == (1, 1)
    told = capsys.readouterr().err
    assert "is no file of vectors, which the model takes; make one with" in told
    assert "write_vectors --vectors=FILE, of what made those in mine.csv" in told
    settings = {"layers": ["6"], "are_layers_apart": False, "statistics": ["mean"]}
    settings |= {"encoder": "wavlm", "takes": "waveform", "rate_hz": 16000}
    path.write_text(json.dumps(known | {"encoder": settings}))
    # A folder of another name, which is not loaded yet.
    other = Wanted(str(compare.folder.rename(tmp_path / "other")))
    values = compare.values.reshape(6, 9)
    file = write_functionals(tmp_path / "f.npz", values, "vectors")
    assert predict_files(other, [file], score_files) == (1, 1)
    told = capsys.readouterr().err
    assert "made in another way than those that the model learned from" in told
    assert "--encoder=wavlm --layers=6 --statistics=mean" in told


@pytest.mark.parametrize("kind", ["functionals+vectors", "compare+prosody"])
def test_vectors_side_by_side_are_made_of_no_recording(kind, compare):
    path = compare.folder / model_folder.ABOUT_NAME
    known = json.loads(path.read_text()) | {"representation": kind}
    path.write_text(json.dumps(known))
    with pytest.raises(UsageError, match=f"takes {re.escape(kind)} side by side"):
        LoadedModel(compare.folder).predict(np.zeros(16000, np.float32), 16000)
