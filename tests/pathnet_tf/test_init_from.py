"""Going on from an exported model."""

import dataclasses
import json
import shutil
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathnet_tf.network.saving import load_network
from pathnet_tf.report import write_report
from pathnet_tf.runtime.errors import DataError
from pathnet_tf.serving import model_folder
from pathnet_tf.serving.network_file import read_network
from tests.binary import transfer_here
from tests.pathnet_tf.test_evil_datasets import ANY_JSON, changed, places
from tests.pathnet_tf.test_resume import SEARCH, transfer
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    # Reports take longer than such runs.
    with mock.patch.object(write_report, "write_report", return_value="left out"):
        yield tmp_path_factory.mktemp("init")


@pytest.fixture(scope="module")
def first(folder):
    """A model that was exported by a transfer."""
    source = write_tiny(folder, "one", seed=1)
    target = write_tiny(folder, "two", seed=2)
    done = transfer_here(
        *SEARCH,
        f"--source={source}",
        f"--target={target}",
        f"--run_dir={folder / 'first_run'}",
        f"--export_dir={folder / 'first'}",
    )
    assert done.returncode == 0, done.stderr
    return folder / "first"


@pytest.fixture(scope="module")
def third(folder):
    return write_tiny(folder, "three", emotions=("anger", "fear", "sadness"), seed=3)


@pytest.fixture(scope="module")
def second(folder, first, third):
    """A model that went on from it."""
    done = transfer_here(
        *SEARCH,
        f"--init_from={first}",
        f"--target={third}",
        f"--run_dir={folder / 'second_run'}",
        f"--export_dir={folder / 'second'}",
        # What a model has learned has its sizes.
        "--num_modules=20",
    )
    assert done.returncode == 0, done.stderr
    assert f"Going on from {first}: one + two, 2 emotions" in done.stdout
    return folder / "second"


def test_what_the_model_used_is_frozen_and_nothing_else(folder, first, second):
    old, pathway = read_network(first)
    started, (source,) = load_network(folder / "second_run/sources/repeat-0")
    assert source.task == "source_1"
    assert started.tasks["target"] == ("anger", "fear", "sadness")
    for number, layer in enumerate(started.pathnet_layers):
        used = set(pathway.genotype[number])
        used |= set(np.flatnonzero(pathway.always_active[number]))
        frozen = {m for m, one in enumerate(layer.path_modules) if not one.trainable}
        assert frozen == used
        for m in used:
            for mine, theirs in zip(
                layer.path_modules[m].get_weights(),
                old.pathnet_layers[number].path_modules[m].get_weights(),
                strict=True,
            ):
                np.testing.assert_array_equal(mine, theirs)


def test_what_was_learned_before_is_not_forgotten(first, second):
    old, pathway = read_network(first)
    new, _ = read_network(second)
    for number, layer in enumerate(old.pathnet_layers):
        used = set(pathway.genotype[number])
        for m in used | set(np.flatnonzero(pathway.always_active[number])):
            twin = new.pathnet_layers[number].path_modules[m]
            for before, after in zip(
                layer.path_modules[m].get_weights(), twin.get_weights(), strict=True
            ):
                np.testing.assert_array_equal(before, after)
    for before, after in zip(
        old.heads["target"].get_weights(),
        new.heads["source_1"].get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(before, after)


def test_a_model_knows_whom_it_and_its_ancestors_have_heard(second):
    about = model_folder.read_about(second)
    assert about.corpora == ("one", "two", "three")
    assert "one/s1" in about.speakers
    assert "three/s3" in about.speakers
    assert len(about.recordings) == 12 + 12 + 18
    card = (second / model_folder.MODEL_CARD_NAME).read_text()
    assert "| UAR |" in card
    assert "before: the data of the model" in card


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--target={two}"], 1, "holds speakers or recordings that the target holds o"),
        (["--target={third}", "--source={two}"], 2, "leave one of them out"),
        (["--target={third}", "--method=joint"], 2, "--init_from does not have"),
        (["--target={faces}"], 1, "is a model of speech, the target holds face"),
        (["--target={other}"], 1, "differ in hop_ms 10.0 and 20.0"),
        (["--target={third}", "--init_from={none}"], 1, "No model at"),
        (
            ["--target={third}", "--init_from={broken}"],
            1,
            "is damaged or of",
        ),
        (["--target={third}", "--export_dir={first}"], 2, "would hold"),
    ],
)
def test_mistakes_are_one_line(folder, first, third, tmp_path, words, status, message):
    def slower(card):
        front_end = card.front_end | {"hop_ms": 20.0}
        return dataclasses.replace(card, front_end=front_end)

    places_of_it = {
        "first": first,
        "third": third,
        "two": folder / "two",
        "none": tmp_path / "none",
        "broken": tmp_path / "broken",
        "faces": write_tiny(tmp_path, "faces", modality="face"),
        "other": write_tiny(tmp_path, "other", change_card=slower),
    }
    shutil.copytree(first, tmp_path / "broken")
    network = tmp_path / "broken" / model_folder.NETWORK_NAME
    network.write_bytes(network.read_bytes()[:-1])
    done = transfer_here(
        *SEARCH,
        f"--init_from={first}",
        f"--run_dir={tmp_path / 'run'}",
        *(word.format(**places_of_it) for word in words),
    )
    assert (done.returncode, message in done.stderr) == (status, True), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_workers_go_on_from_it_too(folder, first, third, second, tmp_path):
    done = transfer(
        *SEARCH,
        f"--init_from={first}",
        f"--target={third}",
        f"--run_dir={tmp_path / 'run'}",
        "--num_workers=2",
    )
    assert done.returncode == 0, done.stderr
    alone = folder / "second_run" / "predictions.csv"
    assert (tmp_path / "run" / "predictions.csv").read_bytes() == alone.read_bytes()


def test_a_model_that_was_exported_again_since_is_refused(tmp_path, first, third):
    model = tmp_path / "model"
    shutil.copytree(first, model)
    words = [
        *SEARCH,
        f"--init_from={model}",
        f"--target={third}",
        f"--run_dir={tmp_path / 'run'}",
    ]
    assert transfer_here(*words).returncode == 0
    about = model / model_folder.ABOUT_NAME
    about.write_text(about.read_text() + "\n")
    done = transfer_here(*words)
    assert done.returncode == 1
    assert "is not the model that" in done.stderr


@given(data=st.data())
def test_a_changed_model_json_is_read_or_refused(first, folder, data):
    content = json.loads((first / model_folder.ABOUT_NAME).read_text())
    path = data.draw(st.sampled_from(list(places(content))))
    evil = changed(content, path, data.draw(ANY_JSON), data.draw(st.booleans()))
    place = folder / "evil"
    place.mkdir(exist_ok=True)
    (place / model_folder.NETWORK_NAME).write_bytes(
        (first / model_folder.NETWORK_NAME).read_bytes()
    )
    (place / model_folder.ABOUT_NAME).write_text(json.dumps(evil))
    try:
        about = model_folder.read_about(place)
        model_folder.write_about(place, about)
    except DataError as error:
        assert str(place) in str(error)  # noqa: PT017


@pytest.mark.parametrize("temperature", [0, -1.0, None, "1"])
def test_a_temperature_that_cannot_be_is_refused(first, tmp_path, temperature):
    content = json.loads((first / model_folder.ABOUT_NAME).read_text())
    content["calibration"]["temperature"] = temperature
    (tmp_path / model_folder.ABOUT_NAME).write_text(json.dumps(content))
    with pytest.raises(DataError, match="temperature"):
        model_folder.read_about(tmp_path)
