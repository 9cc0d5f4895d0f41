"""Taking over what is there: the two ownership tags and nothing else. Pure.

An adoption is the plan of a spec that names the resource and says nothing about it: so it is sent,
settled and judged by the same rooms as every other plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from reconciler.errors import Refused
from reconciler.kind import Facts, Kind, Live, Ownership
from reconciler.model import Address, Resource
from reconciler.plan import Plan, make_plan, plan_fingerprint


@dataclasses.dataclass(frozen=True)
class Adoption:
    """What is taken over: the plan that does it, from facts in which the spec says nothing more.

    ``after`` is what the spec's own plan will say about these afterwards; ``owned`` are ours by
    now, ``left`` names the estates that the others' tags named.
    """

    facts: Facts
    plan: Plan
    after: Plan
    owned: tuple[Address, ...]
    left: dict[Address, str]


def adoption(
    kinds: Iterable[Kind[Resource]],
    facts: Facts,
    chosen: Collection[Address],
    from_estate: str | None = None,
) -> Adoption:
    """Plan it, or raise Refused with every reason why something can't be taken over."""
    kinds = tuple(kinds)
    reasons = [
        f"{address}: {why}"
        for address in sorted(chosen)
        if (why := _against(address, facts, from_estate))
    ]
    if reasons:
        raise Refused(reasons)
    owned = tuple(one for one in sorted(chosen) if facts.observed[one].ownership is Ownership.OWNED)
    taken = sorted(frozenset(chosen) - frozenset(owned))
    silent = dataclasses.replace(
        facts, desired={one: type(facts.desired[one])(id=one.id) for one in taken}
    )
    plan = make_plan(kinds, silent)
    # A tag write is felt by nobody, so nothing of what these reach counts as touched.
    changes = tuple(dataclasses.replace(one, reaches=()) for one in plan.changes)
    return Adoption(
        silent,
        dataclasses.replace(plan, changes=changes),
        _afterwards(kinds, facts, chosen),
        owned,
        {one: held for one in taken if (held := _estate_of(facts.observed[one]))},
    )


def consents(chosen: Iterable[Address]) -> frozenset[str]:
    """Give what naming these on the command line consents to."""
    return frozenset(f"adopt:{one}" for one in chosen)


def _against(address: Address, facts: Facts, from_estate: str | None) -> str:
    live = facts.observed.get(address)
    if address not in facts.desired:
        return f"the spec does not have it; reconcile import {address} writes it as YAML: add that"
    if live is None:
        return "it is not there, so there is nothing to adopt; apply creates it"
    if live.status == "deleting":
        return "it is being deleted"
    if live.ownership is Ownership.UNKNOWN:
        return f"its tags can't be read while it is {live.status}; try again when it is at rest"
    return "" if live.ownership is Ownership.OWNED else _of_another(live, facts, from_estate)


def _of_another(live: Live[Resource], facts: Facts, from_estate: str | None) -> str:
    held = _estate_of(live)
    if from_estate and held != from_estate:
        told = f"name {held}" if held else "name none"
        return f"--from-estate {from_estate}: its tags do not name that estate, they {told}"
    if held and held not in (facts.estate, from_estate):
        return (
            f"its tags name the estate {held}: let go of it there (reconcile forget), or take it "
            f"with --from-estate {held}"
        )
    return ""


def _estate_of(live: Live[Resource]) -> str:
    return live.resource.marks.get("estate", "")


def _afterwards(
    kinds: tuple[Kind[Resource], ...], facts: Facts, chosen: Collection[Address]
) -> Plan:
    observed = {**facts.observed, **dict(_marked(facts, chosen))}
    plan = make_plan(kinds, dataclasses.replace(facts, observed=observed))
    changes = tuple(one for one in plan.changes if one.address in chosen)
    return dataclasses.replace(
        plan, changes=changes, matched=len(chosen), fingerprint=plan_fingerprint(changes)
    )


def _marked(facts: Facts, chosen: Collection[Address]) -> Iterator[tuple[Address, Live[Resource]]]:
    for address in chosen:
        live = facts.observed[address]
        ours = {"estate": facts.estate, "address": str(address)}
        held = live.resource.but(marks={**live.resource.marks, **ours})
        yield address, dataclasses.replace(live, resource=held, ownership=Ownership.OWNED)
