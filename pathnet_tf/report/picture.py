"""A picture of a report: in its page, and as PNG and SVG beside it."""

import base64
import dataclasses

from matplotlib.figure import Figure

from pathnet_tf.report import style
from pathnet_tf.report.markup import LEAKY, escape, marked


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """A drawn figure.

    Attributes:
      name: Name of its files.
      caption: What it shows; what a reader hears who does not see it.
      figure: The drawing.
      is_leaky: Whether it draws numbers of a LEAKY run.
    """

    name: str
    caption: str
    figure: Figure
    is_leaky: bool = False

    @property
    def title(self) -> str:
        """The caption, LEAKY where it must be."""
        return marked(self.caption, is_leaky=self.is_leaky)

    @property
    def file_name(self) -> str:
        """Name of its files, without the ending."""
        return f"{LEAKY}_{self.name}" if self.is_leaky else self.name

    def to_html(self) -> str:
        """The picture inside the page, on paper white in the dark too."""
        return embedded_image(self.to_svg(), "image/svg+xml", self.title)

    def to_svg(self) -> bytes:
        """The drawing as SVG, the same bytes for the same drawing."""
        return style.svg_bytes(self.figure)

    def to_png(self) -> bytes:
        """The drawing in pixels, the same bytes for the same drawing."""
        return style.png_bytes(self.figure)


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
