"""A section of a report: its HTML, its pictures, and the files that go with it."""

import abc
import base64
import dataclasses

from matplotlib.figure import Figure

from pathnet_tf.figures import style
from pathnet_tf.report.html.markup import LEAKY, escape, marked
from pathnet_tf.report.html.table import Table


@dataclasses.dataclass(frozen=True, eq=False)
class Image(abc.ABC):
    """Anything to look at.

    Attributes:
      name: Name of its files.
      caption: What it shows; what a reader hears who does not see it.
      is_leaky: Whether it draws numbers of a LEAKY run.
    """

    name: str
    caption: str
    is_leaky: bool = dataclasses.field(default=False, kw_only=True)

    @property
    def title(self) -> str:
        """The caption, LEAKY where it must be."""
        return marked(self.caption, is_leaky=self.is_leaky)

    @property
    def file_name(self) -> str:
        """Name of its files, without the ending."""
        return f"{LEAKY}_{self.name}" if self.is_leaky else self.name

    @abc.abstractmethod
    def to_html(self) -> str:
        """The image inside the page."""

    @abc.abstractmethod
    def files(self) -> dict[str, bytes]:
        """The files beside the page, by their endings."""


@dataclasses.dataclass(frozen=True, eq=False)
class Picture(Image):
    """A drawn figure.

    Attributes:
      figure: The drawing.
    """

    figure: Figure

    def to_html(self) -> str:
        """The picture inside the page, on paper white in the dark too."""
        return embedded_image(self.to_svg(), "image/svg+xml", self.title)

    def files(self) -> dict[str, bytes]:
        """The drawing in pixels and in lines."""
        return {"png": self.to_png(), "svg": self.to_svg()}

    def to_svg(self) -> bytes:
        """The drawing as SVG, the same bytes for the same drawing."""
        return style.svg_bytes(self.figure)

    def to_png(self) -> bytes:
        """The drawing in pixels, the same bytes for the same drawing."""
        return style.png_bytes(self.figure)


@dataclasses.dataclass(frozen=True, eq=False)
class Animation(Image):
    """A film without end.

    Attributes:
      gif: The file's bytes.
    """

    gif: bytes

    def to_html(self) -> str:
        """The film inside the page, which runs once a reader has opened it."""
        image = embedded_image(self.gif, "image/gif", self.title)
        return f"<details><summary>{escape(self.title)}</summary>{image}</details>"

    def files(self) -> dict[str, bytes]:
        """The film."""
        return {"gif": self.gif}


def embedded_image(content: bytes, media_type: str, caption: str) -> str:
    """An image inside the page.

    Args:
      content: The file's bytes.
      media_type: Such as `image/gif`.
      caption: Plain text.
    """
    data = base64.b64encode(content).decode()
    return (
        f'<figure class="picture"><img alt="{escape(caption)}" '
        f'src="data:{escape(media_type)};base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


@dataclasses.dataclass(frozen=True)
class Section:
    """One section of a page.

    Attributes:
      key: Its anchor on the page.
      title: Plain text; the page marks it LEAKY where the run is.
      body: HTML, in which whatever came from outside is escaped.
      tables: Tables in it, which are written as files too.
      pictures: Pictures and films in it, which are written as files too.
    """

    key: str
    title: str
    body: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Image, ...] = ()
