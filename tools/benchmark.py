"""Measures everything a user waits for; writes a JSON file and a Markdown table.

  tools/benchmark

Pathway evaluations are measured in one process on one thread, see
tools/benchmark_search.py. Whole commands are run as a user runs them, on synthesized
corpora. Every figure is a median with minimum and maximum; ratios compare measurements
of the same round.
"""

import argparse
import datetime
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import benchmark_runs
import benchmark_search
import numpy as np
import tensorflow as tf

from pathnet_tf.runtime.reproducibility import use_one_thread

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Measures, writes both files, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9, help="Counted runs per part.")
    parser.add_argument(
        "--output",
        default=str(FOLDER / "benchmark"),
        help="The files, without suffix.",
    )
    arguments = parser.parse_args()
    use_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        sections = {
            "search": benchmark_search.summarize(
                benchmark_search.take_turns(benchmark_search.parts(), arguments.runs)
            ),
            **benchmark_runs.measure_all(Path(folder), arguments.runs),
        }
    figures = {"machine": machine()} | sections
    text = json.dumps(figures, indent=1) + "\n"
    Path(f"{arguments.output}.json").write_text(text, encoding="utf-8")
    table = markdown(figures)
    Path(f"{arguments.output}.md").write_text(table, encoding="utf-8")
    print(table)


def machine() -> dict[str, Any]:
    """Describes this machine."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
    }


def markdown(figures: Mapping[str, Any]) -> str:
    """Formats the figures as a Markdown table."""
    described = ", ".join(
        f"{name} {value}" for name, value in figures["machine"].items()
    )
    lines = [
        "# Benchmark",
        "",
        f"Made by `tools/benchmark`: {described}.",
        "",
        "| what | median | least | greatest |",
        "|---|---:|---:|---:|",
    ]
    for section, content in figures.items():
        if section == "machine":
            continue
        for title, suffix in (
            ("ratios", "x"),
            ("milliseconds", "ms"),
            ("seconds", "s"),
        ):
            for name, value in content.get(title, {}).items():
                cells = " | ".join(
                    f"{value[key]:.2f} {suffix}" for key in ("median", "min", "max")
                )
                lines.append(f"| {section}: {name} | {cells} |")
    return "\n".join(lines) + "\n"


def _processor() -> str:
    """Returns the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
