"""Fills the HTML templates of the report. Jinja2 escapes every text put into them."""

import math
from typing import Any

import jinja2

import pathnet_tf
from pathnet_tf.report.html.captioned import marked
from pathnet_tf.report.html.table import Change, Code, Link, is_number, shown


def percent(share: float) -> str:
    """Writes a share in [0, 1] as a length in CSS, such as `12.5%`; NaN is `0.0%`."""
    return f"{0 if math.isnan(share) else share * 100:.1f}%"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pathnet_tf.report.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version"] = pathnet_tf.__version__
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters |= {"marked": marked, "percent": percent, "shown": shown}
    environment.tests |= {
        "change": lambda cell: isinstance(cell, Change) and not math.isnan(cell.value),
        "code": lambda cell: isinstance(cell, Code),
        "link": lambda cell: isinstance(cell, Link),
        "numeric": is_number,
    }
    return environment


_ENVIRONMENT = _environment()


def render(template: str, **content: Any) -> str:
    """Fills a template.

    Args:
      template: Name of a file in `templates/`.
      **content: What the template names, as plain data; all of it must be given.

    Returns:
      HTML.
    """
    return _ENVIRONMENT.get_template(template).render(content)
