"""Tasks on this machine and on clusters of it, where each is watched."""

import pytest
from absl import flags

from data_tools.datasets.parts import do_tasks, missing
from data_tools.datasets.work_settings import WorkSettings
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import define, settings_from_flags
from tests.data_tools.datasets.deadly_task import DeadlyTask, do
from tests.pathnet_tf.runtime.local_cluster import executor_words


@pytest.mark.parametrize("kind", ["local", "dask", "ray"])
def test_a_file_that_kills_its_worker_is_refused_wherever_it_is_read(kind, tmp_path):
    tasks = [DeadlyTask(tmp_path / f"{index}", index == 1) for index in range(4)]
    tasks[3].record.write_text("done before")
    with executor_words(kind) as words:
        work = WorkSettings(num_workers=2, **words)
        do_tasks(do, tasks, work, clips_worth_a_process=1, modules=())
    told = [task.record.read_text() for task in tasks]
    reason = "cannot be decoded: the decoder crashed (SIGKILL)"
    assert told == ["read", reason, "read", "done before"]
    assert missing(tasks) == []


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b"])
def test_a_part_that_cannot_be_is_refused(text):
    values = flags.FlagValues()
    define(WorkSettings, values)
    values(["write", f"--shard={text}"])
    with pytest.raises(UsageError, match="--shard must be"):
        settings_from_flags(WorkSettings, values)
