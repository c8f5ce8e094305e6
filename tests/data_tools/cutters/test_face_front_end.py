import dataclasses
import json
from pathlib import Path

import pytest

from data_tools.cutters.face_front_end import FaceFrontEnd
from pathnet_tf.runtime.errors import DataError, UsageError


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"margin": -0.1},
        {"scale_factor": 1.0},
        {"min_neighbors": 0},
        {"min_face": 0.0},
        {"min_face": 1.5},
        {"frame_stride": 0},
        {"frames_per_second": 0.0},
        {"frames_per_second": float("inf")},
        {"apex_share": 0.0},
        {"apex_share": 1.5},
        {"faces": "seek"},
    ],
)
def test_values_out_of_range_are_refused(change):
    ((name, value),) = change.items()
    with pytest.raises(UsageError, match=f"--{name} must be .* --{name}={value}"):
        FaceFrontEnd(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"faces": "cut", "align": "eyes"}, "--align=eyes needs --faces=find"),
        ({"frame_stride": 2, "frames_per_second": 5.0}, "both choose frames; give one"),
        ({"detector_model": Path("a")}, "goes with --detector=yunet"),
        ({"detector": "yunet"}, "needs --detector_model"),
        ({"detector": "yunet", "detector_model": Path("gone/a")}, "=gone/a is no file"),
    ],
)
def test_contradictions_are_refused(change, message):
    with pytest.raises(UsageError, match=message):
        FaceFrontEnd(**change)


@pytest.mark.parametrize(
    "front_end",
    [
        FaceFrontEnd(margin=0.2, min_neighbors=4, frame_stride=3),
        FaceFrontEnd(several_faces="largest", align="eyes"),
        FaceFrontEnd(faces="cut"),
        FaceFrontEnd(faces="cut", frames_per_second=5.0, apex_share=0.5),
        FaceFrontEnd(frames_per_second=2.5),
        FaceFrontEnd(faces="cut", detector="yunet"),
    ],
)
def test_a_models_settings_are_read_again(tmp_path, front_end):
    content = front_end.cropping | front_end.finding
    (tmp_path / "front_end.json").write_text(json.dumps(content))
    assert FaceFrontEnd.of_model(tmp_path) == front_end


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "front_end.json cannot be read"),
        ('{"hop_ms": 10.0}', "does not belong to a face model"),
        ("[]", "does not belong to a face model"),
        ("{", "does not belong to a face model"),
        ('{"cascade": "another", "size": 64}', "names the cascade another"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "front_end.json").write_text(content)
    with pytest.raises(DataError, match=message):
        FaceFrontEnd.of_model(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "yunet.onnx is not there, and the model learned .* with the sha256 "),
        (b"another", "yunet.onnx is another file"),
        (b"network", ""),
    ],
)
def test_a_model_of_yunets_faces_needs_its_file(tmp_path, content, message):
    (tmp_path / "own.onnx").write_bytes(b"network")
    front_end = FaceFrontEnd(
        detector="yunet", detector_model=tmp_path / "own.onnx", align="eyes"
    )
    text = json.dumps(front_end.cropping | front_end.finding)
    assert str(tmp_path) not in text
    (tmp_path / "front_end.json").write_text(text)
    if content is not None:
        (tmp_path / "yunet.onnx").write_bytes(content)
    if message:
        with pytest.raises(DataError, match=message):
            FaceFrontEnd.of_model(tmp_path)
        return
    ours = dataclasses.replace(front_end, detector_model=tmp_path / "yunet.onnx")
    assert FaceFrontEnd.of_model(tmp_path) == ours
