import dataclasses
import json

import pytest

from pathnet_tf.data.dataset_card import dataset_hash
from pathnet_tf.experiment import environment
from pathnet_tf.experiment.flags import ResolvedFlags
from pathnet_tf.experiment.run_folder import RunFolder
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.finished import finish_run
from tests.tiny import write_tiny

FLAGS = ResolvedFlags("--seed=1\n--noscratch_control\n", "--num_workers=2\n")


@pytest.fixture
def settings(tmp_path, write_dataset):
    """Those of a run that has not begun."""
    settings = finish_run(tmp_path / "drawn", write_dataset("one"))
    return dataclasses.replace(settings, run_dir=tmp_path / "run")


def begin(settings):
    with RunFolder(settings).started(FLAGS, is_synthesized=False):
        (settings.run_dir / "units").mkdir(exist_ok=True)


def test_flags_of_execution_are_no_difference():
    begun = "--seed=1\n--noscratch_control\n--num_workers=7\n--run_dir=elsewhere\n"
    assert FLAGS.differences(begun) == []


@pytest.mark.parametrize(
    ("begun", "found"),
    [
        ("--seed=2\n--noscratch_control\n", ["--seed=2 there, --seed=1 here"]),
        (
            "--seed=1\n--scratch_control\n",
            ["--scratch_control there, --noscratch_control here"],
        ),
        ("--seed=1\n", ["none there, --noscratch_control here"]),
        (
            "--seed=1\n--noscratch_control\n--source=a\n--source=b\n",
            ["--source=a --source=b there, none here"],
        ),
    ],
)
def test_differences_are_named(begun, found):
    assert FLAGS.differences(begun) == found


def test_a_run_that_has_begun_goes_on(settings):
    begin(settings)
    (settings.run_dir / "units/left.npz").touch()
    begin(settings)
    assert (settings.run_dir / "units/left.npz").exists()


def test_overwrite_begins_anew(settings):
    begin(settings)
    (settings.run_dir / "units/left.npz").touch()
    anew = dataclasses.replace(settings.execution, overwrite=True)
    begin(dataclasses.replace(settings, execution=anew))
    assert not (settings.run_dir / "units/left.npz").exists()


def test_a_folder_with_a_lock_alone_is_free(settings):
    settings.run_dir.mkdir()
    (settings.run_dir / ".lock").touch()
    RunFolder(settings).require_usable(FLAGS)


def test_data_that_were_written_again_are_refused(settings, tmp_path):
    begin(settings)
    for path in (tmp_path / "one").iterdir():
        path.unlink()
    (tmp_path / "one").rmdir()
    write_tiny(tmp_path, "one", seed=9)
    with pytest.raises(DataError, match="one is not the dataset that"):
        RunFolder(settings).require_usable(FLAGS)


@pytest.mark.parametrize("name", ["numpy", "pathnet_tf"])
def test_other_versions_are_refused(settings, name):
    begin(settings)
    path = settings.run_dir / "environment.json"
    content = json.loads(path.read_text())
    (content if name == "pathnet_tf" else content["packages"])[name] = "0.0.1"
    environment.write(path, content)
    with pytest.raises(UsageError, match=rf"was begun with {name} 0\.0\.1, this is "):
        RunFolder(settings).require_usable(FLAGS)


def test_the_environment_tells_the_data(settings, tmp_path):
    begin(settings)
    recorded = environment.recorded_datasets(settings.run_dir / "environment.json")
    assert recorded == {str(tmp_path / "one"): dataset_hash(tmp_path / "one")}
