"""Where endpoints are published: a parameter of its own for each cache (SSM, parameter names)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, Cache
from reconciler.spec.draft import Draft

_LEVELS = 15
_LONGEST = 1011


def publishing(draft: Draft) -> Iterator[Problem]:
    """Judge each name, and that no two caches share one."""
    first: dict[str, Address] = {}
    for wish, cache in draft.of(Cache):
        if not cache.publish:
            continue
        name = cache.publish.removeprefix("ssm:")
        if problem := _of_name(name):
            yield wish.problem(problem, "publish")
        elif name in first:
            message = f"{first[name]} is published there already; a parameter of its own for each"
            yield wish.problem(message, "publish")
        first.setdefault(name, cache.address)


def _of_name(name: str) -> str:
    """Say what is wrong with a name; nothing: it can be one."""
    if name != name.lower():
        return f"in lower case: ssm:{name.lower()}"
    if not re.fullmatch(r"(/[a-z0-9_.-]+)+", name):
        return f'"{name}" is no name of a parameter; it is written ssm:/shop/orders'
    if re.match(r"/(aws|ssm)", name):
        return "names that begin with aws or ssm are AWS's own"
    if name.startswith("/reconciler/"):
        return "/reconciler/ is where leases stand; take another"
    if name.count("/") > _LEVELS or len(name) > _LONGEST:
        return f"a name has at most {_LEVELS} levels and {_LONGEST} characters"
    return ""
