"""Where a program's work runs: on this machine, or on a Dask or Ray cluster."""

import dataclasses

from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.flag_fields import check, flag


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExecutorSettings:
    """Where work runs, which no result depends on.

    Raises:
      UsageError: Values contradict each other.
    """

    executor: str = flag(
        "local",
        "Where the work is done: on this machine, or on a Dask or Ray cluster that "
        "sees the same files and folders.",
        choices=("local", "dask", "ray"),
    )
    scheduler: str = flag(
        "", "Address of the Dask scheduler, such as tcp://127.0.0.1:8786."
    )
    address: str = flag(
        "", "Address of the Ray cluster, or auto; one of its own if empty."
    )

    def __post_init__(self) -> None:
        """Checks every value."""
        check(self)
        for name, executor in (("scheduler", "dask"), ("address", "ray")):
            if getattr(self, name) and self.executor != executor:
                raise UsageError(
                    f"--{name} is for --executor={executor}. "
                    f"Received: --executor={self.executor}"
                )
        if self.executor == "dask" and not self.scheduler:
            raise UsageError(
                "--executor=dask needs the address of its scheduler, such as "
                "--scheduler=tcp://127.0.0.1:8786"
            )
