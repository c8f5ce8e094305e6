"""Measures everything a user waits for, into one JSON file and one Markdown table.

  tools/benchmark

Evaluations are measured in one process on one thread (see tools/benchmark_search.py),
whole commands as a user runs them, on corpora that are synthesized first. Ratios are
taken within one turn; a figure is the median, with the least and the greatest.
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
    parser.add_argument("--runs", type=int, default=9, help="Counted runs a part.")
    parser.add_argument(
        "--output", default=str(FOLDER / "benchmark"), help="Both files, less suffix."
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
    """Lays the figures out as a table."""
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
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
