"""One part of a program's work, for an array job of a cluster."""

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

from pathnet_tf.runtime.errors import UsageError

Item = TypeVar("Item")


@dataclasses.dataclass(frozen=True)
class Shard:
    """One part of a program's work.

    Attributes:
      number: From 1; 0 is what all parts need, where a program has such a thing.
      of: How many parts there are.

    Raises:
      UsageError: `number` is out of its range.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        """Checks the numbers."""
        if not 0 <= self.number <= self.of or self.of < 1:
            raise UsageError(
                "--shard must be NUMBER/OF, from 1/OF to OF/OF, or 0/OF for what all "
                f"parts need. Received: --shard={self}"
            )

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Makes a shard of `3/10`.

        Raises:
          ValueError: The text has another form.
        """
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal()):
            raise ValueError("be two numbers, such as 3/10")
        return cls(int(number), int(of))

    def chosen(self, items: Sequence[Item]) -> Sequence[Item]:
        """Chooses every `of`-th item, so that the parts together hold each once."""
        return items[self.number - 1 :: self.of]

    def __str__(self) -> str:
        """As it is typed."""
        return f"{self.number}/{self.of}"
