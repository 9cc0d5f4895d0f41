"""A policy that is too long for one: as few documents as hold it, together the same. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LONGEST = 6144
"""Characters that a managed policy may have, white space not counted (IAM quotas)."""
MOST = 10
"""Managed policies that a role may have (IAM quotas)."""

Statement = Mapping[str, Any]
Document = Mapping[str, Any]


def size(document: Document) -> int:
    """Count a document's characters as IAM does."""
    return len("".join(json.dumps(document).split()))


def parts(document: Document, longest: int = LONGEST) -> tuple[Document, ...]:
    """Give the document as several that each fit, largest statements first.

    A statement that is too long by itself is divided by its resources, which allows the same. No
    statement here denies, so where one stands makes no difference.
    """
    if size(document) <= longest:
        return (document,)
    found: list[list[Statement]] = []
    pieces = [piece for one in document["Statement"] for piece in _fitting(one, document, longest)]
    for piece in sorted(pieces, key=lambda one: -len(json.dumps(one))):
        for held in found:
            if size({**document, "Statement": [*held, piece]}) <= longest:
                held.append(piece)
                break
        else:
            found.append([piece])
    return tuple({**document, "Statement": held} for held in found)


def _fitting(one: Statement, document: Document, longest: int) -> Iterator[Statement]:
    resources = one["Resource"]
    alone = size({**document, "Statement": [one]}) <= longest
    if alone or isinstance(resources, str) or len(resources) == 1:
        yield one
        return
    half = len(resources) // 2
    for number, some in enumerate((resources[:half], resources[half:]), 1):
        yield from _fitting(_numbered(one, some, number), document, longest)


def _numbered(one: Statement, some: Iterable[str], number: int) -> Statement:
    # Sids are told apart; where there is none there is nothing to tell.
    sid = {"Sid": f"{one['Sid']}{number}"} if "Sid" in one else {}
    return {**one, **sid, "Resource": list(some)}
