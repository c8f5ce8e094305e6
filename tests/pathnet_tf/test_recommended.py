"""The recommended flagfiles run, on data of a moment."""

from pathlib import Path

import pytest

from pathnet_tf.serving.model_folder import read_about
from tests.binary import transfer_here
from tests.compare_file import write_compare

FLAGS = Path(__file__).resolve().parents[2] / "flags"


@pytest.mark.parametrize(
    ("name", "modality", "changes"),
    [
        ("recommended_speech", "speech", []),
        ("recommended_speech_mels", "speech", []),
        ("recommended_multi", "speech", []),
        # Crops of 8 x 8 cannot be pooled as often as those of 64 x 64.
        ("recommended_faces", "face", ["--pool_size=1"]),
    ],
)
def test_a_recommended_flagfile_runs(name, modality, changes, write_dataset, tmp_path):
    speakers = ("s1", "s2")
    source = write_dataset("source", speakers, modality=modality)
    target = write_dataset("target", speakers, modality=modality)
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
        *changes,
    )
    assert done.returncode == 0, done.stderr
    assert (run_dir / "results.csv").exists()
    known = read_about(tmp_path / "model")
    assert (known.representation, known.silence_db, known.speeds) == {
        "recommended_speech": ("compare", 35, (0.88, 1.14)),
        "recommended_speech_mels": ("functionals", 35, ()),
        "recommended_multi": ("functionals", 35, ()),
        "recommended_faces": ("segments", 0, ()),
    }[name]
    card = (tmp_path / "model/MODEL_CARD.md").read_text()
    assert ("--init_from" in card) == (known.representation == "segments")
