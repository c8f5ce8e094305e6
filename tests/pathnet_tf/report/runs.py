"""Folders of runs to report on, with drawn scores and histories, in milliseconds."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from pathnet_tf.data.dataset_card import dataset_hash
from pathnet_tf.evaluation.fold_scores import (
    LearnedSource,
    read_scores,
    source_path,
    write_scores,
    write_sources,
)
from pathnet_tf.experiment.experiment import Experiment
from pathnet_tf.experiment.run import finish
from pathnet_tf.experiment.settings import RESULTS_NAME
from pathnet_tf.network.freezing import Pathway
from tests.finished import finish_run

GENERATIONS = 5
MODULES = 20
FROZEN = [[0, 1, 2, 2], [3, 4, 5, 5], [6, 7, 8, 8]]


def write_run(
    run_dir,
    target,
    *,
    source=None,
    protocol="loso",
    num_folds=5,
    finished=True,
    seed=0,
    repeats=1,
):
    """Writes a run's folder and gives the path."""
    sources = (str(source),) if source else ()
    settings = finish_run(
        run_dir,
        target,
        draw_seed=seed,
        data={"sources": sources, "protocol": protocol, "num_folds": num_folds},
        scratch_control=bool(source),
        repeats=repeats,
    )
    (run_dir / RESULTS_NAME).unlink()
    _give_pathways(run_dir)
    flags = [f"--source={folder}" for folder in sources]
    flags += [f"--target={target}", f"--run_dir={run_dir}", f"--protocol={protocol}"]
    flags += ["--scratch_control" if source else "--noscratch_control"]
    flags += [f"--num_folds={num_folds}", f"--repeats={repeats}"]
    (run_dir / "resolved.flags").write_text("\n".join(flags) + "\n")
    folders = [*sources, str(target)]
    environment = {
        "pathnet_tf": "0.1.0",
        "git_revision": "abc",
        "command": ["transfer.py", "--flagfile=x.flags"],
        "seed": 0,
        "datasets": {folder: dataset_hash(Path(folder)) for folder in folders},
        "python": "3.11.0",
        "platform": "Linux",
        "num_cores": 2,
        "packages": {"tensorflow": "2.16.2"},
    }
    (run_dir / "environment.json").write_text(json.dumps(environment))
    if source:
        learned = LearnedSource("source_1", "one", 0, 0.9, [17, 17, 17], MODULES)
        write_sources(source_path(run_dir, 0), [learned])
        _write_network(run_dir)
    _write_histories(run_dir, settings)
    if finished:
        finish(Experiment.read(settings), lambda line: None)
    return run_dir


def _give_pathways(run_dir):
    """Scores name best pathways of the network's size."""
    for path in (run_dir / "units").glob("*.npz"):
        pathway = Pathway("target", np.array(FROZEN) + 9, np.zeros((3, MODULES)))
        write_scores(path, dataclasses.replace(read_scores(path), pathway=pathway))


def _write_network(run_dir):
    pathway = Pathway("source_1", np.array(FROZEN), np.zeros((3, MODULES)))
    content = {
        "settings": {"input_shape": [8, 6, 3]},
        "pathways": [pathway.to_json()],
    }
    folder = run_dir / "sources" / "repeat-0"
    folder.mkdir(parents=True)
    (folder / "network.json").write_text(json.dumps(content))


def _write_histories(run_dir, settings):
    rng = np.random.default_rng(0)
    top = run_dir / "logs" / "LEAKY" if settings.is_leaky else run_dir / "logs"
    for path in (run_dir / "units").glob("*fold-*.npz"):
        method, repeat, fold = path.stem.split(" ", 2)
        folder = top / method / "target" / repeat / fold
        folder.mkdir(parents=True)
        lines = [json.dumps(_generation(rng, index)) for index in range(GENERATIONS)]
        (folder / "history.jsonl").write_text("\n".join(lines) + "\n")


def _generation(rng, index):
    winner, loser = rng.integers(0, MODULES, (2, 3, 4))
    child = winner.copy()
    child[0, 0] = (child[0, 0] + 1) % MODULES
    return {
        "generation": index,
        "winner_index": 2 * index,
        "loser_index": 2 * index + 1,
        "winner": winner.tolist(),
        "loser": loser.tolist(),
        "child": child.tolist(),
        "winner_fitness": 0.5 + index / 20,
        "loser_fitness": 0.4,
        "held_out": {"clip_uar": 0.3 + index / 20, "clip_war": 0.3 + index / 20},
    }
