"""Users (ElastiCache guide, role-based access control; API reference, CreateUser)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import AuthenticationMode, User
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.shape import did_you_mean

ENGINES = ("redis", "valkey")
_PASSWORDS_AT_MOST = 2


def users(draft: Draft) -> Iterator[Problem]:
    """Judge each user by itself."""
    for wish, user in draft.of(User):
        yield from _engine(wish, user)
        if user.authentication_mode is not None:
            yield from _authentication(wish, user, user.authentication_mode)
        yield from _expected(wish, user)


def _engine(wish: Wish, user: User) -> Iterator[Problem]:
    if user.engine is not None and user.engine not in ENGINES:
        yield wish.problem(
            f'"{user.engine}" is no engine of users{did_you_mean(user.engine, ENGINES)}', "engine"
        )


def _authentication(wish: Wish, user: User, mode: AuthenticationMode) -> Iterator[Problem]:
    path = ("authentication_mode", "type")
    if mode.type == "iam" and (user.user_name or user.id).lower() != user.id:
        where = ("user_name",) if wish.entry.given("user_name") else path
        message = f"a user who logs in by IAM is named as its id: {user.id}, not {user.user_name}"
        yield wish.problem(message, *where)
    if mode.type == "no-password-required" and user.engine == "valkey":
        yield wish.problem(
            "a valkey user has a password or IAM; engine: redis may go without, "
            "in a group of engine redis that valkey caches take as well",
            *path,
        )
    yield from _passwords(wish, mode)
    if user.rotated_by is not None:
        stores = {ref.store for ref in mode.passwords or ()}
        if mode.type != "password" or stores != {user.rotated_by}:
            yield wish.problem(
                f"this needs type: password and references to {user.rotated_by}", "rotated_by"
            )


def _passwords(wish: Wish, mode: AuthenticationMode) -> Iterator[Problem]:
    path = ("authentication_mode", "passwords")
    passwords = mode.passwords or ()
    if mode.type != "password":
        if mode.passwords is not None:
            message = f"type {mode.type} has no passwords; remove them, or write type: password"
            yield wish.problem(message, *path, key=True)
    elif not passwords:
        message = "type password needs one or two references, such as {secretsmanager: id, key: k}"
        yield wish.problem(message, *path)
    elif len(passwords) > _PASSWORDS_AT_MOST:
        yield wish.problem(f"{len(passwords)} passwords; the service takes one or two", *path)
    elif len(set(passwords)) < len(passwords):
        yield wish.problem("the same reference twice; one is enough", *path, 1)


def _expected(wish: Wish, user: User) -> Iterator[Problem]:
    if user.expect is None:
        return
    for name, commands in (("can", user.expect.can), ("cannot", user.expect.cannot)):
        for index, command in enumerate(commands):
            if not command.split():
                message = "an empty command; write one as you would type it: SET orders:1 x"
                yield wish.problem(message, "expect", name, index)
            elif name == "cannot" and command in user.expect.can:
                yield wish.problem(
                    "this stands under can as well; keep one of the two", "expect", name, index
                )
