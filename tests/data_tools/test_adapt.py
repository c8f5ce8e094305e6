"""From a folder of one's own clips to a model, in one command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_tools import adapt
from data_tools.corpora import manifest
from pathnet_tf.data.dataset_card import ClipCard, DatasetCard, read_card
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving.model_folder import read_about
from tests.binary import run_here
from tests.pathnet_tf.untrained_model import write_model

ROOT = Path(__file__).parents[2]
LABELS = ("anger", "boredom", "calm")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "model")


def test_a_folder_of_clips_becomes_a_model(model, tmp_path, speak):
    speak(
        tmp_path / "clips",
        *(
            f"{who}/{what}/{n}.wav"
            for who in "ab"
            for what in ("Joy", "sad")
            for n in "12"
        ),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "data_tools.adapt", f"--model={model}"),
            f"--clips={tmp_path / 'clips'}",
            f"--export_dir={tmp_path / 'mine'}",
            *("--", "--generations=2", "--population_size=4", "--num_workers=1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "8 clips" in done.stdout
    assert "LEAKY" not in done.stdout
    about = read_about(tmp_path / "mine")
    assert about.emotions == ("happiness", "sadness")
    assert about.corpora == ("tiny", "own")
    assert about.speakers == ("own/a", "own/b", "tiny/s1")
    assert (tmp_path / "mine_run/run/report.html").exists()


def test_folders_of_emotions_may_hold_those_of_people(model, tmp_path, speak):
    speak(tmp_path / "clips", "bliss/Ann/a.wav", "bliss/Ann/b.wav", "sad/Ann/c.wav")
    done = run_here(
        "data_tools.adapt",
        *(f"--model={model}", f"--clips={tmp_path / 'clips'}"),
        *("--emotion_map=bliss:happiness", f"--export_dir={tmp_path / 'mine'}"),
    )
    assert "one clip only of sadness" in done.stderr
    card = read_card(tmp_path / "mine_run/dataset")
    assert card.speakers == ("Ann",)
    assert card.emotions == ("happiness", "sadness")


def of_one_speaker(*counts):
    """The card of a dataset with so many clips of each emotion."""
    clips = tuple(
        ClipCard(f"own/a/{emotion}{n}", "a", emotion, "", "", 1, 1.0)
        for emotion, count in zip(LABELS, counts, strict=False)
        for n in range(count)
    )
    return DatasetCard(
        corpus="own",
        modality="speech",
        layout="",
        scaling="",
        shape=(1, 1, 1),
        dtype="float32",
        front_end={},
        emotions=LABELS[: len(counts)],
        clips=clips,
        shards=(),
    )


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ((2, 2), 4),
        ((3, 2), 5),
        ((2, 2, 2), 6),
        ((3, 3), 5),
        ((20, 20), 5),
        ((20, 3), 12),
    ],
)
def test_no_part_can_hold_all_clips_of_an_emotion(counts, parts):
    assert adapt.num_folds(of_one_speaker(*counts)) == parts
    assert -(-sum(counts) // parts) < min(counts)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((1, 1), "one clip only of anger, boredom; .* two of each"),
        ((5,), "All 5 clips"),
    ],
)
def test_too_few_clips_are_told(counts, message):
    with pytest.raises(DataError, match=message):
        adapt.num_folds(of_one_speaker(*counts))


def test_names_of_files_that_are_no_text_are_clips(model, tmp_path, speak):
    speak(tmp_path / "clips", "joy/a.wav", "sad/b.wav")
    (tmp_path / "clips/notes.txt").touch()
    odd = tmp_path / os.fsdecode(b"clips/joy/Gl\xfcck\r\n.wav")
    os.rename(tmp_path / "clips/joy/a.wav", odd)
    done = run_here(
        "data_tools.adapt",
        *(f"--model={model}", f"--clips={tmp_path / 'clips'}"),
        f"--export_dir={tmp_path / 'mine'}",
    )
    assert done.returncode == 1
    assert "2 clips" in done.stdout
    passed_over, too_few = done.stderr.splitlines()
    assert passed_over.endswith("1 .txt (such as notes.txt)")
    assert "one clip only of happiness, sadness" in too_few
    table = manifest.read(tmp_path / "mine_run/clips.csv", corpus_name="own")
    assert [clip.path for clip in table.clips] == [odd, tmp_path / "clips/sad/b.wav"]
    assert {clip.speaker for clip in table.clips} == {"clips"}


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--clips={c}", "--export_dir={o}"], 2, "--model is missing"),
        (["--clips={c}", "--model={m}"], 2, "--export_dir is missing"),
        (["--model={m}", "--export_dir={o}"], 2, "either --clips or --manifest"),
        (
            ["--model={m}", "--export_dir={o}", "--clips={c}"],
            1,
            "does not lie in the folder of",
        ),
        (["--model={m}", "--export_dir={o}", "--clips={o}"], 1, "holds no clip"),
    ],
)
def test_mistakes_are_one_line(model, tmp_path, speak, words, status, message):
    speak(tmp_path / "clips", "bliss/a.wav")
    named = {"m": model, "c": tmp_path / "clips", "o": tmp_path / "out"}
    done = run_here("data_tools.adapt", *(word.format(**named) for word in words))
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
