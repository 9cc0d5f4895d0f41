"""A plan whose changes do not rest on a tag that is out of date.

What describe can't show (which password, which token) is read from our own tags, and those come
from the tagging API, which trails: right after a rotation it still shows the version before. Acting
on that would rotate once more and retire the secret that clients still use.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from reconciler.diff import PASSWORDS
from reconciler.kind import Facts, Kind
from reconciler.observe import Whose
from reconciler.plan import Plan, Planned, make_plan
from reconciler.ports import Reader
from reconciler.tagging import with_tags

_BY_TAG = frozenset({PASSWORDS, "auth_token"})


def confirmed(
    kinds: Sequence[Kind[Any]],
    reader: Reader,
    facts: Facts,
    mode: Literal["manage", "observe"] = "manage",
) -> tuple[Facts, Plan]:
    """Plan; where a change rests on our own tags, read those themselves and plan again.

    Costs one call for each such change, none where nothing is to be rotated.
    """
    plan = make_plan(kinds, facts, mode=mode)
    whose = Whose(facts.estate, facts.tag_prefix)
    asked = [facts.observed[one.address] for one in plan.changes if _rests_on_tags(one)]
    told = [found for live in asked if (found := with_tags(reader, live, whose)) is not None]
    if not told:
        return facts, plan
    observed = {**facts.observed, **{live.address: live for live in told}}
    again = dataclasses.replace(facts, observed=observed)
    return again, make_plan(kinds, again, mode=mode)


def _rests_on_tags(planned: Planned) -> bool:
    fields = getattr(planned.change, "fields", ())
    return any(change.field in _BY_TAG for change in fields)
