"""What is asked for once, as it is typed: --now, --prune, --destroy, consents to make anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.asked import Asked
from reconciler.errors import UsageError
from reconciler.guard import consents
from reconciler.kind import Facts, Live, Ownership
from reconciler.model import Address
from reconciler.selection import named

if TYPE_CHECKING:
    from reconciler.model import Safety

Now = Annotated[
    list[str] | None,
    typer.Option(
        "--now",
        metavar="ADDRESS",
        help="Bring forward what waits there for its maintenance window.",
        show_default=False,
    ),
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Delete what is ours and no longer in the spec.")
]
NoFinalSnapshot = Annotated[
    bool, typer.Option("--no-final-snapshot", help="Keep nothing of a cache that is deleted.")
]


@dataclass(frozen=True)
class Ask:
    """The words of the command line; nothing by default. A plan file carries them."""

    targets: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()
    prune: bool = False
    destroy: bool = False
    final_snapshot: bool = True

    def written(self) -> dict[str, Any]:
        """Give it for a plan file; consents are given where it is applied."""
        kept = sorted(one for one in self.allow if one.startswith("replace:"))
        return {**dataclasses.asdict(self), "allow": kept}

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Ask:
        """Read what ``written`` gave."""
        return cls(
            targets=tuple(map(str, found.get("targets", ()))),
            now=tuple(map(str, found.get("now", ()))),
            allow=frozenset(map(str, found.get("allow", ()))),
            prune=bool(found.get("prune", False)),
            destroy=bool(found.get("destroy", False)),
            final_snapshot=bool(found.get("final_snapshot", True)),
        )


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
