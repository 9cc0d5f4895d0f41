"""User groups (ElastiCache guide, role-based access control; API reference, CreateUserGroup)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, User, UserGroup
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.reference import THE_ACCOUNTS_OWN
from reconciler.spec.rule.user import ENGINES
from reconciler.spec.shape import did_you_mean


def users_of(draft: Draft, group: UserGroup) -> list[User]:
    """Give the members that the spec defines and whose names could be understood."""
    found = (draft.wishes.get(Address("user", ident)) for ident in group.user_ids or ())
    nouns = (wish.resource for wish in found if wish is not None)
    return [user for user in nouns if isinstance(user, User) and user.user_name is not None]


def user_groups(draft: Draft) -> Iterator[Problem]:
    """Judge each group with its members."""
    for wish, group in draft.of(UserGroup):
        if group.engine is not None and group.engine not in ENGINES:
            message = f'"{group.engine}" is no engine of groups'
            yield wish.problem(f"{message}{did_you_mean(group.engine, ENGINES)}", "engine")
        if group.user_ids is None:
            continue
        members = users_of(draft, group)
        yield from _default(draft, wish, group, members)
        yield from _names(wish, group, members)
        yield from _passwordless(wish, group, members)


def _default(draft: Draft, wish: Wish, group: UserGroup, members: list[User]) -> Iterator[Problem]:
    own = THE_ACCOUNTS_OWN.id in (group.user_ids or ())
    all_known = len(members) == len(group.user_ids or ())
    if group.engine == "redis" and not own and all_known:
        if not any(user.user_name == "default" for user in members):
            named = (user.id for _, user in draft.of(User) if user.user_name == "default")
            some = next(named, "one with user_name: default, off")
            yield wish.problem(
                f"a redis group needs a user whose user_name is default; add {some}", "user_ids"
            )
    elif not group.user_ids:
        yield wish.problem("a group has at least one user", "user_ids")


def _names(wish: Wish, group: UserGroup, members: list[User]) -> Iterator[Problem]:
    own = THE_ACCOUNTS_OWN.id in (group.user_ids or ())
    first: dict[str, str] = {"default": "default"} if own else {}
    for user in members:
        name = user.user_name or ""
        if name in first:
            yield wish.problem(
                f'{first[name]} and {user.id} both log in as "{name}"; '
                "a group has each user_name once",
                "user_ids",
            )
        first.setdefault(name, user.id)


def _passwordless(wish: Wish, group: UserGroup, members: list[User]) -> Iterator[Problem]:
    for user in members:
        mode = user.authentication_mode
        if group.engine == "valkey" and mode and mode.type == "no-password-required":
            yield wish.problem(
                f"a valkey group takes no user without a password ({user.id}); "
                "a group of engine redis does, and valkey caches take such a group",
                "user_ids",
            )
