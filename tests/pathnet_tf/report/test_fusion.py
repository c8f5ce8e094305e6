"""A fusion has a report too, of what it holds."""

import shutil

import pytest

from pathnet_tf.fusion import run_fusion
from pathnet_tf.fusion.run_fusion import FUSION_CONTENTS, FusionSettings
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.write_report import write_report
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.runtime.output_folder import OutputFolder
from tests.finished import finish_run
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def fusion(tmp_path_factory):
    """A fusion's folder with its report."""
    tmp_path = tmp_path_factory.mktemp("fusion")
    parts, flags = {}, []
    for modality in ("speech", "face"):
        target = write_tiny(tmp_path / modality, "one", modality=modality)
        run_dir = tmp_path / f"{modality}_run"
        data = {"protocol": "loso"}
        parts[modality] = finish_run(run_dir, target, data=data)
        (run_dir / "resolved.flags").write_text("--protocol=loso\n")
        flags.append(f"--{modality}_run={run_dir}\n")
    run_dir = tmp_path / "fused"
    settings = FusionSettings(**parts, run_dir=run_dir, weights="equal")
    text = "".join([*flags, "--weights=equal\n"])
    run_fusion.run(settings, resolved_flags=text, report=lambda line: None)
    write_report([str(run_dir)])
    return run_dir


def test_a_fusion_is_reported_by_its_own_methods(fusion):
    text = (fusion / "report.html").read_text()
    assert "<h1>one, speech and face</h1>" in text
    assert "leave one speaker out" in text
    assert "Nothing: both runs weigh the same." in text
    assert "python -m pathnet_tf.fuse " in text
    for method in ("scratch fused", "scratch speech", "scratch face"):
        assert f'<span class="name">{method}</span>' in text
    assert "Time and cost" not in text


def test_a_fusion_with_a_report_is_still_known(fusion):
    OutputFolder(fusion, FUSION_CONTENTS, "--run_dir", overwrite=True).require_free()


def test_a_fusion_without_results_is_an_error(fusion, tmp_path):
    copy = shutil.copytree(fusion, tmp_path / "copy")
    (copy / "results.csv").unlink()
    with pytest.raises(DataError, match="is a fusion without results"):
        read_evidence(str(copy))
