"""Encryption in transit: off -> preferred -> required, and not back."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.group_change.aim import aim
from elasticache_local.service.operation.group_change.engine import version_of
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination
from elasticache_local.service.turn import Params, Turn


def transit_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give a change of TLS, one step at a time."""
    enabled, mode = params.get("TransitEncryptionEnabled"), params.get("TransitEncryptionMode")
    if enabled is None and mode is None:
        return {}
    if group.user_group or aim(group, "user_group", group.user_group):
        raise bad_combination(
            "Modification of transit encryption is not supported for access control enabled "
            "clusters."
        )
    here = aim(group, "tls", group.tls)
    there = _asked(here, enabled=enabled, mode=mode)
    if there == here:
        return {}
    if not turn.switches.tls_may_go_back:
        if there == "off":
            raise bad_combination("Disabling encryption in transit is not supported.")
        if (here, there) == ("required", "preferred"):
            raise bad_combination(
                "Changing the transit encryption mode from required to preferred is not supported."
            )
    if (group.tls, there) == ("off", "required"):
        raise bad_combination(
            "Encryption in transit must be enabled with transit encryption mode preferred first."
        )
    if version_of(group).number < (7, 0, 5):
        raise bad_combination(
            "Modification of transit encryption needs engine version 7.0.5 or later."
        )
    return {"tls": there}


def _asked(here: str, *, enabled: bool | None, mode: str | None) -> str:
    if enabled is False:
        if mode:
            raise bad_combination("TransitEncryptionMode needs TransitEncryptionEnabled.")
        return "off"
    if here == "off" and not enabled:
        raise bad_combination(
            "TransitEncryptionEnabled must be true to set a transit encryption mode."
        )
    if mode is None:
        return "required" if here == "off" else here
    return mode
