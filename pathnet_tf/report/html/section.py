"""A section of a report, and the tables and pictures that are written as files too."""

import abc
import base64
import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, ClassVar

from markupsafe import Markup
from matplotlib.figure import Figure

from pathnet_tf.figures import style
from pathnet_tf.report.html.captioned import Captioned
from pathnet_tf.report.html.rendering import render
from pathnet_tf.report.html.table import Table


@dataclasses.dataclass(frozen=True, eq=False)
class Image(Captioned, abc.ABC):
    """A picture or film, inside the page and as files beside it."""

    is_film: ClassVar[bool]

    @property
    @abc.abstractmethod
    def data_uri(self) -> str:
        """The URL that holds it inside the page."""

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
    is_film = False

    @property
    def data_uri(self) -> str:
        """The URL of the drawing in lines."""
        return _data_uri(self.svg, "image/svg+xml")

    def files(self) -> dict[str, bytes]:
        """The drawing in pixels and in lines; the same drawing gives the same bytes."""
        return {"png": style.png_bytes(self.figure), "svg": self.svg}

    @functools.cached_property
    def svg(self) -> bytes:
        """The drawing in lines."""
        return style.svg_bytes(self.figure)


@dataclasses.dataclass(frozen=True, eq=False)
class Animation(Image):
    """A film that begins again at its end.

    Attributes:
      gif: The file's bytes.
    """

    gif: bytes
    is_film = True

    @property
    def data_uri(self) -> str:
        """The URL of the film."""
        return _data_uri(self.gif, "image/gif")

    def files(self) -> dict[str, bytes]:
        """The film."""
        return {"gif": self.gif}


@dataclasses.dataclass(frozen=True)
class Section:
    """One section of a page.

    Attributes:
      key: Its anchor on the page.
      title: Plain text; the page marks it LEAKY where the run is LEAKY.
      tables: Tables in it, which are written as files too.
      pictures: Pictures and films in it, which are written as files too.
      note: Plain text above them.
      template: The template that lays it out; the usual one shows the note, then the
        pictures, then the tables.
      content: What the template needs besides, as plain data by name.
    """

    key: str
    title: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Image, ...] = ()
    note: str = ""
    template: str = "section.html"
    content: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def body(self) -> Markup:
        """The HTML below its heading."""
        html = render(
            self.template,
            tables=self.tables,
            pictures=self.pictures,
            note=self.note,
            **self.content,
        )
        return Markup(html)


def _data_uri(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
