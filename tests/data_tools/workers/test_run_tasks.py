import os
import time

import pytest

from data_tools.workers import run_tasks as task_runner
from data_tools.workers.run_tasks import run_tasks


def process_and_double(number):
    return os.getpid(), 2 * number


def process_once_two_work(folder):
    """However long another process takes to start, it is waited for."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid()


def run(num_workers, *, clips_per_task=1):
    results = run_tasks(
        process_and_double,
        range(4),
        num_clips=[clips_per_task] * 4,
        num_workers=num_workers,
        clips_worth_a_process=200,
    )
    processes, doubles = zip(*results, strict=True)
    return set(processes), doubles


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_results_come_in_the_order_of_the_tasks(num_workers):
    assert run(num_workers)[1] == (0, 2, 4, 6)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_little_work_is_left_to_one_other_process(num_workers):
    (process,) = run(num_workers)[0]
    assert process != os.getpid()


def test_asked_for_workers_share_the_work(tmp_path):
    results = run_tasks(
        process_once_two_work,
        [tmp_path] * 2,
        num_clips=[1] * 2,
        num_workers=2,
        clips_worth_a_process=200,
    )
    assert len(set(results)) == 2


def test_no_tasks_give_no_results():
    results = run_tasks(
        process_and_double, [], num_clips=[], num_workers=2, clips_worth_a_process=1
    )
    assert list(results) == []


def test_a_log_file_is_told_how_far_long_work_is(capsys, monkeypatch):
    monkeypatch.setattr(task_runner, "_LOG_DELAY_S", 0.0)
    run(1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("0/4 clips")
    assert lines[-1].startswith("4/4 clips")
    assert not any("\r" in line for line in lines)


def test_short_work_leaves_no_line_in_a_log_file(capsys, monkeypatch):
    monkeypatch.setattr(task_runner, "_LOG_DELAY_S", 600.0)
    run(1)
    assert capsys.readouterr().err == ""
