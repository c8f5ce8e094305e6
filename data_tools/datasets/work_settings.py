"""Where the work of writing a corpus is done, and which part of it."""

import dataclasses

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.executor_settings import ExecutorSettings
from pathnet_tf.runtime.flag_fields import flag
from pathnet_tf.runtime.shard import Shard

MERGE = "merge"
"""The value of --shard that puts finished parts together."""


def _read_shard(text: str) -> Shard | str:
    """Reads `3/10` or `merge`."""
    if text == MERGE:
        return MERGE
    shard = Shard.parse(text)
    if not shard.number:
        raise ValueError("be NUMBER/OF, from 1/OF to OF/OF, or merge")
    return shard


@dataclasses.dataclass(frozen=True, kw_only=True)
class WorkSettings(ExecutorSettings):
    """Where the work is done, and which part of it; no written byte depends on them.

    Attributes:
      num_workers: Worker processes of this machine; 0 chooses by the number of clips.

    Raises:
      UsageError: A number is out of range, or values contradict each other.
    """

    shard: Shard | str | None = flag(
        None,
        "Write only this part, such as 3/10, for array jobs. When all parts are done, "
        "the same command with --shard=merge puts them together. A part that was "
        "interrupted goes on when it is run again.",
        read=_read_shard,
    )
    num_workers: int = 0

    def __post_init__(self) -> None:
        """Checks every value."""
        super().__post_init__()
        if self.num_workers < 0:
            raise UsageError(
                "num_workers must be at least 0. "
                f"Received: num_workers={self.num_workers}"
            )
