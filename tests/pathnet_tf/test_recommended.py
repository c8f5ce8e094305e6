"""The recommended flagfiles run, on data of a moment."""

from pathlib import Path

import pytest

from pathnet_tf.serving.model_folder import read_about
from tests.binary import transfer_here
from tests.compare_file import write_compare

FLAGS = Path(__file__).resolve().parents[2] / "flags"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("recommended_speech", {}),
        ("recommended_speech_mels", {}),
        ("recommended_multi", {}),
        ("recommended_faces", {"modality": "face", "shape": (16, 16, 3)}),
    ],
)
def test_a_recommended_flagfile_runs(name, written, write_dataset, tmp_path):
    speakers = ("s1", "s2")
    source = write_dataset("source", speakers, **written)
    target = write_dataset("target", speakers, **written)
    for folder in (source, target):
        write_compare(Path(folder), silence_db=35, speeds=(0.88, 1.14))
    run_dir = tmp_path / "run"
    done = transfer_here(
        f"--flagfile={FLAGS / name}.flags",
        f"--source={source}",
        f"--target={target}",
        "--emotions=anger,sadness",
        "--source_emotions=anger,sadness",
        f"--run_dir={run_dir}",
        f"--export_dir={tmp_path / 'model'}",
        "--generations=2",
        "--population_size=4",
        "--final_passes=1",
        "--final_steps=0",
        "--repeats=1",
    )
    assert done.returncode == 0, done.stderr
    assert (run_dir / "results.csv").exists()
    known = read_about(tmp_path / "model")
    assert (known.representation, known.silence_db, known.speeds, known.views) == {
        "recommended_speech": ("compare", 35, (0.88, 1.14), 1),
        "recommended_speech_mels": ("functionals", 35, (), 1),
        "recommended_multi": ("functionals", 35, (), 1),
        "recommended_faces": ("hog", 0, (), 8),
    }[name]
    card = (tmp_path / "model/MODEL_CARD.md").read_text()
    assert ("--init_from" in card) == (known.representation == "segments")
