"""A section of a report: its page's HTML and the files that go with it."""

import dataclasses

from pathnet_tf.report.html.picture import Image
from pathnet_tf.report.html.table import Table


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
