"""Reads the mutated shards of a folder, as a run would, and writes the outcome."""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np

from data_tools.media_error import MediaError
from data_tools.workers import supervision
from data_tools.workers.watched_processes import WatchedProcesses
from pathnet_tf.runtime.errors import DataError


def read_all(paths: list[Path]) -> dict[str, str]:
    """Returns why each shard is refused; empty if it can be read."""
    told = {}
    for path in paths:
        try:
            with supervision.reading(path):
                _read(path)
        except MediaError as error:
            told[path.name] = error.reason
        except DataError as error:
            told[path.name] = str(error).replace(str(path.with_suffix("")), "DIR")
        else:
            told[path.name] = ""
    return told


def write_card(folder: Path, content: bytes) -> None:
    """Writes a dataset of one shard, with the right hash, so that it is parsed."""
    from pathnet_tf.data import dataset_card

    shard = folder / "segments-0.tfrecord"
    shard.write_bytes(content)
    clips = tuple(
        dataset_card.ClipCard(
            key=f"x/s{number}/a",
            speaker=f"s{number}",
            emotion=emotion,
            source="a",
            sha256="",
            num_segments=2,
            duration_s=1.0,
        )
        for number, emotion in enumerate(("anger", "fear"))
    )
    card = dataset_card.DatasetCard(
        corpus="x",
        modality="face",
        layout="row,column,(red,green,blue)",
        scaling="0 to 255",
        shape=(8, 6, 3),
        dtype="uint8",
        front_end={},
        emotions=("anger", "fear"),
        clips=clips,
        shards=(dataset_card.ShardCard(shard.name, 4, dataset_card.file_hash(shard)),),
    )
    dataset_card.write_card(folder, card)


def _read(path: Path) -> None:
    """Reads all values of a shard, as a dataset of its own."""
    from pathnet_tf.data import dataset, dataset_card

    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    write_card(folder, path.read_bytes())
    card = dataset_card.read_card(folder)
    read = dataset.load(str(folder), card, card.emotions)
    read.values[np.arange(len(read.labels))].sum()


def main() -> None:
    """Reads the shards in watched workers and writes told.json."""
    folder = Path(sys.argv[1])
    paths = sorted(folder.glob("*.tfrecord"))
    tasks = [paths[start : start + 50] for start in range(0, len(paths), 50)]
    told: dict[str, str] = {}
    with contextlib.closing(
        WatchedProcesses(read_all, 2, ["pathnet_tf.data.dataset"])
    ) as processes:
        for part in processes.results(tasks):
            told |= part
    (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
