"""What the words of the command line mean in an account: addresses, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from reconciler.cli.asking import Ask
from reconciler.errors import UsageError
from reconciler.guard import consents
from reconciler.kind import Facts, Live, Ownership
from reconciler.kind.asked import Asked
from reconciler.model import Address, Safety
from reconciler.planning.selection import named


def asked(ask: Ask, facts: Facts, safety: Safety, today: date) -> Asked:
    """Give what these words mean here; UsageError names what is not there."""
    only = None
    if (ask.prune or ask.destroy) and ask.targets:
        only = frozenset(named(ask.targets, {*facts.desired, *_ours(facts)}))
    agreed = consents(safety, ask.allow, today)
    return Asked(
        now=frozenset(named(ask.now, facts.desired)),
        replace=frozenset(_addresses(agreed, "replace")),
        prune=ask.prune,
        destroy=ask.destroy,
        only=only,
        final_snapshot=ask.final_snapshot,
    )


def refuse_idle(now: Iterable[Address], facts: Facts) -> None:
    """Raise UsageError where nothing waits that could be brought forward."""
    for address in sorted(now):
        live = facts.observed.get(address)
        if live is None or (live.at_rest and not live.pending):
            raise UsageError(
                f"--now {address}: nothing waits there for a maintenance window; {_there(facts)}"
            )


def _there(facts: Facts) -> str:
    waiting = sorted(
        f"{live.address} ({', '.join(sorted(one.field for one in live.pending if one.when))})"
        for live in facts.observed.values()
        if _waits(live) and live.address in facts.desired
    )
    return f"what waits: {', '.join(waiting)}" if waiting else "nothing waits anywhere"


def _waits(live: Live[Any]) -> bool:
    return any(one.when for one in live.pending)


def _ours(facts: Facts) -> list[Address]:
    return [one.address for one in facts.observed.values() if one.ownership is Ownership.OWNED]


def _addresses(agreed: Iterable[str], action: str) -> Iterable[Address]:
    for one in agreed:
        word, _, address = one.partition(":")
        if word == action and "/" in address:
            yield Address.parse(address)
