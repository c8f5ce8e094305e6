"""What `model.json` says is read as the release that wrote it meant it."""

import json

import pytest

from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving import model_folder
from tests.pathnet_tf.test_export_kinds import hear


def test_models_of_earlier_versions_are_read(tmp_path, rng):
    hear(tmp_path / "model", rng, "clip", 2, module="conv")
    path = tmp_path / "model" / model_folder.ABOUT_NAME
    content = json.loads(path.read_text())

    def read(version):
        path.write_text(json.dumps(content | {"schema_version": version}))
        return model_folder.read_about(tmp_path / "model")

    del content["encoder"]
    with pytest.raises(DataError, match="encoder"):
        read(6)
    assert read(5).encoder is None
    del content["views"]
    with pytest.raises(DataError, match="views"):
        read(5)
    assert read(4).views == 1
    del content["speeds"]
    with pytest.raises(DataError, match="speeds"):
        read(4)
    assert read(3).speeds == ()
    for name in ("representation", "silence_db"):
        del content[name]
    with pytest.raises(DataError, match="representation"):
        read(3)
    assert (read(2).module, read(2).representation) == ("conv", "segments")
    for name in ("module", "pooling", "readout", "classify", "ensemble"):
        del content[name]
    with pytest.raises(DataError, match="module"):
        read(2)
    assert (read(1).module, read(1).classify) == ("dense", "segment")
    assert read(1).departures() == []


@pytest.mark.parametrize("version", [0, 7, True, "3"])
def test_a_model_of_another_version_is_refused(tmp_path, rng, version):
    hear(tmp_path / "model", rng)
    path = tmp_path / "model" / model_folder.ABOUT_NAME
    content = json.loads(path.read_text()) | {"schema_version": version}
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="schema version"):
        model_folder.read_about(tmp_path / "model")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("classify", "word"),
        ("ensemble", 0),
        ("ensemble", True),
        ("module", 3),
        ("representation", "words"),
        ("silence_db", "loud"),
        ("silence_db", True),
        ("silence_db", -5),
        ("silence_db", float("nan")),
        ("speeds", 1.14),
        ("speeds", ["fast"]),
        ("speeds", [0]),
    ],
)
def test_a_network_that_cannot_be_is_refused(tmp_path, rng, name, value):
    hear(tmp_path / "model", rng)
    path = tmp_path / "model" / model_folder.ABOUT_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(DataError, match=name):
        model_folder.read_about(tmp_path / "model")
