import pytest

from pathnet_tf.data.dataset_folders import dataset_folders
from pathnet_tf.runtime.errors import DataError


@pytest.fixture
def folder(tmp_path):
    for name in ("b", "a", "target", "no_dataset"):
        (tmp_path / name).mkdir()
        if name != "no_dataset":
            (tmp_path / name / "dataset.json").touch()
    (tmp_path / "a.compare.npz").touch()
    return tmp_path


def test_a_folder_stands_for_the_datasets_in_it_but_the_target(folder):
    found = dataset_folders([str(folder)], but=f"{folder}/a/../target")
    assert found == [f"{folder}/a", f"{folder}/b"]


def test_datasets_stay_what_they_are_and_stand_once(folder):
    given = [f"{folder}/target", f"{folder}/nowhere", str(folder), f"{folder}/a"]
    places = ["target", "nowhere", "a", "b"]
    assert dataset_folders(given) == [f"{folder}/{place}" for place in places]


@pytest.mark.parametrize(
    ("place", "but", "message"),
    [
        ("no_dataset", "", "none in the folders that it holds; make one with"),
        ("alone", "alone/target", "holds but the target .*alone/target"),
    ],
)
def test_a_folder_without_a_dataset_is_refused(place, but, message, folder):
    (folder / "alone/target").mkdir(parents=True)
    (folder / "alone/target/dataset.json").touch()
    with pytest.raises(DataError, match=f"No dataset at {folder}/{place}.*{message}"):
        dataset_folders([f"{folder}/{place}"], but=f"{folder}/{but}")
