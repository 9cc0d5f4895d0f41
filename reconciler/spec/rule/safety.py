"""The safety block: consents that are dated, exact and about something."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, Allow
from reconciler.spec.draft import KINDS, Draft
from reconciler.spec.entry import Path, problem_at
from reconciler.spec.node import walk
from reconciler.spec.shape import nearest


def safety(draft: Draft) -> Iterator[Problem]:
    """Judge ``safety`` and the roles under ``aws``."""
    yield from _roles(draft)
    for index, text in enumerate(draft.safety.protect):
        if message := _nowhere(draft, text):
            yield _problem(draft, ("safety", "protect", index), message)
    for index, allow in draft.allowed:
        yield from _allowed(draft, allow, ("safety", "allow", index))


def _allowed(draft: Draft, allow: Allow, path: Path) -> Iterator[Problem]:
    # What is to be deleted has left the file already.
    if message := _nowhere(draft, allow.address, gone=allow.action == "delete"):
        yield _problem(draft, (*path, "address"), message)
    try:
        until = dt.date.fromisoformat(allow.until)
    except ValueError:
        message = f'"{allow.until}" is no date; write it like 2026-12-31'
        yield _problem(draft, (*path, "until"), message)
        return
    if until < draft.today:
        message = f"this expired on {until}; remove it, or give a new date and a new reason"
        yield _problem(draft, (*path, "until"), message)


def _nowhere(draft: Draft, text: str, *, gone: bool = False) -> str:
    """Say why an address names nothing that this spec is about; empty if it does."""
    try:
        address = Address.parse(text)
    except ValueError as error:
        return str(error)
    if address.kind not in KINDS:
        return f'"{address.kind}" is no kind; one of {", ".join(KINDS)}'
    if gone or draft.has(address):
        return ""
    near = nearest(str(address), map(str, draft.known))
    return f"there is no {address} here{f'; did you mean {near}?' if near else ''}"


def _roles(draft: Draft) -> Iterator[Problem]:
    if draft.aws is None:
        return
    for name in ("read", "write"):
        arn = getattr(draft.aws.role_arn, name)
        if arn is not None and not re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+", arn):
            message = "this is no ARN of a role; write it like arn:aws:iam::123456789012:role/NAME"
            yield _problem(draft, ("aws", "role_arn", name), message)


def _problem(draft: Draft, path: Path, message: str) -> Problem:
    return problem_at(walk(draft.top, path)[1], "", path, message)
