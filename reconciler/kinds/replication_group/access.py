"""Who may log in: an AUTH token, a user group, or anybody; and the ways between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.kind import Facts, Impact, Next, Unreachable, Wait
from reconciler.kind.overlap import is_retired, is_under_way, pinned, short
from reconciler.kinds.replication_group.describe import HELD
from reconciler.kinds.replication_group.move import Move
from reconciler.model import Address, ReplicationGroup, SecretRef, User, UserGroup

ROTATED = "rotated"


def login(move: Move) -> Next:
    """Change between token, user group and nothing as the service lets one."""
    if token_stands(move) and not move.differs("user_group_ids"):
        return None
    before, after = move.before, move.after
    wanted = after.auth_token is not None or after.user_group_ids
    if wanted and before.transit_encryption_mode != "required":
        return Wait("TLS is required")
    if after.auth_token is not None:
        return _token(move)
    return _from_token(move) if before.auth_token is not None else _groups(move)


def token_stands(move: Move) -> bool:
    """Say whether the token is as wished: none, the one that is held, or of the wished version."""
    before, after = move.before, move.after
    if after.auth_token is None or after.auth_token == HELD:
        return before.auth_token == after.auth_token
    return before.auth_token is not None and before.marks.get("auth") == after.marks.get("auth")


def is_rotating(group: ReplicationGroup, facts: Facts) -> bool:
    """Say whether a rotation stands half way: our intent names a token that is still pending."""
    desired = facts.desired.get(group.address)
    ref = desired.auth_token if isinstance(desired, ReplicationGroup) else None
    new, slash, rest = group.marks.get("auth", "").partition("/")
    if ref is None or not slash or group.auth_token is None:
        return False
    want = [facts.secret_versions[ref]] if ref in facts.secret_versions else []
    return is_under_way((new, rest.partition("/")[0]), want, [ref], facts)


def _token(move: Move) -> Next:
    before, after = move.before, move.after
    version = after.marks.get("auth", "")
    token = None if after.auth_token is None else pinned(after.auth_token, move.facts)
    if before.user_group_ids:
        users = _users(move, before.user_group_ids)
        return move.modify(
            {"RemoveUserGroups": True, "AuthToken": token, "AuthTokenUpdateStrategy": "SET"},
            {"user_group_ids": (), "auth_token": HELD, "auth_token_held": ""},
            impact=Impact.DROPPED_USERS,
            text=f"CUTS OFF {_named(users)}; clients need the token",
            gate="auth-finish",
            gate_text="every client must be ready to use the token: users end in this call",
            intent={"auth": version},
        )
    if _rotated(before.marks.get("auth", ""), version, before.auth_token_held):
        return _finish(move, token, version)
    held = before.auth_token is not None
    old = _newest(before.marks.get("auth", ""), before.auth_token_held) if held else ""
    said: dict[str, Any] = {
        "text": "nobody cut off: "
        + ("both tokens work" if held else "clients without one still work")
    }
    # There are two at most, and one more takes the place of the oldest (user guide, AUTH).
    if (oldest := _oldest(before.marks.get("auth", ""), before.auth_token_held)) not in (
        "",
        version,
    ):
        said = {
            "impact": Impact.DROPPED_USERS,
            "text": f"the token of version {short(oldest)} no longer logs in",
            "gate": "auth-finish",
            "gate_text": "a rotation is not finished: every client must have left its first token",
        }
    return move.modify(
        {"AuthToken": token, "AuthTokenUpdateStrategy": "ROTATE"},
        {"auth_token": HELD, "auth_token_held": ROTATED},
        lines=(f"sets {token} beside version {short(old)}",) if old else (),
        # Describe can't show which token was rotated in: written before the call, with the moment
        # of the last change, so that a run that dies on either side of it knows.
        intent={"auth": f"{version}/{old}/{before.auth_token_held or ''}"},
        **said,
    )


def _finish(move: Move, token: SecretRef | None, version: str) -> Next:
    marks, moment = move.before.marks, move.before.auth_token_held
    old = marks.get("auth", "").split("/")[1]
    said: dict[str, Any] = {
        "impact": Impact.DROPPED_USERS,
        "text": "the old token, or no token, no longer logs in; open connections stay",
        "gate": "auth-finish",
        "gate_text": "every client must use the new token first",
    }
    if is_retired(marks, old, moment):
        # Made already, by a run that died before it could record it.
        said = {"text": "nobody cut off: it is the only one by now, and is recorded so"}
    elif old:
        said["intent"] = {"retired": f"{old}@{moment or ''}"}
    return move.modify(
        {"AuthToken": token, "AuthTokenUpdateStrategy": "SET"},
        {"auth_token": HELD},
        record={"auth": version, **({"retired": old} if old else {})},
        **said,
    )


def _newest(mark: str, held: str | None) -> str:
    """Give the version of the token that was set last: of an intent only if its call was made."""
    new, slash, rest = mark.partition("/")
    old, _, then = rest.partition("/")
    return old if slash and held in (None, then) else new


def _oldest(mark: str, held: str | None) -> str:
    """Give the version of the first of two tokens, where a rotation was made and not finished."""
    _, slash, rest = mark.partition("/")
    old, _, then = rest.partition("/")
    return old if slash and held not in (None, then, ROTATED) else ""


def _rotated(mark: str, version: str, held: str | None) -> bool:
    """Say whether this version was rotated in: the intent names it, and the moment has moved."""
    new, slash, rest = mark.partition("/")
    return bool(slash) and new == version and held is not None and held != rest.partition("/")[2]


def _from_token(move: Move) -> Next:
    after = move.after
    if not after.user_group_ids:
        return Unreachable(
            "AUTH can't be taken off directly: no call does it",
            "attach a user group (user_group_ids), then take that off",
            fields=("auth_token", "user_group_ids"),
        )
    if stop := _engine_first(move):
        return stop
    return move.modify(
        {"AuthTokenUpdateStrategy": "DELETE", "UserGroupIdsToAdd": list(after.user_group_ids)},
        {"auth_token": None, "auth_token_held": None, "user_group_ids": after.user_group_ids},
        impact=Impact.DROPPED_USERS,
        text="CUTS OFF clients that use the token; they log in as users from now on",
        gate="auth-finish",
        gate_text="every client must be ready to log in as a user: the token ends in this call",
    )


def _groups(move: Move) -> Next:
    held, wished = set(move.before.user_group_ids or ()), set(move.after.user_group_ids or ())
    leaves = {"user_group_ids": tuple(sorted(wished))}
    losing = sorted(_users(move, held) - _users(move, wished))
    if not wished:
        text = "anybody in its network may log in afterwards, without a password"
        # Measured on valkey 8.1: who logs in by a name that is none any more is refused.
        cut = {"impact": Impact.DROPPED_USERS} if losing else {}
        text = f"CUTS OFF {_named(losing)}; {text}" if losing else text
        return move.modify({"RemoveUserGroups": True}, leaves, text=text, **cut)
    if stop := _engine_first(move):
        return stop
    params = {}
    if joining := sorted(wished - held):
        params["UserGroupIdsToAdd"] = joining
    if leaving := sorted(held - wished):
        params["UserGroupIdsToRemove"] = leaving
    if not held:
        return move.modify(
            params,
            leaves,
            impact=Impact.DROPPED_USERS,
            text="CUTS OFF clients that don't log in",
            gate="auth-finish",
            gate_text="every client must log in as a user first: until here nobody had to",
        )
    if not losing:
        return move.modify(params, leaves)
    # Whoever loses a way in here loses it because the spec says so: nobody has to act first.
    text = f"CUTS OFF {_named(losing)}"
    return move.modify(params, leaves, impact=Impact.DROPPED_USERS, text=text)


def _engine_first(move: Move) -> Wait | Unreachable | None:
    """Redis takes only groups of redis; where valkey is on its way it is waited for."""
    groups = [_group(move, one) for one in move.after.user_group_ids or ()]
    if not any(group is not None and group.engine == "valkey" for group in groups):
        return None
    if move.before.engine == "valkey" and "engine" not in move.before.scheduled:
        return None
    if move.after.engine == "valkey":
        return Wait(f"valkey runs ({move.window})")
    return Unreachable(
        "a cache of redis takes no user group of valkey",
        "attach a group of redis, or write engine: valkey with its engine_version",
        fields=("user_group_ids",),
    )


def _group(move: Move, ident: str) -> UserGroup | None:
    address = Address(UserGroup.kind, ident)
    live = move.facts.observed.get(address)
    found = move.facts.desired.get(address) or (live.resource if live is not None else None)
    return found if isinstance(found, UserGroup) else None


def _users(move: Move, groups: Iterable[str]) -> set[str]:
    found = (_group(move, one) for one in groups)
    members = {user for group in found if group is not None for user in group.user_ids or ()}
    return {one for one in members if not _is_off(move, one)}


def _is_off(move: Move, ident: str) -> bool:
    """Say whether nobody logs in as this user now: who is switched off can't be cut off."""
    live = move.facts.observed.get(Address(User.kind, ident))
    return live is not None and isinstance(live.resource, User) and live.resource.is_off


def _named(users: Iterable[str]) -> str:
    return ", ".join(sorted(users)) or "all users"
