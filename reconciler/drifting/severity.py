"""How serious a drift is: rules, the spec's own first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from reconciler.drifting.drift import Drifted
from reconciler.model import SeverityRule
from reconciler.plan import FieldChange
from reconciler.rights import RightsChange

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
"""Worst first."""

_RIGHTS = frozenset({"access_string", "user_ids", "user_group_ids", "user_group_id"})
_LOGIN = frozenset({"authentication_mode", "passwords", "auth_token"})
_TLS: Mapping[str, tuple[Any, ...]] = {
    "transit_encryption_enabled": (False, None),
    "transit_encryption_mode": ("preferred", None),
}
"""What live shows where traffic may be plaintext."""
_STANDING_BY = frozenset({"automatic_failover_enabled", "multi_az_enabled"})
_PAPER = frozenset(
    {
        "tags",
        "description",
        "replication_group_description",
        "cache_subnet_group_description",
        "cache_parameter_group_description",
        "preferred_maintenance_window",
        "snapshot_window",
        "daily_snapshot_time",
        "notification_topic_arn",
        "auto_minor_version_upgrade",
    }
)


def severity_of(
    drifted: Drifted,
    change: FieldChange | None,
    rights: RightsChange | None,
    rules: Iterable[SeverityRule] = (),
) -> Severity:
    """Say how serious one field's drift is, or (``change`` None) that of the whole resource.

    ``rights`` is what that edit gave and took.
    """
    field = change.field if change else ""
    for rule in rules:
        if fnmatchcase(str(drifted.address), rule.address) and fnmatchcase(field, rule.field):
            return rule.severity
    return _of_field(change, rights) if change else _of_resource(drifted)


def _of_resource(drifted: Drifted) -> Severity:
    return "high" if drifted.sort == "missing" else "medium"


def _of_field(change: FieldChange, rights: RightsChange | None) -> Severity:
    name = change.field
    if name in _PAPER:
        return "low"
    if name in _LOGIN:
        return "high"
    if name in _RIGHTS:
        return "high" if _widened(change, rights) else "medium"
    if name in _TLS and change.before in _TLS[name]:
        return "high"
    if name in _STANDING_BY and not change.before:
        return "high"
    if name == "security_group_ids" and set(change.before or ()) - set(change.after or ()):
        return "high"
    return "medium"


def _widened(change: FieldChange, rights: RightsChange | None) -> bool:
    """Say whether somebody gained.

    Attached to no cache nobody gains yet; the groups a cache let in are judged by their names.
    """
    if rights is not None:
        return rights.widens
    match change.before, change.after:
        case tuple() as live, tuple() | None as wished:
            return bool(set(live) - set(wished or ()))
        case _:
            # Which rights differ can't be told: that counts as widening.
            return True
