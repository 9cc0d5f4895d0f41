"""Users and parameters on an engine: only what differs from what it was told before is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from elasticache_local.channel import in_place_of_default
from elasticache_local.host import denial, resp
from elasticache_local.host.engine import Engine
from elasticache_local.want import Want, WantedUser

Rules = Mapping[str, tuple[str, ...]]
"""User name -> the words of its ACL SETUSER."""

AT_START = frozenset({"databases", "cluster-databases"})
"""Parameters that an engine takes at its start only."""
_NOT_THE_ENGINES = AT_START | {"cluster-enabled"}


def rules(want: Want, login_secret: str) -> Rules:
    """Give what every engine of this cache must know of users; ``default`` is always among them."""
    secret = "#" + hashlib.sha256(login_secret.encode()).hexdigest()
    if want.users is None:
        # Behind an AUTH token the front compares; the engine knows one password of HOST's own.
        password = "nopass" if want.open or not want.token_hashes else secret
        return {"default": ("reset", "on", password, "~*", "&*", "+@all")}
    known = {user.name: _rules_of(user, secret) for user in want.users}
    return {"default": ("reset", "off")} | known


def _rules_of(user: WantedUser, secret: str) -> tuple[str, ...]:
    match user.sort:
        case "iam":
            passwords: tuple[str, ...] = (secret,)
        case "no-password":
            passwords = ("nopass",)
        case "password":
            passwords = tuple(f"#{each}" for each in user.password_hashes)
    return ("reset", *in_place_of_default(user.access_string.split()), *passwords)


async def push_users(engine: Engine, wanted: Rules) -> list[str]:
    """Make these the engine's users; gives what it refused, in its words."""
    told = engine.told_users
    changed = [name for name, words in wanted.items() if told.get(name) != words]
    left = [name for name in told if name not in wanted]
    refused = []
    for name, reply in zip(changed, await _set(engine, changed, wanted), strict=True):
        if isinstance(reply, resp.ReplyError):
            refused.append(f"user {name}: {reply}")
        else:
            told[name] = wanted[name]
    # DELUSER also cuts the user's connections.
    leaving = [("ACL", "DELUSER", name) for name in left]
    for name, reply in zip(left, await engine.admin.ask_all(leaving), strict=True):
        if isinstance(reply, resp.ReplyError):
            refused.append(f"user {name}: {reply}")
        else:
            del told[name]
            engine.shown_users.pop(name.encode(), None)
    return refused


async def _set(engine: Engine, names: list[str], wanted: Rules) -> list[Any]:
    """Set users; gives each one's answer, a ReplyError where it was refused."""
    if not engine.recipe.cluster:
        return await engine.admin.ask_all([("ACL", "SETUSER", n, *wanted[n]) for n in names])
    if not names:
        return []
    parts = await denial.hidden_parts(engine)
    commands = [each for name in names for each in denial.setting(name, wanted[name], parts)]
    replies = zip(commands, await engine.admin.ask_all(commands), strict=True)
    answers = [answer for command, answer in replies if command == denial.EXEC]
    outcomes: list[Any] = []
    for name, answer in zip(names, answers, strict=True):
        try:
            engine.shown_users[name.encode()] = denial.outcome(answer)
            outcomes.append(None)
        except resp.ReplyError as refused:
            outcomes.append(refused)
    return outcomes


async def push_parameters(engine: Engine, wanted: Mapping[str, str]) -> list[str]:
    """Set these parameters; gives those that this engine does not take, with its words.

    A parameter that is no longer wanted goes back to what it was when the engine started.
    """
    mine = {name: value for name, value in wanted.items() if name not in _NOT_THE_ENGINES}
    left = [name for name in engine.told_parameters if name not in mine]
    target = mine | {name: engine.first_parameters[name] for name in left}
    changed = [name for name in target if engine.told_parameters.get(name) != target[name]]
    if not changed:
        return []
    await _remember_first(engine, changed)
    replies = await engine.admin.ask_all([("CONFIG", "SET", n, target[n]) for n in changed])
    refused = []
    for name, reply in zip(changed, replies, strict=True):
        if isinstance(reply, resp.ReplyError):
            refused.append(f"parameter {name}: {reply}")
        engine.told_parameters[name] = target[name]
    for name in left:
        del engine.told_parameters[name]
    return refused


async def _remember_first(engine: Engine, names: list[str]) -> None:
    unseen = [name for name in names if name not in engine.first_parameters]
    for name, reply in zip(
        unseen, await engine.admin.ask_all([("CONFIG", "GET", n) for n in unseen]), strict=True
    ):
        known = not isinstance(reply, resp.ReplyError) and len(reply) == 2
        engine.first_parameters[name] = reply[1].decode() if known else ""
