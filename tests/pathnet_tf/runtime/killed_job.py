"""Jobs that kill their workers, which need not import TensorFlow for them."""

import dataclasses
import os
import signal
from pathlib import Path


@dataclasses.dataclass(frozen=True, eq=False)
class KilledJob:
    """Writes its scores; the first so many times its worker is killed instead."""

    scores_path: Path
    num_deaths: int = 0


def missing(jobs):
    return [job for job in jobs if not job.scores_path.exists()]


def run_killed_job(job):
    deaths = job.scores_path.with_suffix(".deaths")
    with deaths.open("a") as file:
        file.write("x")
    if len(deaths.read_text()) <= job.num_deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    job.scores_path.write_text(str(os.getpid()))
