"""Asking an exported model about recordings, as a person does."""

import csv
import dataclasses
import importlib.util
import io
import json
import os

import numpy as np
import pytest
import skimage.data
import soundfile
import tensorflow as tf
from PIL import Image

import pathnet_tf
from pathnet_tf import media_gate
from pathnet_tf.evaluation.calibration import Calibration
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.serving.answers import Answers, Scores
from pathnet_tf.serving.loaded_model import LoadedModel
from tests.binary import run_here
from tests.pathnet_tf.untrained_model import EMOTIONS, write_model

needs_data = pytest.mark.skipif(
    importlib.util.find_spec("av") is None, reason="needs the extra [data]"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "speech"
    return write_model(folder, temperature=2.0, least_margin=0.02)


@pytest.fixture(scope="module")
def face_model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "face", "face")


@pytest.fixture
def speak(tmp_path):
    """Writes a recording of noise that gets louder."""

    def make(name, seconds=2.0, rate_hz=16000, seed=0):
        rng = np.random.default_rng(seed)
        noise = rng.uniform(-0.5, 0.5, round(seconds * rate_hz))
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, noise * np.linspace(0.01, 1, len(noise)), rate_hz)
        return path

    return make


def predict(*words):
    return run_here("pathnet_tf.predict", *words)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_agree_with_the_savedmodel(model, speak):
    path = speak("a.wav")
    done = predict(f"--model={model}", path)
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = rows_of(done.stdout)
    waveform = soundfile.read(path, dtype="float32")[0]
    signature = tf.saved_model.load(str(model)).signatures["waveform"]
    expected = signature(tf.constant(waveform))["probabilities"].numpy()
    got = [float(row[f"probability/{emotion}"]) for emotion in EMOTIONS]
    np.testing.assert_allclose(got, expected, atol=2e-6)
    assert row["label"] == EMOTIONS[expected.argmax()]
    first, second = sorted(expected)[:0:-1]
    assert row["uncertain"] == ("yes" if first - second < 0.02 else "no")
    assert (row["file"], row["start"], row["end"]) == (str(path), "0.0", "2.0")


@needs_data
def test_bad_files_are_named_and_the_rest_is_done(model, speak, tmp_path):
    (tmp_path / "b\n.wav").write_bytes(b"RIFF")
    words = [speak("a.wav"), tmp_path / "b\n.wav", tmp_path / "c.wav", speak("d.flac")]
    done = predict(*words, f"--model={model}")
    assert done.returncode == 1
    assert [row["file"] for row in rows_of(done.stdout)] == [
        str(words[0]),
        str(words[3]),
    ]
    lines = done.stderr.splitlines()
    assert "b\\n.wav: cannot be decoded" in lines[0]
    assert "c.wav: cannot be read (No such file" in lines[1]
    assert lines[2:] == ["predict.py: 2 of 4 cannot be used, see above"]


@needs_data
def test_damaged_headers_leave_the_good_answers_and_odd_sound_is_told(
    model, speak, tmp_path
):
    words = [speak(name) for name in ("a.wav", "b.wav", "c.wav")]
    content = bytearray(words[1].read_bytes())
    content[24:28] = bytes(4)
    words[1].write_bytes(content)
    samples = soundfile.read(words[0])[0]
    dead = np.stack([6 * samples, 0 * samples], axis=1)
    soundfile.write(words[2], dead, 16000, subtype="FLOAT")
    done = predict(*words, f"--model={model}")
    assert done.returncode == 1
    assert [row["file"] for row in rows_of(done.stdout)] == [
        str(words[0]),
        str(words[2]),
    ]
    lines = sorted(
        line.removeprefix(f"{tmp_path}/") for line in done.stderr.splitlines()
    )
    assert [line[:34] for line in lines] == [
        "b.wav: declares a sample rate of 0",
        "c.wav: has a dead channel, which i",
        "c.wav: has samples above full scal",
        "predict.py: 1 of 3 cannot be used,",
    ]


@needs_data
def test_folders_and_tables_are_taken(model, speak, tmp_path):
    speak("talks/b.wav", seconds=3)
    speak("talks/a.mp3")
    (tmp_path / "talks/notes.txt").write_text("no recording")
    table = tmp_path / "clips.csv"
    table.write_text("file;start;end\ntalks/b.wav;0,5;2\ntalks/b.wav;;\n")
    done = predict(f"--model={model}", tmp_path / "talks", table, "--format=jsonl")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["start"], row["end"]) for row in found] == [
        (str(tmp_path / "talks/a.mp3"), 0, pytest.approx(2, abs=0.1)),
        (str(tmp_path / "talks/b.wav"), 0, 3),
        ("talks/b.wav", 0.5, 2),
        ("talks/b.wav", 0, 3),
    ]
    assert isinstance(found[0]["uncertain"], bool)
    assert sum(found[0][f"probability/{one}"] for one in EMOTIONS) == pytest.approx(
        1, abs=1e-5
    )


def test_a_timeline_has_a_row_a_second_and_a_picture(model, speak, tmp_path):
    path = speak("a.wav", seconds=3.5)
    words = ["--timeline", f"--plot={tmp_path / 'plots'}", f"--model={model}", path]
    done = predict(*words, f"--output={tmp_path / 'out.csv'}")
    assert (done.returncode, done.stdout) == (0, "")
    rows = rows_of((tmp_path / "out.csv").read_text())
    assert [(row["start"], row["end"]) for row in rows] == [
        ("0.0", "1.0"),
        ("1.0", "2.0"),
        ("2.0", "3.0"),
        ("3.0", "3.5"),
    ]
    with Image.open(tmp_path / "plots" / "a.png") as picture:
        assert picture.size[0] == 1280
    again = predict(*words, f"--output={tmp_path / 'out.csv'}")
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert predict(*words).returncode == 2


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["{a}"], 2, "--model is missing"),
        (["--model={m}"], 2, "no file is named"),
        (["--model={m}", "{a}", "--output=x.txt"], 2, "must end in .csv or .jsonl"),
        (["--model={t}", "{a}"], 1, "No model at"),
        (["--model={m}", "{t}/empty"], 1, "holds no file that ends as a recording"),
        (["--model={m}", "{t}/bad.csv"], 1, "row 1 has no column 'file'"),
        (["--model={m}", "{t}/late.csv"], 1, "ends before it starts"),
        (["--model={m}", "{a}", "--modle=x"], 2, "Unknown command line flag"),
    ],
)
def test_mistakes_are_one_line(model, speak, tmp_path, words, status, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.csv").write_text("path\na.wav\n")
    (tmp_path / "late.csv").write_text("file,start,end\na.wav,2,1\n")
    named = {"a": speak("a.wav"), "m": model, "t": tmp_path}
    done = predict(*(word.format(**named) for word in words))
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_python_asks_in_two_lines(model, speak):
    answer = pathnet_tf.load(model).predict(
        soundfile.read(speak("a.wav"), dtype="float32")[0], 16000
    )
    assert answer.label in EMOTIONS
    assert sum(answer.probabilities.values()) == pytest.approx(1)


def test_rate_and_channels_make_little_difference(model):
    loaded = pathnet_tf.load(model)
    times = np.arange(2 * 48000) / 48000
    tone = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    one = loaded.predict(tone[::3], 16000)
    other = loaded.predict(np.stack([tone, tone], axis=1), 48000)
    for emotion in EMOTIONS:
        assert one.probabilities[emotion] == pytest.approx(
            other.probabilities[emotion], abs=0.02
        )


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (np.zeros(0, np.float32), "not empty"),
        (np.zeros(9, np.int16), "must hold floats"),
        (np.full(9, np.nan, np.float32), "must be finite"),
        (np.full(9, 300.0, np.float32), "must be finite and in"),
        (np.zeros((9, 2, 2), np.float32), "num_channels"),
    ],
)
def test_what_is_no_recording_is_refused(model, waveform, message):
    with pytest.raises(ValueError, match=message):
        pathnet_tf.load(model).predict(waveform, 16000)


@needs_data
def test_a_model_of_faces_sees_and_hears_nothing(face_model, tmp_path):
    loaded = LoadedModel(face_model)
    faces = np.random.default_rng(0).integers(0, 255, (5, 8, 8, 3)).astype(np.uint8)
    answer = loaded.predict_faces(faces)
    expected = tf.saved_model.load(str(face_model)).signatures["faces"](
        tf.constant(faces)
    )
    np.testing.assert_allclose(
        list(answer.probabilities.values()), expected["probabilities"], atol=1e-6
    )
    with pytest.raises(UsageError, match="not of speech"):
        loaded.predict(np.zeros(9, np.float32), 16000)
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "face.png")
    done = predict(f"--model={face_model}", tmp_path, "--timeline")
    assert done.returncode == 0, done.stderr
    (row,) = rows_of(done.stdout)
    assert row["file"].endswith("face.png")


def test_a_model_of_speech_sees_nothing(model):
    with pytest.raises(UsageError, match="not of faces"):
        pathnet_tf.load(model).predict_faces(np.zeros((1, 8, 8, 3), np.uint8))


def test_seconds_are_made_of_the_segments_that_touch_them(model):
    known = dataclasses.replace(
        pathnet_tf.load(model).about, calibration=Calibration(least_margin=0.3)
    )
    rows = np.log([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.4, 0.3, 0.3]])
    starts, ends = np.array([0.0, 0.3, 1.5]), np.array([0.7, 1.0, 2.2])
    found = list(Answers(known, Scores(rows, starts, ends, 2.4)).of_seconds())
    assert [(first, last) for first, last, _ in found] == [(0, 1), (1, 2), (2, 2.4)]
    mean = np.exp(rows[:2].mean(axis=0))
    assert found[0][2].probabilities["anger"] == pytest.approx(mean[0] / mean.sum())
    assert [answer.is_uncertain for *_, answer in found] == [True, True, True]
    assert found[1][2].probabilities["anger"] == pytest.approx(0.4)


def test_without_the_offline_half_the_rest_is_named(
    model, speak, tmp_path, monkeypatch
):
    real = media_gate.importlib.util.find_spec
    monkeypatch.setattr(
        media_gate.importlib.util,
        "find_spec",
        lambda name: None if name in ("data_tools", "av") else real(name),
    )
    (tmp_path / "cut.wav").write_bytes(speak("a.wav").read_bytes()[:9000])
    words = [tmp_path / "a.wav", speak("b.flac"), tmp_path / "cut.wav", "absent.wav"]
    done = predict(f"--model={model}", *words)
    assert done.returncode == 1
    assert [row["file"] for row in rows_of(done.stdout)] == [str(words[0])]
    lines = done.stderr.splitlines()
    assert "pip install 'pathnet_tf[data]'" in lines[0]
    assert "is truncated" in lines[1]
    assert "No such file" in lines[2]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_name_that_is_no_text_is_escaped(model, speak, tmp_path, ending):
    names = [b"Gl\xfcck.wav", b'"q",\r\n.wav', b"-dash.wav"]
    for name in names:
        os.rename(speak("clips/a.wav"), tmp_path / "clips" / os.fsdecode(name))
    output = tmp_path / f"answers.{ending}"
    done = predict(f"--model={model}", tmp_path / "clips", f"--output={output}")
    assert (done.returncode, done.stderr) == (0, "")
    text = output.read_bytes().decode()
    if ending == "csv":
        found = [row["file"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    else:
        found = [json.loads(line)["file"] for line in text.splitlines()]
    expected = ['"q",\r\n.wav', "-dash.wav", r"Gl\xfcck.wav"]
    assert found == [f"{tmp_path}/clips/{name}" for name in expected]
