"""HTML pages that stand alone: no script from elsewhere, no request, everything escaped.

Templates lie beside this file. A page's policy forbids whatever it does not bring itself, so that
a text from a spec or a service can't become part of it even if an escape were forgotten.
"""

from __future__ import annotations

import functools
import shlex
from typing import TYPE_CHECKING, Any

from reconciler.report.lines import counted, duration, value_text

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, **values: Any) -> str:
    """Fill a template of this folder; an unknown name in it is an error, not an empty place."""
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - pages only

    made = Environment(
        loader=PackageLoader(__name__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(duration=duration, counted=counted, value=value_text, sh=shlex.quote)
    return made
