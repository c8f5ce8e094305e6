import dataclasses

import numpy as np
import pytest

from pathnet_tf.evaluation.fold_scores import (
    FoldScores,
    LearnedSource,
    SourceScore,
    read_scores,
    read_sources,
    scores_path,
    source_path,
    write_scores,
    write_sources,
)
from pathnet_tf.network.freezing import Pathway
from pathnet_tf.runtime.errors import DataError

SCORES = FoldScores(
    method="transfer",
    repeat=0,
    fold="s1",
    test=np.arange(3),
    log_probabilities=np.log(np.full((3, 2), 0.5)),
    fitness=0.5,
    pathway=Pathway("target", np.zeros((1, 1), int), np.zeros((1, 1))),
    seconds=1.0,
)
SOURCE = LearnedSource("source_1", "one", 0, 0.9, [17, 17, 17], 20)


KEPT = SourceScore("source_1", 0.75, 0.5)


@pytest.mark.parametrize("score", [None, KEPT])
def test_what_is_known_of_sources_comes_back(score, tmp_path):
    path = source_path(tmp_path, 0)
    written = [dataclasses.replace(SOURCE, score=score)]
    write_sources(path, written)
    assert read_sources(path) == written


@pytest.mark.parametrize("kept", [(), (KEPT,)])
def test_what_is_kept_of_sources_comes_back(kept, tmp_path):
    path = scores_path(tmp_path, "transfer", 0, "s1")
    write_scores(path, dataclasses.replace(SCORES, source_scores=kept))
    assert read_scores(path).source_scores == kept


@pytest.fixture
def path(tmp_path):
    path = scores_path(tmp_path, "transfer", 0, "s1")
    write_scores(path, SCORES)
    return path


def refused(path):
    return pytest.raises(DataError, match=rf"^{path} cannot be read .*; remove it and")


def test_scores_come_back(path):
    got = read_scores(path)
    assert got.pathway.to_json() == SCORES.pathway.to_json()
    for field in ("method", "repeat", "fold", "fitness", "seconds", "cost"):
        assert getattr(got, field) == getattr(SCORES, field)
    np.testing.assert_array_equal(got.test, SCORES.test)
    np.testing.assert_array_equal(got.log_probabilities, SCORES.log_probabilities)


@pytest.mark.parametrize("fraction", [0, 0.01, 0.3, 0.6, 0.99])
def test_scores_that_are_cut_off_are_refused(path, fraction):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * fraction)])
    with refused(path):
        read_scores(path)


def test_scores_with_a_flipped_bit_are_refused(path):
    content = bytearray(path.read_bytes())
    content[content.index(b'"fitness"') + 3] ^= 1
    path.write_bytes(content)
    with refused(path):
        read_scores(path)


@pytest.mark.parametrize("missing", ["facts", "test", "log_probabilities"])
def test_scores_without_an_array_are_refused(path, missing):
    with np.load(path, allow_pickle=False) as content:
        arrays = {name: content[name] for name in content.files if name != missing}
    np.savez(path, **arrays)
    with refused(path):
        read_scores(path)


@pytest.mark.parametrize("facts", ["[]", "3", '{"pathway": "a"}', '{"pathway": 0}'])
def test_scores_with_other_facts_are_refused(path, facts):
    arrays = {"facts": np.frombuffer(facts.encode(), np.uint8)}
    np.savez(path, test=SCORES.test, log_probabilities=[], **arrays)
    with refused(path):
        read_scores(path)


def test_no_pickle_is_loaded(path):
    np.savez(path, facts=np.array([{}], object), test=[], log_probabilities=[])
    with refused(path):
        read_scores(path)


def test_sources_come_back(tmp_path):
    write_sources(tmp_path / "source.json", [SOURCE])
    assert read_sources(tmp_path / "source.json") == [SOURCE]


@pytest.mark.parametrize("content", ["", "[", "3", '["a"]', '[{"task": 1}]', "\xff"])
def test_broken_sources_are_refused(tmp_path, content):
    path = tmp_path / "source.json"
    path.write_bytes(content.encode("latin-1"))
    with refused(path):
        read_sources(path)
