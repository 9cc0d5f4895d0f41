"""Ids: which are taken, and in which form they are stored."""

from __future__ import annotations

import re

from elasticache_local.service.refusal import bad_value

_WORD = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


def stored_id(value: str, what: str, *, most: int) -> str:
    """Give the id in lower case, or refuse it.

    A letter first, letters, digits and hyphens, none at the end, no two together (API reference).
    """
    if not 1 <= len(value) <= most:
        raise bad_value(f"The parameter {what} must contain from 1 to {most} characters.")
    if not _WORD.fullmatch(value) or value.endswith("-") or "--" in value:
        raise bad_value(
            f"The parameter {what} must be provided and must not be blank; it must begin with a "
            "letter; must contain only ASCII letters, digits, and hyphens; and must not end with "
            "a hyphen or contain two consecutive hyphens."
        )
    return value.lower()
