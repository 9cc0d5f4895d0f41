"""TLS, AUTH and users: what goes with what on a cache, judged on what really stands there.

A spec may leave out what the account has, so its own rules can't see all of it (User Guide,
role-based access control, authenticating with AUTH, authenticating with IAM).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.kind.engine_version import at_least
from reconciler.model import (
    Address,
    ReplicationGroup,
    Resource,
    ServerlessCache,
    User,
    UserGroup,
)
from reconciler.preflight.outlook import Finding, Outlook, Verdict

_IAM_FROM = {"redis": "7.0", "valkey": "7.2"}
_USERS_FROM = {"redis": "6.0", "valkey": "7.2"}


def access(outlook: Outlook) -> Iterator[Finding]:
    """Judge every group and cache that the plan changes or reaches."""
    touched: dict[Address, Address] = {}
    for planned in outlook.plan.changes:
        if planned.steps:
            touched[planned.address] = planned.address
            for one in planned.reaches:
                touched.setdefault(one, planned.address)
    for address, why in sorted(touched.items()):
        found = outlook.will_be(address)
        about = f"{address}: " if address != why else ""
        for text in _judged(outlook, found):
            yield Finding(why, Verdict.REFUSED, f"{about}{text}")
        if isinstance(found, UserGroup) and (text := _doubt(outlook, found)):
            yield Finding(why, Verdict.UNKNOWN, f"{about}{text}")


def _judged(outlook: Outlook, found: Resource | None) -> Iterator[str]:
    match found:
        case UserGroup():
            yield from _group(found, _members(outlook, found))
        case ReplicationGroup() | ServerlessCache():
            for group in _groups(outlook, found):
                yield from _attached(found, group, _members(outlook, group))
            if isinstance(found, ReplicationGroup):
                yield from _transport(found)
        case _:
            pass


def _transport(cache: ReplicationGroup) -> Iterator[str]:
    # Only a cache that stands says so; at create the spec's own rules know the default.
    if cache.transit_encryption_enabled is not False:
        return
    if cache.user_group_ids or cache.auth_token is not None:
        what = "a user group" if cache.user_group_ids else "an AUTH token"
        yield f"{what} needs TLS, and it is off: transit_encryption_enabled: true"


def _attached(
    cache: ReplicationGroup | ServerlessCache, group: UserGroup, members: Iterable[User]
) -> Iterator[str]:
    engine = cache.engine or ""
    if engine == "redis" and group.engine == "valkey":
        yield f"a cache of redis takes no user group of valkey ({group.id})"
    version = cache.engine_version if isinstance(cache, ReplicationGroup) else None
    if not version:
        return
    if engine in _USERS_FROM and not at_least(version, _USERS_FROM[engine]):
        yield f"user groups need {engine} {_USERS_FROM[engine]} or later; it runs {version}"
    elif engine in _IAM_FROM and not at_least(version, _IAM_FROM[engine]):
        named = sorted(one.id for one in members if _sort(one) == "iam")
        if named:
            yield (
                f"{', '.join(named)} of {group.id} would log in by IAM, which needs {engine} "
                f"{_IAM_FROM[engine]} or later; it runs {version}"
            )


def _group(group: UserGroup, members: list[User]) -> Iterator[str]:
    counted = Counter(one.user_name or one.id for one in members)
    for name in sorted(name for name, count in counted.items() if count > 1):
        both = " and ".join(sorted(one.id for one in members if (one.user_name or one.id) == name))
        yield f'{both} both log in as "{name}"; a group has each user name once'
    all_known = len(members) == len(group.user_ids or ())
    if group.engine == "redis" and all_known and "default" not in counted:
        yield "a group of redis needs a user whose user_name is default"
    if group.engine == "valkey":
        bare = sorted(one.id for one in members if _sort(one) == "no-password-required")
        if bare:
            yield f"a group of valkey takes no user without a password: {', '.join(bare)}"


def _doubt(outlook: Outlook, group: UserGroup) -> str:
    """Say what published sources disagree about: an official validator refuses, others do not."""
    if group.engine != "redis":
        return ""
    of_valkey = sorted(one.id for one in _members(outlook, group) if one.engine == "valkey")
    several = ", ".join(of_valkey)
    return f"whether a group of redis takes users of valkey ({several})" if several else ""


def _sort(user: User) -> str:
    return user.authentication_mode.type if user.authentication_mode is not None else ""


def _groups(outlook: Outlook, cache: Resource) -> Iterator[UserGroup]:
    idents = getattr(cache, "user_group_ids", None) or (getattr(cache, "user_group_id", None),)
    for ident in idents:
        found = outlook.will_be(Address(UserGroup.kind, ident)) if ident else None
        if isinstance(found, UserGroup):
            yield found


def _members(outlook: Outlook, group: UserGroup) -> list[User]:
    found = (outlook.will_be(Address(User.kind, one)) for one in group.user_ids or ())
    return [one for one in found if isinstance(one, User)]
