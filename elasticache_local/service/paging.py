"""Pages: a marker names the last thing shown, so nothing comes twice and nothing is lost."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from elasticache_local.service.refusal import bad_value

T = TypeVar("T")


def page(  # noqa: PLR0913 - the service has two manners of paging
    things: Mapping[str, T],
    params: Mapping[str, Any],
    key: str,
    shown: Callable[[T], dict[str, Any]],
    *,
    marker: str = "Marker",
    size: str = "MaxRecords",
    default: int = 100,
    least: int = 20,
    most: int = 100,
) -> dict[str, Any]:
    """Give one page of things, sorted by their key, as the answer shows them."""
    asked = params.get(size)
    if asked is not None and not least <= asked <= most:
        raise bad_value(f"{size} must be between {least} and {most}, was {asked}.")
    count = default if asked is None else asked
    names = sorted(things)
    start = bisect_right(names, _last(params[marker], marker, key)) if params.get(marker) else 0
    here = names[start : start + count]
    answer: dict[str, Any] = {key: [shown(things[name]) for name in here]}
    if start + count < len(names):
        answer[marker] = base64.urlsafe_b64encode(f"{key}/{here[-1]}".encode()).decode()
    return answer


def _last(given: str, name: str, key: str) -> str:
    """Give the last thing that was shown; a marker belongs to the list that it came with."""
    try:
        text = base64.b64decode(given.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise bad_value(f"{name} is not valid.") from None
    if not text.startswith(f"{key}/"):
        raise bad_value(f"{name} is not valid.")
    return text.removeprefix(f"{key}/")
