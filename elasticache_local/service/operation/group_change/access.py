"""Who gets in: AUTH tokens and their strategies, the user group, and the ways between them."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.group_change.aim import aim
from elasticache_local.service.operation.group_change.engine import version_of
from elasticache_local.service.operation.group_request import check_rbac_tls
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.rule.membership import find_group_for_cache
from elasticache_local.service.rule.password import token_hash
from elasticache_local.service.turn import Params, Turn

NEEDS_DELETE = (
    "User group can't be associated with auth token enabled. Pass AuthStrategy delete to proceed."
)
NEEDS_REMOVAL = (
    "Auth tokens can't be enabled with a user group already associated. "
    "Pass RemoveUserGroups to proceed."
)
_NO_TOKENS = {"hashes": [], "open": False, "word": ""}


def access_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give changes of tokens and user group; each way from one to the other is one call."""
    strategy, token = params.get("AuthTokenUpdateStrategy"), params.get("AuthToken")
    changes = _user_group_changes(turn, group, params)
    attached = changes.get("user_group", aim(group, "user_group", group.user_group))
    if strategy == "DELETE":
        _check_delete(group, params)
        return {**changes, "tokens": dict(_NO_TOKENS)}
    if strategy and not token:
        raise bad_combination(f"AuthTokenUpdateStrategy {strategy} needs AuthToken.")
    if group.token_hashes and changes.get("user_group"):
        raise bad_combination(NEEDS_DELETE)
    if not token:
        return changes
    hashed = token_hash(token)
    if attached:
        raise bad_combination(NEEDS_REMOVAL)
    if aim(group, "tls", group.tls) != "required":
        raise bad_combination(
            "The AUTH token is only supported when encryption-in-transit is enabled"
        )
    if not params.get("ApplyImmediately"):
        raise bad_combination("Auth token modification needs ApplyImmediately.")
    if group.user_group:
        if strategy != "SET":
            raise bad_combination(
                "AuthTokenUpdateStrategy must be SET to go from a user group to an AUTH token."
            )
        return {**changes, "tokens": {"hashes": [hashed], "open": False, "word": "SETTING"}}
    return {**changes, "tokens": _rotated(turn, group, hashed, strategy or "ROTATE")}


def _rotated(turn: Turn, group: ReplicationGroup, hashed: str, strategy: str) -> dict[str, Any]:
    if strategy == "SET":
        if turn.switches.set_needs_rotate and hashed not in group.token_hashes:
            raise bad_combination(
                "AuthTokenUpdateStrategy SET needs the token of a preceding ROTATE."
            )
        return {"hashes": [hashed], "open": False, "word": "SETTING"}
    kept = list(group.token_hashes)
    if kept and kept[-1] == hashed and turn.switches.rotate_deduplicates:
        kept.pop()
    # At most two: the oldest goes.
    is_open = group.token_open or not kept
    return {"hashes": [*kept, hashed][-2:], "open": is_open, "word": "ROTATING"}


def _check_delete(group: ReplicationGroup, params: Params) -> None:
    if params.get("AuthToken"):
        raise bad_combination("AuthToken can't be used with AuthTokenUpdateStrategy DELETE.")
    if not params.get("UserGroupIdsToAdd"):
        raise bad_value("Auth token update strategy delete is not supported currently")
    if not group.token_hashes:
        raise bad_combination("There is no AUTH token to delete.")


def _user_group_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    adds = [each.lower() for each in params.get("UserGroupIdsToAdd") or ()]
    removes = [each.lower() for each in params.get("UserGroupIdsToRemove") or ()]
    everything = bool(params.get("RemoveUserGroups"))
    here = aim(group, "user_group", group.user_group)
    if not adds and not removes and not everything:
        return {}
    if everything and (adds or removes):
        raise bad_combination(
            "RemoveUserGroups can't be used with UserGroupIdsToAdd or UserGroupIdsToRemove."
        )
    if everything:
        return {"user_group": None} if here else {}
    for each in removes:
        if each != here:
            raise bad_value(f"User group {each} is not associated with {group.id}.")
    if here in adds:
        raise bad_value(f"User group {here} is already associated with {group.id}.")
    if len(adds) > 1 or (adds and here and not removes):
        raise bad_combination("Only one user group can be associated with a replication group.")
    if not adds:
        if not turn.switches.remove_only_group_without_flag:
            raise bad_combination("Pass RemoveUserGroups to remove the only user group.")
        return {"user_group": None}
    version = version_of(group)
    if version.number < (6, 0):
        raise bad_combination("User groups need engine version 6.0 or later.")
    check_rbac_tls(aim(group, "tls", group.tls))
    found = find_group_for_cache(turn.region, adds[0], version.engine, version.full)
    return {"user_group": found.id}
