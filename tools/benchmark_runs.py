"""Times whole commands and the reading of data, for tools/benchmark."""

import dataclasses
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmark_search import DISTINCT, spread

from data_tools.corpora import CorpusSource
from data_tools.cutters.mel_cutter import MelCutter
from data_tools.datasets import dataset_writer, shard
from pathnet_tf.data.fold_inputs import divide, normalize
from pathnet_tf.experiment.experiment_data import ExperimentData, read_experiment_data
from pathnet_tf.experiment.settings import DataSettings, ExperimentSettings
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.network.freezing import draw_anew
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer

BINARIES = (
    "pathnet_tf.transfer",
    "pathnet_tf.merge",
    "data_tools.write_mels",
    "data_tools.check_corpus",
    "data_tools.synthesize",
)
DEMO_CORPORA = ("enterface", "savee", "emodb")
DEMO_FLAGS = Path(__file__).resolve().parents[1] / "flags" / "demo.flags"
# Whole commands take longer than parts of them, and are measured less often.
START_RUNS = 5
WORKER_RUNS = 2


def measure_all(folder: Path, runs: int) -> dict[str, Any]:
    """Measures every whole command.

    Args:
      folder: Scratch folder.
      runs: Runs that count of measurements that are not whole commands.

    Returns:
      The figures of each section.
    """
    write_mels = measure_write_mels(folder, runs)
    data = read_experiment_data(
        ExperimentSettings(
            data=DataSettings(target=str(folder / "emodb"), protocol="loso"),
            run_dir=folder / "run",
        )
    )
    return {
        "write_mels": write_mels,
        "streaming": measure_streaming(folder, data, runs),
        "start": measure_start(folder),
        "workers": measure_workers(folder),
    }


def measure_write_mels(folder: Path, runs: int) -> dict[str, Any]:
    """Measures how many times faster than real time one core writes a corpus."""
    options = ["--corpora=emodb", "--clips_per_emotion=7"]
    _run("data_tools.synthesize", f"--output_dir={folder}/corpora", *options)
    corpus = f"{folder}/corpora/emodb"
    named = ["--corpus=emodb", f"--corpus_dir={corpus}"]
    _run("data_tools.write_mels", *named, f"--output_dir={folder}/emodb")
    shards = folder / "shards"
    shards.mkdir()
    source = CorpusSource("emodb", Path(corpus))
    settings = dataset_writer.Settings(source, shards, MelCutter(FrontEnd()))
    plans = dataset_writer._plans(source.read().clips, shards, settings)
    factors = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        written = [one.cut for plan in plans for one in shard.write_shard(plan).written]
        elapsed = time.perf_counter() - began
        factors.append(sum(cut.duration_s for cut in written) / elapsed)
    return {"ratios": {"real time / time, one core": spread(factors[1:])}}


def measure_streaming(
    folder: Path, experiment_data: ExperimentData, runs: int
) -> dict[str, Any]:
    """Measures an evaluation with values in memory, cached on disk, and not cached."""
    target, fold = experiment_data.target, experiment_data.folds[0]
    values = {
        "memory": target.values.cached(folder / "memory", is_in_memory=True),
        "disk": target.values.cached(folder / "disk", is_in_memory=False),
        "none": target.values,
    }
    seconds: dict[str, list[float]] = {cache: [] for cache in values}
    train: dict[str, Callable[[], float]] = {}
    for cache, kept in values.items():
        rng = np.random.default_rng(0)
        data = dataclasses.replace(target, values=kept)
        division = divide(data, fold, validation_share=0, rng=rng)
        inputs = normalize(data, division, "train").train
        model = PathNet(PathNetSettings(), {"target": target.emotions})
        draw_anew(model, "target", rng)
        how = TrainingSettings(arithmetic="weights")
        trainer = Trainer(model, "target", inputs, target.labels[fold.train], how)
        train[cache] = lambda trainer=trainer, rng=rng: trainer.train(DISTINCT, rng)
    for _ in range(runs + 1):
        for cache, call in train.items():
            began = time.perf_counter()
            call()
            seconds[cache].append(time.perf_counter() - began)
    return {
        "ratios": {
            f"--cache={cache} / memory": spread(
                [
                    one / other
                    for one, other in zip(
                        seconds[cache][1:], seconds["memory"][1:], strict=True
                    )
                ]
            )
            for cache in ("disk", "none")
        }
    }


def measure_start(folder: Path) -> dict[str, Any]:
    """Measures `--help` of the binaries, and the demo's first generation."""
    _run("data_tools.synthesize", "--nofaces", f"--output_dir={folder}/demo/corpora")
    for corpus in DEMO_CORPORA:
        _run(
            "data_tools.write_mels",
            f"--corpus={corpus}",
            f"--corpus_dir={folder}/demo/corpora/{corpus}",
            f"--output_dir={folder}/demo/datasets/{corpus}",
        )
    help_seconds = [
        min(_seconds(lambda b=binary: _run(b, "--help")) for _ in range(START_RUNS))
        for binary in BINARIES
    ]
    first = [_first_generation(folder) for _ in range(START_RUNS)]
    return {
        "seconds": {
            "--help of every binary": spread(help_seconds),
            "first generation of the demo": spread(first),
        }
    }


def measure_workers(folder: Path) -> dict[str, Any]:
    """Measures ten folds with one worker and with two, and compares the results."""
    ratios, seconds, predictions = [], {1: [], 2: []}, set()
    for _ in range(WORKER_RUNS):
        for workers, taken in seconds.items():
            run_dir = folder / f"run-{workers}"
            options = [f"--num_workers={workers}", f"--run_dir={run_dir}"]
            taken.append(_seconds(lambda o=options: _transfer(folder, *o)))
            predictions.add((run_dir / "predictions.csv").read_bytes())
        ratios.append(seconds[1][-1] / seconds[2][-1])
    if len(predictions) != 1:
        raise AssertionError("Two workers gave other predictions than one")
    return {
        "ratios": {"ten folds, 1 worker / 2 workers": spread(ratios)},
        "seconds": {
            f"ten folds, {workers} worker(s)": spread(taken)
            for workers, taken in seconds.items()
        },
    }


def _transfer(folder: Path, *options: str) -> None:
    target = f"--target={folder}/emodb"
    _run("pathnet_tf.transfer", target, "--protocol=loso", "--overwrite", *options)


def _first_generation(folder: Path) -> float:
    """Runs the transfer of the demo; returns the seconds until generation 0 ends."""
    run_dir = folder / "demo" / "run"
    shutil.rmtree(run_dir, ignore_errors=True)
    command = [sys.executable, "-m", "pathnet_tf.transfer", f"--flagfile={DEMO_FLAGS}"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not _has_history(run_dir):
        time.sleep(0.02)
    elapsed = time.perf_counter() - began
    if process.poll() is not None:
        raise AssertionError(f"{' '.join(command)} ended early")
    process.terminate()
    process.wait()
    return elapsed


def _has_history(run_dir: Path) -> bool:
    for path in run_dir.glob("logs/*/*/*/*/history.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines and json.loads(lines[0])["generation"] == 0:
            return True
    return False


def _run(module: str, *words: str) -> None:
    command = [sys.executable, "-m", module, *words]
    subprocess.run(command, check=True, capture_output=True)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
