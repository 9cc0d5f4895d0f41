"""Tags: what may be one, and how many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from elasticache_local.service.refusal import bad_value, refusal

MOST = 50


def read_tags(given: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Give the tags of a request, or refuse one."""
    tags: dict[str, str] = {}
    for tag in given or ():
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        if not 1 <= len(key) <= 128:
            raise bad_value("Tag keys must be between 1 and 128 characters in length.")
        if len(value) > 256:
            raise bad_value("Tag values must be at most 256 characters in length.")
        if key.lower().startswith("aws:"):
            raise bad_value("Tag keys can't start with 'aws:', which is reserved.")
        tags[key] = value
    check_count(tags)
    return tags


def check_count(tags: Mapping[str, str]) -> None:
    """Refuse more tags than a resource may have."""
    if len(tags) > MOST:
        raise refusal("TagQuotaPerResourceExceeded", f"A resource can have at most {MOST} tags.")
