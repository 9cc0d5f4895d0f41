"""Who may be in which user group, and which group may be on which cache."""

from __future__ import annotations

from collections.abc import Iterable

from elasticache_local.service.record import User, UserGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.state import Region
from elasticache_local.switch import Switches


def check_members(
    region: Region, engine: str, user_ids: Iterable[str], switches: Switches
) -> list[User]:
    """Give the users of a group as it would be, or refuse it."""
    users: list[User] = []
    for user_id in user_ids:
        user = region.users.get(user_id)
        if user is None or user.status == "deleting":
            raise refusal("UserNotFound", f"User {user_id} not found.")
        users.append(user)
    check_names_differ(users)
    for user in users:
        check_user_suits(engine, user.id, user.engine, user.sort, switches)
    if engine == "redis" and not any(user.name == "default" for user in users):
        raise refusal(
            "DefaultUserRequired",
            "User group needs to contain a user with the user name default.",
        )
    return users


def check_names_differ(users: Iterable[User]) -> None:
    """Refuse two users of one name."""
    seen: set[str] = set()
    for user in users:
        if user.name in seen:
            raise refusal(
                "DuplicateUserName",
                f"User group can't contain two users with the user name {user.name}.",
            )
        seen.add(user.name)


def check_user_suits(
    group_engine: str, user_id: str, engine: str, sort: str, switches: Switches
) -> None:
    """Refuse a user whose engine or authentication the group can't have."""
    if group_engine == "valkey" and sort == "no-password":
        raise bad_combination(
            f"User {user_id} has no password; a user group of engine valkey takes only users "
            "with authentication type password or iam."
        )
    if (
        group_engine == "redis"
        and engine == "valkey"
        and not switches.redis_group_takes_valkey_users
    ):
        raise bad_combination(
            f"User {user_id} is of engine valkey and can't be in a user group of engine redis."
        )


def find_group_for_cache(region: Region, group_id: str, engine: str, version: str) -> UserGroup:
    """Give the group that a cache shall have, or refuse it: missing, not active, unsuited."""
    group = region.user_groups.get(group_id.lower())
    if group is None:
        raise refusal("UserGroupNotFound", f"User group {group_id} not found.")
    if group.status != "active":
        raise refusal(
            "InvalidUserGroupState",
            f"User group {group.id} has status {group.shown}. Only active user groups can be used.",
        )
    if engine == "redis" and group.engine == "valkey":
        raise bad_combination(
            f"User group {group.id} is of engine valkey and can't be used with engine redis."
        )
    if _number(version) < _number(group.minimum_engine_version):
        raise bad_value(
            f"User group {group.id} needs engine version {group.minimum_engine_version} or later."
        )
    return group


def highest_version(region: Region, user_ids: Iterable[str]) -> str:
    """Give the engine version that all these users together need."""
    found = [region.users[user].minimum_engine_version for user in user_ids if user in region.users]
    return max(found, key=_number, default="6.0")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
