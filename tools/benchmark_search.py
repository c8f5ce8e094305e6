"""Measures the time of one pathway evaluation, and the least that it could take.

  tools/benchmark_search

All measurements use the paper's settings and 4,096 segments, on one thread, in one
process:

  floor       the two matrix products of the first layer for each mini-batch, x K and
              x' dz, with NumPy's BLAS: 64 x 12288 by 12288 x 80, and its gradient
  evaluation  one candidate: set the genotype, gather the weights, gather and normalize
              the batches, 64 updates, fitness, scatter the weights. The first layer
              uses the Gram matrix, as it does for a training set of this size
  weights     the same, but the first layer uses its weights
  generation  two candidates, the tournament and the mutation
  transfer    one candidate beside a frozen source pathway
  wide        one candidate among 200 modules per layer
  masked      one candidate the textbook way: compute all modules, then mask them

The parts run in turn, so that a slow moment of the machine affects all of them. The
Gram matrix is computed once for the 400 evaluations of a task; it is measured
separately.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from pathnet_tf.data.input_pipeline import SegmentInputs
from pathnet_tf.data.normalization import Scaling, measure
from pathnet_tf.network.freezing import draw_anew, freeze
from pathnet_tf.network.genotype import GenotypeSpace, draw
from pathnet_tf.network.pathnet import PathNet
from pathnet_tf.network.settings import PathNetSettings
from pathnet_tf.runtime.reproducibility import use_one_thread
from pathnet_tf.search.genetic_search import search
from pathnet_tf.search.settings import SearchSettings
from pathnet_tf.training.gram_kernels import gram_matrix
from pathnet_tf.training.settings import TrainingSettings
from pathnet_tf.training.trainer import Trainer

NUM_SEGMENTS = 4096
BATCH = 64
EMOTIONS = tuple("abcdef")
TASKS = {"source": EMOTIONS, "target": EMOTIONS}
DISTINCT = np.array([[0, 5, 10, 15]] * 3, np.int32)
FROZEN = np.array([[1, 6, 11, 16]] * 3, np.int32)


def main() -> None:
    """Measures, prints the table, and writes JSON if --json is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9, help="Counted runs per part.")
    parser.add_argument("--json", help="File for the figures.")
    arguments = parser.parse_args()
    use_one_thread()
    seconds = take_turns(parts(), arguments.runs)
    figures = summarize(seconds)
    print(table(figures))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as stream:
            json.dump(figures, stream, indent=1)
            stream.write("\n")


def parts() -> dict[str, Callable[[], object]]:
    """Returns the calls to measure, by name."""
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((NUM_SEGMENTS, 64, 64, 3), dtype=np.float32)
    labels = rng.integers(len(EMOTIONS), size=NUM_SEGMENTS).astype(np.int32)
    space = GenotypeSpace()

    segments = SegmentInputs(inputs, Scaling.shared(measure(inputs), NUM_SEGMENTS))

    def trainer(
        frozen: np.ndarray | None = None,
        num_modules: int = 20,
        arithmetic: str = "auto",
    ) -> Trainer:
        settings = PathNetSettings(num_modules=num_modules)
        model = PathNet(settings, TASKS)
        if frozen is not None:
            freeze(model, frozen)
        draw_anew(model, "target", rng)
        how = TrainingSettings(arithmetic=arithmetic)
        return Trainer(model, "target", segments, labels, how)

    plain, transfer, wide = trainer(), trainer(FROZEN), trainer(num_modules=200)
    weights = trainer(arithmetic="weights")
    weights_transfer = trainer(FROZEN, arithmetic="weights")
    weights_wide = trainer(num_modules=200, arithmetic="weights")

    for one in (plain, transfer, wide):
        # When a module is first used, it is multiplied with all segments. That happens
        # once per task and is not measured.
        for first in range(0, 20, 4):
            one.train(np.array([range(first, first + 4)] * 3, np.int32), rng)

    class Evaluator:
        def train(self, genotype: np.ndarray, rng: np.random.Generator) -> float:
            return plain.train(genotype, rng)

        def rescore(self, genotype: np.ndarray) -> float:
            raise AssertionError("last_winner needs no rescoring")

    one_generation = SearchSettings(
        generations=1, population_size=2, best_pathway="last_winner"
    )
    return {
        "floor": numpy_floor(inputs),
        "evaluation": lambda: plain.train(DISTINCT, rng),
        "generation": lambda: search(Evaluator(), space, one_generation, rng),
        "transfer": lambda: transfer.train(DISTINCT, rng),
        "wide": lambda: wide.train(DISTINCT, rng),
        "weights": lambda: weights.train(DISTINCT, rng),
        "weights, transfer": lambda: weights_transfer.train(DISTINCT, rng),
        "weights, wide": lambda: weights_wide.train(DISTINCT, rng),
        "masked": masked_evaluation(inputs, labels),
        "random genotype": lambda: plain.train(draw(space, rng), rng),
        "gram matrix": lambda: gram_matrix(segments).numpy(),
    }


def numpy_floor(inputs: np.ndarray) -> Callable[[], object]:
    """Computes the two products that no implementation can avoid.

    `inputs` is float32 `[num_segments, 64, 64, 3]`.
    """
    flat = inputs.reshape(NUM_SEGMENTS, -1)
    kernel = np.full((flat.shape[1], 80), 1e-3, np.float32)

    def run() -> None:
        for start in range(0, NUM_SEGMENTS, BATCH):
            batch = flat[start : start + BATCH]
            outputs = batch @ kernel
            # This orientation of the gradient is the faster one in OpenBLAS.
            outputs.T @ batch

    return run


def masked_evaluation(inputs: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """Computes all 20 modules of each layer and multiplies inactive ones by 0.

    `inputs` is float32 `[num_segments, 64, 64, 3]`, `labels` int32 `[num_segments]`.
    """
    rng = np.random.default_rng(1)
    flat = tf.constant(inputs.reshape(NUM_SEGMENTS, -1))
    targets = tf.constant(labels)
    widths = (flat.shape[1], 20, 20)
    kernels = [
        tf.Variable(0.01 * rng.standard_normal((width, 400)).astype(np.float32))
        for width in widths
    ]
    head = tf.Variable(0.1 * rng.standard_normal((20, 6)).astype(np.float32))
    mask = np.zeros(20, np.float32)
    mask[DISTINCT[0]] = 1
    column_mask = tf.constant(np.repeat(mask, 20))

    @tf.function
    def run(order: tf.Tensor) -> None:
        for start in tf.range(0, NUM_SEGMENTS, BATCH):
            batch = order[start : start + BATCH]
            with tf.GradientTape() as tape:
                hidden = tf.gather(flat, batch)
                for kernel in kernels:
                    outputs = tf.nn.relu(hidden @ kernel) * column_mask
                    of_module = tf.reshape(outputs, [BATCH, 20, 20])
                    hidden = tf.reduce_sum(of_module, axis=1) / 4.0
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    tf.gather(targets, batch), hidden @ head
                )
                loss = tf.reduce_mean(losses)
            weights = [*kernels, head]
            for weight, gradient in zip(
                weights, tape.gradient(loss, weights), strict=True
            ):
                weight.assign_sub(0.02 * gradient)

    return lambda: run(rng.permutation(NUM_SEGMENTS).astype(np.int32))


def take_turns(
    measured: dict[str, Callable[[], object]], runs: int
) -> dict[str, list[float]]:
    """Runs the parts in turn, once to warm up and then `runs` times.

    Returns:
      Seconds of each counted run, by part.
    """
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for turn in range(runs + 1):
        for name, call in measured.items():
            began = time.perf_counter()
            call()
            if turn:
                seconds[name].append(time.perf_counter() - began)
        print(f"turn {turn} of {runs}", file=sys.stderr)
    return seconds


def summarize(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Returns the spread of every time, and of ratios of times in the same turn."""

    def ratio(over: str, under: str) -> dict[str, float]:
        values = [a / b for a, b in zip(seconds[over], seconds[under], strict=True)]
        return spread(values)

    return {
        "milliseconds": {
            name: spread([1000 * value for value in values])
            for name, values in seconds.items()
        },
        "ratios": {
            "evaluation / floor": ratio("evaluation", "floor"),
            "masked / evaluation": ratio("masked", "evaluation"),
            "generation / evaluation": ratio("generation", "evaluation"),
            "transfer / evaluation": ratio("transfer", "evaluation"),
            "200 modules / 20": ratio("wide", "evaluation"),
            "weights / floor": ratio("weights", "floor"),
            "masked / weights": ratio("masked", "weights"),
            "transfer / plain, weights": ratio("weights, transfer", "weights"),
            "200 modules / 20, weights": ratio("weights, wide", "weights"),
            "gram matrix / evaluation": ratio("gram matrix", "evaluation"),
        },
    }


def spread(values: list[float]) -> dict[str, float]:
    """Returns median, minimum and maximum."""
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }


def table(figures: dict[str, Any]) -> str:
    """Formats the figures as text."""
    lines = []
    for title, unit in (("milliseconds", "ms"), ("ratios", "x")):
        for name, value in figures[title].items():
            lines.append(
                f"{name:26} {value['median']:8.2f} {unit:2}  "
                f"({value['min']:.2f} to {value['max']:.2f})"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
