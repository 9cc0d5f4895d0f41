"""User groups: which users may open a connection; the noun stands in model.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kind import Facts, Impact, Kind, Live, Next, Pending, Step, Unreachable
from reconciler.kind.reach import caches_of
from reconciler.model import Address, ReplicationGroup, ServerlessCache, User, UserGroup
from reconciler.ports import Call, Reader


class UserGroups(Kind[UserGroup]):
    """Groups of users that a cache can be given."""

    model = UserGroup
    section = "user_groups"
    arn_type = "usergroup"
    retry_faults = frozenset({"InvalidUserGroupState"})
    already_faults = frozenset({"UserGroupAlreadyExists"})
    gone_faults = frozenset({"UserGroupNotFound"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[UserGroup]]:  # noqa: ARG002 - no details
        """Read all groups; a membership that is under way stands in ``pending``."""
        for found in reader.pages("elasticache", "describe_user_groups", "UserGroups"):
            group = UserGroup(
                id=found["UserGroupId"],
                engine=found["Engine"],
                user_ids=tuple(found.get("UserIds", ())),
            )
            caches = [
                Address(ReplicationGroup.kind, one) for one in found.get("ReplicationGroups", ())
            ]
            caches += [
                Address(ServerlessCache.kind, one) for one in found.get("ServerlessCaches", ())
            ]
            yield Live(
                group,
                arn=found["ARN"],
                status=found["Status"].lower(),
                at_rest=found["Status"].lower() == "active",
                pending=_pending(group, found.get("PendingChanges", {})),
                reaches=tuple(sorted(caches)),
                engine_version=found.get("MinimumEngineVersion", ""),
            )

    def fold(self, field_name: str, wished: Any, before: UserGroup, facts: Facts) -> Any:  # noqa: ARG002
        """Fold nothing: ids are in lower case and sorted on both sides already."""
        return wished

    def reset(self, field_name: str, before: UserGroup | None) -> Any:
        """Give an empty membership; the engine has no default."""
        if field_name == "user_ids":
            return ()
        return getattr(before, field_name, None)

    def next_step(self, before: UserGroup | None, after: UserGroup | None, facts: Facts) -> Next:
        """Create in one call; who joins and who leaves go in one call; delete what no cache has."""
        match before, after:
            case None, UserGroup():
                return _create(after, facts)
            case UserGroup(), UserGroup():
                return _change(before, after, facts)
            case UserGroup(), None:
                call = Call("elasticache", "delete_user_group", {"UserGroupId": before.id})
                return Step(call, leaves=None)
            case _:
                return None

    def waits_for(
        self, after: UserGroup, before: UserGroup | None, facts: Facts
    ) -> frozenset[Address]:
        """Give the caches that must run valkey before a group of redis may become one of valkey."""
        if before is None or before.engine == after.engine or after.engine != "valkey":
            return frozenset()
        return frozenset(
            cache
            for cache in caches_of(after.address, facts)
            if _engine(facts.observed, cache) == "redis"
            and _engine(facts.desired, cache) == "valkey"
        )

    def ripples_to(self, resource: UserGroup, facts: Facts) -> frozenset[Address]:
        """Give the caches that the group is attached to, and the users whose membership moves."""
        return caches_of(resource.address, facts)


def _engine(some: Mapping[Address, Any], cache: Address) -> str | None:
    found = some.get(cache)
    return getattr(getattr(found, "resource", found), "engine", None)


def _is_off(ident: str, facts: Facts) -> bool:
    """Say whether nobody logs in as this user now: who is switched off can't be cut off."""
    live = facts.observed.get(Address(User.kind, ident))
    return live is not None and isinstance(live.resource, User) and live.resource.is_off


def _pending(group: UserGroup, changes: Mapping[str, Any]) -> tuple[Pending, ...]:
    joining = {one.lower() for one in changes.get("UserIdsToAdd", ())}
    leaving = {one.lower() for one in changes.get("UserIdsToRemove", ())}
    if not joining and not leaving:
        return ()
    members = (set(group.user_ids or ()) | joining) - leaving
    return (Pending("user_ids", tuple(sorted(members))),)


def _create(after: UserGroup, facts: Facts) -> Next:
    if after.engine is None:
        return Unreachable("a user group can't be created without engine", "write it in the spec")
    params: dict[str, Any] = {
        "UserGroupId": after.id,
        "Engine": after.engine,
        "Tags": facts.tags(after),
    }
    # The API takes no empty list; a group of valkey may start without users.
    if after.user_ids:
        params["UserIds"] = list(after.user_ids)
    return Step(
        Call("elasticache", "create_user_group", params),
        leaves=after.but(user_ids=after.user_ids or ()),
        changes=("engine", "user_ids"),
    )


def _change(before: UserGroup, after: UserGroup, facts: Facts) -> Next:
    held, wished = set(before.user_ids or ()), set(after.user_ids or ())
    joining, leaving = sorted(wished - held), sorted(held - wished)
    params: dict[str, Any] = {}
    # One call for both: a default user is swapped by adding the new and removing the old together.
    if joining:
        params["UserIdsToAdd"] = joining
    if leaving:
        params["UserIdsToRemove"] = leaving
    changes = ["user_ids"] if params else []
    if before.engine != after.engine:
        params["Engine"] = after.engine
        changes.append("engine")
    if not params:
        return None
    losing = [one for one in leaving if not _is_off(one, facts)]
    felt = bool(losing and caches_of(before.address, facts))
    text = f"drops open connections of {', '.join(losing)}" if felt else "nobody cut off"
    return Step(
        Call("elasticache", "modify_user_group", {"UserGroupId": before.id, **params}),
        leaves=after.but(tags=before.tags, marks=before.marks),
        changes=tuple(changes),
        impact=Impact.DROPPED_USERS if felt else Impact.NONE,
        impact_text=text,
    )
