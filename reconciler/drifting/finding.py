"""Drift as findings: one for each field that moved, with an id that stays, and whom to tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from reconciler.drifting.behind import Behind
from reconciler.drifting.drift import Drift, Drifted, Sort
from reconciler.drifting.severity import SEVERITIES, Severity, severity_of
from reconciler.kind import Facts
from reconciler.model import Address, Resource, Watching
from reconciler.planning.diff import PASSWORDS

NOBODY = ""
"""The owner of what bears no owner's tag and reaches nothing that does."""


class Finding(BaseModel):
    """One thing that is not as it was last applied; values as JSON, for a file or a page.

    ``id`` is over the place and the live value: it stays until somebody changes that field again,
    so that whoever acknowledged one value did not acknowledge the next.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    address: str
    field: str = ""
    """Empty for the whole resource: missing, or not ours."""
    sort: Sort
    severity: Severity
    owner: str = NOBODY
    spec: Any = None
    live: Any = None
    both: bool = False
    """Whether the spec changed too."""
    pending: bool = False
    """Whether the service has accepted the live value and not brought it about yet."""
    gained: tuple[str, ...] = ()
    """What somebody may do since, who might not before."""
    lost: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    """The blast radius: which groups and caches feel it."""
    where: str = ""
    """The line of the spec."""

    @property
    def place(self) -> tuple[str, str]:
        """Give what it is about, whatever the value."""
        return self.address, self.field


def findings_of(
    drift: Drift,
    facts: Facts,
    watching: Watching,
    places: Mapping[tuple[Address, str], str] | None = None,
) -> tuple[Finding, ...]:
    """Give every finding, worst first. Pure; ``places`` are the lines of the spec."""
    behind = Behind(drift, facts)
    found = [
        finding for one in drift.drifted for finding in _of(one, behind, watching, places or {})
    ]
    return tuple(
        sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.address, one.field))
    )


def _of(
    drifted: Drifted,
    behind: Behind,
    watching: Watching,
    places: Mapping[tuple[Address, str], str],
) -> Iterator[Finding]:
    address, facts = drifted.address, behind.facts
    estate = f"{facts.account_id}/{facts.region}/{facts.estate}"
    told = {
        "address": str(address),
        "owner": owner_of(address, drifted.planned.reaches, facts, watching.owner_tag),
        "reaches": tuple(map(str, drifted.planned.reaches)),
    }
    if drifted.sort != "changed":
        yield Finding(
            id=_digest(estate, str(address), drifted.sort),
            sort=drifted.sort,
            severity=severity_of(drifted, None, None, watching.severity),
            where=places.get((address, ""), ""),
            **told,
        )
    there = facts.observed.get(address)
    scheduled = {one.field for one in there.pending} if there is not None else set()
    for change in drifted.fields:
        live, rights = plain(change.before), behind.rights(drifted, change)
        yield Finding(
            id=_digest(estate, str(address), change.field, live),
            field=change.field,
            sort="changed",
            severity=severity_of(drifted, change, rights, watching.severity),
            spec=plain(change.after),
            live=live,
            both=change.moved == "both",
            pending=change.field in scheduled,
            gained=rights.gains if rights else (),
            lost=rights.loses if rights else (),
            where=places.get((address, change.field), ""),
            **told,
        )


def still_named(finding: Finding, desired: Mapping[Address, Resource]) -> bool:
    """Say whether the spec still says something of what a finding is about."""
    resource = desired.get(Address.parse(finding.address))
    if resource is None:
        return False
    return finding.field in {"", PASSWORDS, *resource.model_fields_set}


def still_live(finding: Finding, facts: Facts) -> bool:
    """Say whether live has the very value that was found."""
    address = Address.parse(finding.address)
    live = facts.observed.get(address)
    if live is None or not finding.field:
        return False
    if finding.field == PASSWORDS:
        return bool(live.effective.marks.get("secret") == finding.live)
    value = getattr(live.effective, finding.field, None)
    if finding.field == "tags":
        listed = facts.desired[address].tags if address in facts.desired else None
        value = {key: text for key, text in (value or {}).items() if key in (listed or {})} or None
    return bool(plain(value) == finding.live)


def owner_of(address: Address, reaches: Iterable[Address], facts: Facts, tag: str) -> str:
    """Give the owner by its tag, or the one owner of everything that it reaches."""
    own = _tag(address, facts, tag)
    if own:
        return own
    reached = {owner for one in reaches if (owner := _tag(one, facts, tag))}
    return reached.pop() if len(reached) == 1 else NOBODY


def _tag(address: Address, facts: Facts, tag: str) -> str:
    """Give the tag as the spec wishes it, else as live has it: a drifted tag moves no owner."""
    live = facts.observed.get(address)
    for resource in (facts.desired.get(address), live.resource if live else None):
        held = (resource.tags or {}) if resource is not None else {}
        if held.get(tag):
            return held[tag]
    return NOBODY


def plain(value: Any) -> Any:
    """Give a value as JSON; sets in order."""
    match value:
        case BaseModel():
            return value.model_dump(exclude_none=True, mode="json")
        case Mapping():
            return {str(key): plain(one) for key, one in sorted(value.items())}
        case set() | frozenset():
            return sorted(map(plain, value), key=str)
        case tuple() | list():
            return [plain(one) for one in value]
        case str() | bool() | int() | float() | None:
            return value
        case _:
            return str(value)


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]
