"""What tables and pictures have in common: a caption, and LEAKY where it belongs."""

import dataclasses

LEAKY = "LEAKY"


def marked(title: str, is_leaky: bool) -> str:
    """Puts LEAKY before the title of a LEAKY run, unless the title has the word."""
    return f"{LEAKY}: {title}" if is_leaky and LEAKY not in title else title


@dataclasses.dataclass(frozen=True)
class Captioned:
    """A part of a page that is written as files too.

    Attributes:
      name: Name of its files.
      caption: What it shows; screen readers read it aloud.
      is_leaky: Whether its numbers come from a LEAKY run.
    """

    name: str
    caption: str
    is_leaky: bool = dataclasses.field(default=False, kw_only=True)

    @property
    def title(self) -> str:
        """The caption, with LEAKY before it where the numbers are LEAKY."""
        return marked(self.caption, self.is_leaky)

    @property
    def file_name(self) -> str:
        """Name of its files, without the ending."""
        return f"{LEAKY}_{self.name}" if self.is_leaky else self.name
