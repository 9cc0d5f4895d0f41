"""Ids that the service would refuse (API reference, CreateUser, CreateReplicationGroup)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, is_built_in
from reconciler.spec.draft import Draft

LONGEST = {
    "cache_subnet_group": 255,
    "cache_parameter_group": 255,
    "cache_cluster": 50,
    "iam_role": 64,
}
"""Characters by kind, where they are more than LONGEST_OTHERS (API reference)."""
LONGEST_OTHERS = 40
"""Characters; the API reference says so of replication groups, clients of users as well."""


def identifiers(draft: Draft) -> Iterator[Problem]:
    """Judge the key of every entry that the service would get as an id."""
    for wish in draft.wishes.values():
        if message := _wrong(wish.entry.kind, wish.entry.key.text):
            yield wish.problem(message, key=True)


def _wrong(kind: str, ident: str) -> str:
    if kind == "user" and ident.lower() == "default":
        return (
            "the account's own user default can't be changed; give this one another id, "
            "such as default-user-disabled, and user_name: default"
        )
    if ident.lower().startswith("default."):
        return "ids that begin with default. belong to the service; give another id"
    if is_built_in(Address(kind, ident.lower())):
        return f"{ident} is the account's own and can't be changed; give this one another id"
    if not ident[:1].isascii() or not ident[:1].isalpha():
        return "an id begins with a letter"
    if found := re.search(r"[^A-Za-z0-9-]", ident):
        return f'"{found.group()}" has no place in an id; letters, digits and single hyphens have'
    if "--" in ident:
        return "an id holds no two hyphens in a row"
    if ident.endswith("-"):
        return "an id does not end with a hyphen"
    if len(ident) > (longest := LONGEST.get(kind, LONGEST_OTHERS)):
        return f"an id has at most {longest} characters, this one {len(ident)}"
    return ""
