"""Checkpoints of a piece of work: written whole, checked by hash, the last two kept.

A file is the SHA-256 of what follows it, then an `.npz` of arrays and facts.
"""

import dataclasses
import hashlib
import io
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from pathnet_tf.runtime.storage import AnyPath, read_arrays, remove_tree, write_whole

SUFFIX = ".checkpoint"
NUM_KEPT = 2
DIGEST_BYTES = hashlib.sha256().digest_size
FACTS = "facts"


@dataclasses.dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a piece of work needs to go on.

    Attributes:
      step: How far it is.
      arrays: Its arrays, by name.
      facts: Plain values for JSON.
    """

    step: int
    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one piece of work.

    Attributes:
      folder: Where they lie.
      every: Steps from one to the next.
    """

    folder: AnyPath
    every: int

    def is_due(self, step: int) -> bool:
        """Whether one is to be written after so many steps."""
        return step % self.every == 0

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint and removes all but the last two.

        Raises:
          OSError: It cannot be written; those before it are whole.
        """
        stream = io.BytesIO()
        facts = json.dumps({"step": checkpoint.step, **checkpoint.facts}).encode()
        np.savez(stream, **{FACTS: np.frombuffer(facts, np.uint8)}, **checkpoint.arrays)
        content = stream.getvalue()
        path = self.folder / f"{checkpoint.step:08d}{SUFFIX}"
        write_whole(path, hashlib.sha256(content).digest() + content)
        for old in self._newest_first()[NUM_KEPT:]:
            old.unlink(missing_ok=True)

    def load(self) -> Checkpoint | None:
        """Reads the newest checkpoint that is whole.

        Those that are not are named on stderr.

        Returns:
          None where there is none.
        """
        for path in self._newest_first():
            content = path.read_bytes()
            digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
            if hashlib.sha256(content).digest() != digest:
                print(
                    f"{path} is damaged; going on from the one before it, or from the "
                    "beginning",
                    file=sys.stderr,
                )
                continue
            loaded = read_arrays(io.BytesIO(content))
            facts = json.loads(loaded.pop(FACTS).tobytes())
            return Checkpoint(facts.pop("step"), loaded, facts)
        return None

    def remove(self) -> None:
        """Removes all of them, as the work is done."""
        remove_tree(self.folder)

    def _newest_first(self) -> list[AnyPath]:
        if not self.folder.is_dir():
            return []
        paths = [p for p in self.folder.iterdir() if p.name.endswith(SUFFIX)]
        return sorted(paths, key=lambda path: path.name, reverse=True)
