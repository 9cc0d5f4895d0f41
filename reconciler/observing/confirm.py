"""A plan whose changes do not rest on a tag that is out of date.

What describe can't show (which password, which token) is read from our own tags, and those come
from the tagging API, which trails: right after a rotation it still shows the version before. Acting
on that would rotate once more and retire the secret that clients still use.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from reconciler.kind import Facts, Kind, Live
from reconciler.model import Address
from reconciler.observe import Whose
from reconciler.observing.keeping import keeps, with_snapshots
from reconciler.observing.tagging import with_tags
from reconciler.plan import Create, Delete, Plan, Planned, Replace, make_plan
from reconciler.planning.diff import PASSWORDS
from reconciler.ports import Reader

_BY_TAG = frozenset({PASSWORDS, "auth_token"})


def confirmed(
    kinds: Sequence[Kind[Any]],
    reader: Reader,
    facts: Facts,
    mode: Literal["manage", "observe"] = "manage",
    *,
    agreed: Mapping[Address, Live[Any]] | None = None,
) -> tuple[Facts, Plan]:
    """Plan; where a change rests on our own tags, read those themselves and plan again.

    Costs one call for each such change, none where nothing is to be rotated or deleted. Where a
    cache is created, deleted or made anew, the snapshots are read as well. Of what is ``agreed``
    to be deleted the tags are known already: they are read once more right before the call.
    """
    plan = make_plan(kinds, facts, mode=mode)
    whose = Whose(facts.estate, facts.tag_prefix)
    told = []
    for one in plan.changes:
        if not _rests_on_tags(one):
            continue
        live = facts.observed[one.address]
        if isinstance(one.change, Delete) and live.tags is None and live.address in (agreed or {}):
            told.append(_as_agreed(live, (agreed or {})[live.address]))
        elif (found := with_tags(reader, live, whose)) is not None:
            told.append(found)
    caches = _kept(facts, plan)
    if not told and not caches:
        return facts, plan
    observed = {**facts.observed, **{live.address: live for live in told}}
    again = dataclasses.replace(facts, observed=observed)
    again = with_snapshots(kinds, reader, again, caches) if caches else again
    return again, make_plan(kinds, again, mode=mode)


def _as_agreed(live: Live[Any], agreed: Live[Any]) -> Live[Any]:
    """Give what is there now with the tags that it had when its end was agreed to."""
    tagged = live.resource.but(tags=agreed.resource.tags, marks=agreed.resource.marks)
    return dataclasses.replace(live, resource=tagged, ownership=agreed.ownership)


def _kept(facts: Facts, plan: Plan) -> list[Address]:
    """Give the caches for which it matters which snapshots there are."""
    return [
        one.address
        for one in plan.changes
        if isinstance(one.change, Create | Delete | Replace) and keeps(facts, one.address)
    ]


def _rests_on_tags(planned: Planned) -> bool:
    if isinstance(planned.change, Delete):
        return True
    fields = getattr(planned.change, "fields", ())
    return any(change.field in _BY_TAG for change in fields)
