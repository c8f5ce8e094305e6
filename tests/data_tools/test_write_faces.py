import json
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from tests.binary import run_forked
from tests.data_tools.film import filmed, numbered, write_film

SAVEE = [
    f"AudioVisualClip/{speaker}/{code}01.avi"
    for speaker in ("DC", "JE")
    for code in ("a", "sa", "h")
]


def write_faces(*words):
    """By one worker, unless `words` say otherwise."""
    return run_forked("data_tools.write_faces", "--num_workers=1", *words)


@pytest.fixture(scope="module")
def savee(tmp_path_factory, photograph):
    """Six films of 13 frames, the first two without a face."""
    folder = tmp_path_factory.mktemp("corpus") / "savee"
    for number, name in enumerate(SAVEE):
        pictures = [filmed(photograph, x=5 * number + i) for i in range(13)]
        pictures[0] = pictures[1] = np.full_like(pictures[0], 60)
        write_film(folder / name, pictures)
    return folder


@pytest.fixture(scope="module")
def written(savee):
    """What the binary says and writes, in one process, two clips a shard."""
    output = savee.parent / "faces"
    done = write_faces(
        "--corpus=savee",
        f"--corpus_dir={savee}",
        f"--output_dir={output}",
        "--preview=2",
        "--clips_per_shard=2",
    )
    assert done.returncode == 0, done.stderr
    return done, output


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_summary_tells_clips_frames_and_shares(written):
    done, output = written
    lines = done.stdout.splitlines()
    assert lines[0] == "6 clips, 78 frames, 2 speakers"
    assert lines[1].startswith("faces: 84.6% detected, 0.0% with the box of the ")
    assert "15.4% with the clip's first box" in lines[1]
    assert lines[-1] == str(output)


def test_the_card_says_what_a_face_is_and_where_it_was(written):
    card = read_card(written[1])
    assert (card.modality, card.dtype, card.shape) == ("face", "uint8", (64, 64, 3))
    assert card.front_end == {
        "size": 64,
        "margin": 0.0,
        "cascade": "haarcascade_frontalface_default",
    }
    assert card.finding["min_neighbors"] == 5
    assert card.emotions == ("anger", "happiness", "sadness")
    content = json.loads((written[1] / "dataset.json").read_text())
    for clip in content["clips"]:
        assert clip["frames"] == {"detected": 11, "reused": 0, "back_filled": 2}
        assert clip["frame_shares"]["back_filled"] == pytest.approx(0.1538)
        assert clip["num_segments"] == 13


def test_the_dataset_is_read_by_the_training_half(written):
    card = read_card(written[1])
    data = dataset.load(str(written[1]), card, card.emotions)
    values = data.values[np.arange(78)]
    assert data.modality == "face"
    assert values.dtype == np.uint8
    # The blanked frame at the beginning of every clip, and a face in the next but one.
    assert values[0].std() < 5 < 20 < values[2].std()


def test_the_bytes_do_not_depend_on_the_number_of_workers(written, savee, tmp_path):
    done = write_faces(
        "--corpus=savee",
        f"--corpus_dir={savee}",
        f"--output_dir={tmp_path / 'again'}",
        "--preview=2",
        "--num_workers=2",
        "--clips_per_shard=2",
    )
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "again") == contents(written[1])


def test_the_preview_is_a_picture(written):
    with Image.open(written[1] / "preview.png") as sheet:
        assert sheet.size[0] > 4 * (128 + 128)


def test_a_dataset_with_a_preview_may_be_overwritten(written, savee, tmp_path):
    again = tmp_path / "faces"
    again.mkdir()
    for name, content in contents(written[1]).items():
        (again / name).write_bytes(content)
    done = write_faces(
        "--corpus=savee",
        f"--corpus_dir={savee}",
        f"--output_dir={again}",
        "--frame_stride=4",
        "--overwrite",
    )
    assert done.returncode == 0, done.stderr
    assert not (again / "preview.png").exists()
    assert read_card(again).clips[0].num_segments == 4


@pytest.fixture
def table(tmp_path, photograph):
    """A table of pictures in all formats, and of films."""
    face = filmed(photograph)
    grey16 = face[..., 0].astype(np.uint16) * 257
    Image.fromarray(face).save(tmp_path / "colour.png")
    Image.fromarray(face[..., 0]).save(tmp_path / "grey.tiff")
    Image.fromarray(face).save(tmp_path / "photo.jpg", quality=95)
    Image.frombytes("I;16", (320, 240), grey16.tobytes()).save(tmp_path / "deep.tif")
    write_film(tmp_path / "film.mp4", [face] * 4)
    rows = ["file,speaker,emotion"]
    for i, name in enumerate(
        ("colour.png", "grey.tiff", "photo.jpg", "deep.tif", "film.mp4")
    ):
        rows.append(f"{name},s{i % 2},{('happy', 'angry')[i // 2 % 2]}")

    def make(*more):
        (tmp_path / "table.csv").write_text("\n".join([*rows, *more]))
        return tmp_path / "table.csv"

    return make


def test_pictures_are_used_as_they_are(table, tmp_path):
    done = write_faces(f"--manifest={table()}", f"--output_dir={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    card = read_card(tmp_path / "out")
    assert [clip.num_segments for clip in card.clips] == [1, 4, 1, 1, 1]
    data = dataset.load(str(tmp_path / "out"), card, card.emotions)
    values = data.values[np.arange(8)].astype(int)
    of = {clip.source: number for number, clip in enumerate(data.clips)}
    crop = {name: values[data.clip == number][0] for name, number in of.items()}
    # The same photograph, but for colour, and what JPEG leaves out moves the box.
    np.testing.assert_array_equal(crop["deep.tif"], crop["grey.tiff"])
    assert np.corrcoef(crop["photo.jpg"].flat, crop["colour.png"].flat)[0, 1] > 0.9


def test_aligned_crops_are_told_and_shown(savee, tmp_path):
    folder, output = savee / "AudioVisualClip", tmp_path / "out"
    for person in ("DC", "JE"):
        (tmp_path / "own/joy").mkdir(parents=True, exist_ok=True)
        film = tmp_path / f"own/joy/{person}/a.avi"
        film.parent.mkdir()
        film.symlink_to(folder / person / "h01.avi")
    done = write_faces(
        f"--clips={tmp_path / 'own'}",
        f"--output_dir={output}",
        "--align=eyes",
        "--several_faces=largest",
        "--preview=1",
    )
    assert done.returncode == 0, done.stderr
    card = read_card(output)
    assert card.finding["align"] == "eyes"
    assert card.finding["several_faces"] == "largest"
    counts = [clip.frames for clip in card.clips]
    assert [clip.speaker for clip in card.clips] == ["DC", "JE"]
    aligned = sum(count.aligned for count in counts)
    assert 0 < aligned <= 26
    assert f"{aligned / 26:.1%} aligned by both eyes" in done.stdout
    assert (output / "preview.png").exists()


def test_videos_of_any_rate_give_datasets_alike(tmp_path, photograph):
    """They begin and end with one face, and show another in between."""
    calm, peak = filmed(photograph), filmed(photograph[:, ::-1], x=-60)
    rows = ["file,speaker,emotion", "calm.png,s1,happy"]
    Image.fromarray(calm).save(tmp_path / "calm.png")
    for rate in (25, 30, 60):
        parts = [(calm, 0.8), (peak, 0.8), (calm, 0.4)]
        pictures = [one for one, seconds in parts for _ in range(round(rate * seconds))]
        write_film(tmp_path / f"at{rate}.mkv", pictures, rate=rate)
        rows.append(f"at{rate}.mkv,s1,angry")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    done = write_faces(
        f"--manifest={tmp_path / 'table.csv'}",
        f"--output_dir={tmp_path / 'out'}",
        *("--faces=cut", "--frames_per_second=5", "--apex_share=0.4", "--preview=4"),
    )
    assert done.returncode == 0, done.stderr
    assert "58.1% left out by --apex_share" in done.stdout
    card = read_card(tmp_path / "out")
    assert (card.finding["frames_per_second"], card.finding["apex_share"]) == (5.0, 0.4)
    for clip in card.clips:
        counts, is_film = clip.frames, clip.source != "calm.png"
        assert (counts.total, counts.left_out) == ((10, 6) if is_film else (1, 0))
        assert clip.num_segments == counts.total - counts.left_out
    data = dataset.load(str(tmp_path / "out"), card, card.emotions)
    values = data.values[np.arange(13)].astype(float)
    (still,) = (n for n, clip in enumerate(data.clips) if clip.source == "calm.png")
    shown = values[data.clip == still][0]
    first, *others = values[data.clip != still]
    assert np.abs(first - shown).mean() > 20
    np.testing.assert_allclose(others, [first] * 11, atol=30)


BAD = {
    "empty.png": (b"", "is empty (0 bytes)"),
    "text.jpg": (b"hello", "cannot be decoded"),
    "cut.avi": (None, "is truncated: its header declares"),
    "wall.avi": (None, "has no frame with exactly one face (3 looked at)"),
    "wall.png": (None, "has no frame with exactly one face (1 looked at)"),
}


@pytest.fixture
def bad_rows(tmp_path):
    for name, (content, _) in BAD.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
    pictures = list(numbered(3, size=(160, 120)))
    write_film(tmp_path / "wall.avi", pictures)
    write_film(tmp_path / "cut.avi", pictures * 20)
    os.truncate(tmp_path / "cut.avi", (tmp_path / "cut.avi").stat().st_size // 2)
    Image.fromarray(pictures[1]).save(tmp_path / "wall.png")
    return [f"{name},s1,sad" for name in BAD]


def test_bad_files_stop_the_work_and_each_is_one_line(table, bad_rows, tmp_path):
    done = write_faces(
        f"--manifest={table(*bad_rows)}",
        f"--output_dir={tmp_path / 'out'}",
        # Errors come back from other processes as they are.
        "--num_workers=2",
    )
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()
    lines = done.stderr.splitlines()
    for name, (_, reason) in BAD.items():
        (line,) = [line for line in lines if line.startswith(f"{tmp_path / name}: ")]
        assert reason in line
    assert "5 files are bad" in lines[-1]
    assert "--on_error=skip" in lines[-1]
    assert "Traceback" not in done.stderr


def test_bad_files_are_left_out_and_recorded_when_asked(table, bad_rows, tmp_path):
    done = write_faces(
        f"--manifest={table(*bad_rows)}",
        f"--output_dir={tmp_path / 'out'}",
        "--on_error=skip",
    )
    assert done.returncode == 0, done.stderr
    card = read_card(tmp_path / "out")
    assert {entry["source"] for entry in card.left_out} == set(BAD)
    # Nothing of a clip that turned out bad after some frames is left in a shard.
    shards = [str(tmp_path / "out" / shard.file) for shard in card.shards]
    keys = {
        tf.train.Example.FromString(raw.numpy())
        .features.feature["clip"]
        .bytes_list.value[0]
        .decode()
        for raw in tf.data.TFRecordDataset(shards)
    }
    assert keys == {clip.key for clip in card.clips}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--corpus=emodb", "--corpus_dir=d"], "--corpus=emodb is read for speech"),
        (["--manifest=t.csv", "--min_face=2"], "--min_face must be above 0"),
        (["--manifest=t.csv", "--preview=-1"], "preview"),
        (["--manifest=t.csv", "--detector=yunet"], "needs --detector_model"),
        (["--clips=d", "--faces=cut", "--align=eyes"], "needs --faces=find"),
        (["--manifest=t.csv", "--frame_stride=0"], "--frame_stride must be at least 1"),
        (
            ["--manifest=t.csv", "--frame_stride=2", "--frames_per_second=5"],
            "--frame_stride and --frames_per_second both choose frames",
        ),
        (["--manifest=t.csv", "--apex_share=0"], "--apex_share must be above 0"),
    ],
)
def test_wrong_use_is_one_line(words, message, tmp_path):
    done = write_faces(*words, f"--output_dir={tmp_path / 'out'}")
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_corpus_without_videos_says_so(tmp_path, touch):
    folder = touch(tmp_path / "savee", "AudioData/DC/a01.wav", "AudioData/DC/h01.wav")
    done = write_faces(
        "--corpus=savee", f"--corpus_dir={folder}", f"--output_dir={tmp_path / 'out'}"
    )
    assert done.returncode == 1
    assert "leaves no clip to write: 2 files are left out" in done.stderr
    assert "a sound; the videos are read" in done.stderr


def test_both_layouts_of_savee_at_once_are_refused(savee, tmp_path, photograph):
    folder = tmp_path / "savee"
    write_film(folder / "AudioVisualClip/DC/a01.avi", numbered(2))
    write_film(folder / "DC_h01.avi", numbered(2))
    done = write_faces(
        "--corpus=savee", f"--corpus_dir={folder}", f"--output_dir={tmp_path / 'out'}"
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "mixes SAVEE's two layouts (AudioVisualClip/DC/a01.avi and" in line
