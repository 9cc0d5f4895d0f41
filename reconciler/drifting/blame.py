"""Who changed something, and when, from the records of the calls that can have done it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.drifting.finding import Finding
from reconciler.drifting.history import By
from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import Address
from reconciler.policy import ACTS

Events = Callable[[str], Sequence[Mapping[str, Any]]]
"""The name of a call -> CloudTrail's records of it, newest first."""

_TAGGING = ("AddTagsToResource", "RemoveTagsFromResource")


def blamed(findings: Iterable[Finding], events: Events) -> tuple[dict[str, By], tuple[str, ...]]:
    """Give who did it by finding id, and notes on what can't be told.

    Whatever goes wrong is a note: who did it is a help, not the finding.
    """
    found: dict[str, By] = {}
    try:
        for one in findings:
            if (latest := _latest(one, events)) is not None:
                found[one.id] = by_of(latest)
    except (AwsError, CouldNotLook) as error:
        return found, (f"who changed it can't be told: {error}",)
    return found, ()


def _latest(finding: Finding, events: Events) -> Mapping[str, Any] | None:
    address = Address.parse(finding.address)
    about = [
        event
        for call in calls_of(address.kind, finding)
        for event in events(call)
        if is_about(event, address)
    ]
    # A later call that says nothing of this field did not change it.
    naming = [event for event in about if _names(event, finding.field)]
    return max(naming or about, key=lambda one: str(one.get("eventTime", "")), default=None)


def _names(event: Mapping[str, Any], field: str) -> bool:
    plain = field.replace("_", "").lower()
    asked = event.get("requestParameters") or {}
    return bool(plain) and any(str(name).lower().startswith(plain) for name in asked)


def calls_of(kind: str, finding: Finding) -> tuple[str, ...]:
    """Name the calls that can have led to a finding."""
    acts = ACTS.get(kind)
    if finding.field == "tags" or finding.sort == "not ours":
        if acts is None or acts.tags == _TAGGING[0]:
            return _TAGGING
        return (acts.tags, acts.tags.replace("Tag", "Untag", 1))
    if acts is None:
        return ()
    if finding.sort == "missing":
        return (acts.creates.replace("Create", "Delete", 1),)
    return acts.changes


def is_about(event: Mapping[str, Any], address: Address) -> bool:
    """Say whether a call that was accepted names this id, or the ARN of this very kind and id."""
    asked = event.get("requestParameters") or {}
    acts = ACTS.get(address.kind)
    end = f":{acts.reads[0][1]}:{address.id}" if acts else f":{address.id}"
    return not event.get("errorCode") and any(
        value.lower() == address.id or (value.startswith("arn:") and value.lower().endswith(end))
        for value in asked.values()
        if isinstance(value, str)
    )


def by_of(event: Mapping[str, Any]) -> By:
    """Give who sent it, when, and with which call."""
    who = event.get("userIdentity") or {}
    arn = str(who.get("arn") or who.get("invokedBy") or who.get("type") or "somebody")
    at = datetime.fromisoformat(str(event["eventTime"]))
    return By(who=arn.rsplit(":", 1)[-1], at=at, call=str(event.get("eventName", "")))
