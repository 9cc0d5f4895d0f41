"""Users: who may log in, and with which rights; the noun stands in model.py."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler import acl
from reconciler.kind import Facts, Impact, Kind, Live, Next, Rewording, Step, Unreachable
from reconciler.model import Address, AuthenticationMode, User
from reconciler.ports import Call, Reader
from reconciler.reach import CACHES, closure, engines_at, engines_in_reach

# describe writes the type in other words than the input does (User API reference).
_TYPES: Mapping[str, Any] = {"no-password": "no-password-required"}
_SENT = {"access_string": "AccessString", "engine": "Engine"}


class Users(Kind[User]):
    """Users of ElastiCache's role-based access control."""

    model = User
    section = "users"
    arn_type = "user"
    retry_faults = frozenset({"InvalidUserState"})
    already_faults = frozenset({"UserAlreadyExists"})
    gone_faults = frozenset({"UserNotFound"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[User]]:  # noqa: ARG002 - no details
        """Read all users; passwords show as a count only."""
        for found in reader.pages("elasticache", "describe_users", "Users"):
            auth = found.get("Authentication", {})
            sort = auth.get("Type", "password")
            yield Live(
                User(
                    id=found["UserId"],
                    user_name=found["UserName"],
                    engine=found["Engine"],
                    access_string=found["AccessString"],
                    authentication_mode=AuthenticationMode(
                        type=_TYPES.get(sort, sort), password_count=auth.get("PasswordCount", 0)
                    ),
                ),
                arn=found["ARN"],
                status=found["Status"].lower(),
                at_rest=found["Status"].lower() == "active",
                reaches=tuple(Address("user_group", one) for one in found.get("UserGroupIds", ())),
                engine_version=found.get("MinimumEngineVersion", ""),
            )

    def fold(self, field_name: str, wished: Any, before: User, facts: Facts) -> Any:
        """Fold access strings by rights: the service rewrites them in its engine's own words."""
        if field_name == "access_string" and before.access_string is not None:
            known = before.marks.get("acl") == _pair(wished, before.access_string)
            same = known or same_rights(wished, before.access_string, before.address, facts)
            return before.access_string if same else wished
        if field_name == "authentication_mode" and before.authentication_mode is not None:
            desired = facts.desired.get(before.address)
            rotated = isinstance(desired, User) and desired.rotated_by is not None
            # Somebody else sets the passwords, and may hold two for a while.
            if rotated and wished.type == before.authentication_mode.type:
                return before.authentication_mode
        return wished

    def reset(self, field_name: str, before: User | None) -> Any:
        """Give the key as name; the service has no default for what it requires."""
        if before is None:
            return None
        return before.id if field_name == "user_name" else getattr(before, field_name)

    def canonical(self, field_name: str, value: Any) -> Any:
        """Give one text for all in which an engine may store the same rights; the way to log in.

        Of passwords describe shows a number only, so that one way is not two sides' change.
        """
        if field_name == "authentication_mode" and isinstance(value, AuthenticationMode):
            return value.type
        return _canonical(value) if field_name == "access_string" and value else value

    def marks(self, desired: User, before: User | None, facts: Facts) -> Mapping[str, str]:
        """Give the versions of the passwords that are to be set, joined."""
        refs = _passwords(desired)
        versions = [facts.secret_versions[ref] for ref in refs if ref in facts.secret_versions]
        ours = "authentication_mode" not in desired.ignore_changes or before is None
        known = refs and len(versions) == len(refs)
        return {"secret": "+".join(versions)} if known and ours else {}

    def fill(
        self,
        after: User,
        given: frozenset[str],  # noqa: ARG002 - the name follows from the key alone
        before: User | None,  # noqa: ARG002
        facts: Facts,  # noqa: ARG002
    ) -> User:
        """Name the user by its key unless a name was given."""
        return after if after.user_name else after.but(user_name=after.id)

    def next_step(self, before: User | None, after: User | None, facts: Facts) -> Next:
        """Create in one call, change in one call; a name is for ever."""
        match before, after:
            case None, User():
                return _create(after, facts)
            case User(), User():
                return _change(before, after)
            case _:
                return None

    def reworded(
        self, call: Call, answer: Mapping[str, Any], shown: User, facts: Facts
    ) -> Rewording | None:
        """Remember the pair of access strings where the service rewrites as no engine does."""
        sent, made = call.params.get("AccessString"), shown.access_string
        if not sent or made is None or answer.get("AccessString") != made:
            return None
        return Rewording({"acl": _pair(sent, made)}, _told(sent, made, shown.address, facts))

    def is_rewording(self, field_name: str, before: User) -> bool:
        """Say so of an access string whose digest stands in the tag."""
        returned = before.marks.get("acl", "").partition(".")[2]
        return field_name == "access_string" and returned == _digest(before.access_string or "")

    def waits_for(self, after: User, before: User | None, facts: Facts) -> frozenset[Address]:
        """Give the caches that must be upgraded before this access string means anything there."""
        if before is not None and before.access_string == after.access_string:
            return frozenset()
        return frozenset(
            cache
            for cache in closure(after.address, facts)
            if cache.kind in CACHES and _needs_upgrade(after.access_string or "", cache, facts)
        )

    def ripples_to(self, resource: User, facts: Facts) -> frozenset[Address]:
        """Give the groups that the user is in and their caches: all turn modifying with it."""
        return frozenset(closure(resource.address, facts))


def same_rights(one: str, other: str, user: Address, facts: Facts) -> bool:
    """Say whether two access strings allow the same on every engine in the user's reach.

    Attached nowhere: on every engine that we know from the user's minimum version up.
    """
    if one == other:
        return True
    reach = [(engine.name, engine.version) for engine in engines_in_reach(user, facts)]
    tables = acl.tables_in_reach(reach)
    live = facts.observed.get(user)
    if not reach and live is not None and live.engine_version:
        lowest = acl.table("redis", live.engine_version).number
        tables = tuple(table for table in tables if table.number >= lowest)
    # A version that knows neither of the two has nothing to say.
    known = [table for table in tables if _reads(one)(table) or _reads(other)(table)]
    if known and acl.same_rights(one, other, known):
        return True
    # Sent again, the string would come back as this text again: no call could change it.
    return acl.is_rewriting(one, other, tables)


def _pair(sent: str, returned: str) -> str:
    """Give the digests of a string that was sent and of the one that came back."""
    return f"{_digest(sent)}.{_digest(returned)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told(sent: str, made: str, user: Address, facts: Facts) -> str:
    reach = [(engine.name, engine.version) for engine in engines_in_reach(user, facts)]
    found = acl.rights_diff(sent, made, acl.tables_in_reach(reach))
    sides = (("more", found.gained_lines()), ("less", found.lost_lines()))
    allows = "".join(f" It allows {word}: {'; '.join(said)}." for word, said in sides if said)
    return (
        "the service keeps another access string than was sent, rewritten as no engine that we "
        f'know does: "{made}".{allows} It is remembered by tag, and no difference from now on'
    )


def _canonical(text: str) -> str:
    """Give the canonical text on the newest version that is known; the text itself if unread."""
    try:
        return acl.canonical(text, acl.TABLES[-1], service=False)
    except acl.AccessStringError:
        return text


def _needs_upgrade(text: str, cache: Address, facts: Facts) -> bool:
    """Say whether a cache is on its way to a version that knows this string, and not there yet."""
    live = facts.observed.get(cache)
    if live is None:
        return False
    versions = [(engine.name, engine.version) for engine in engines_at(cache, facts)]
    runs, *wished = (all(map(_reads(text), acl.tables_in_reach([one]))) for one in versions)
    return not runs and any(wished)


def _reads(text: str) -> Callable[[acl.Table], bool]:
    def reads(table: acl.Table) -> bool:
        try:
            acl.rights(text, table, service=False)
        except acl.AccessStringError:
            return False
        return True

    return reads


def _passwords(desired: User) -> tuple[Any, ...]:
    mode = desired.authentication_mode
    if mode is None or mode.type != "password" or desired.rotated_by is not None:
        return ()
    return mode.passwords or ()


def _create(after: User, facts: Facts) -> Next:
    mode = after.authentication_mode
    missing = [name for name in ("engine", "access_string") if getattr(after, name) is None]
    if mode is None or (mode.type == "password" and not mode.passwords):
        missing.append("authentication_mode with a password" if mode else "authentication_mode")
    if missing or mode is None:
        reason = f"a user can't be created without {', '.join(missing)}"
        return Unreachable(reason, "write it in the spec")
    params = {
        "UserId": after.id,
        "UserName": after.user_name,
        "Engine": after.engine,
        "AccessString": after.access_string,
        "AuthenticationMode": _mode(mode),
        "Tags": facts.tags(after),
    }
    return Step(
        Call("elasticache", "create_user", params),
        leaves=after,
        changes=("user_name", "engine", "access_string", "authentication_mode"),
    )


def _change(before: User, after: User) -> Next:
    if before.user_name != after.user_name:
        return Unreachable(
            f"user_name can't be changed ({before.user_name} -> {after.user_name})",
            "give the user a new id; both may stand, groups then name the new one",
            replace=True,
        )
    changed = [name for name in _SENT if getattr(before, name) != getattr(after, name)]
    params: dict[str, Any] = {_SENT[name]: getattr(after, name) for name in changed}
    record = {}
    if (version := after.marks.get("secret")) and version != before.marks.get("secret"):
        changed.append("passwords")
        record["secret"] = version
    if before.authentication_mode != after.authentication_mode:
        changed.append("authentication_mode")
    if record or before.authentication_mode != after.authentication_mode:
        mode = after.authentication_mode
        if mode is None or (mode.type == "password" and not mode.passwords):
            return Unreachable(
                "the passwords of a user can't be counted down without knowing which stay",
                "write authentication_mode.passwords",
            )
        params["AuthenticationMode"] = _mode(mode)
    if not params:
        return None
    return Step(
        Call("elasticache", "modify_user", {"UserId": before.id, **params}),
        leaves=after.but(tags=before.tags, marks={**before.marks, **record}),
        changes=tuple(changed),
        impact=Impact.NONE,
        impact_text=_impact_text(changed),
        record=record,
    )


def _impact_text(changed: list[str]) -> str:
    told = []
    if "access_string" in changed:
        told.append("open connections get the new rights at once")
    if "passwords" in changed or "authentication_mode" in changed:
        told.append("new logins need the new secret, open connections stay")
    return "nobody cut off" + "".join(f"; {one}" for one in told)


def _mode(mode: AuthenticationMode) -> dict[str, Any]:
    params: dict[str, Any] = {"Type": mode.type}
    if mode.passwords:
        params["Passwords"] = list(mode.passwords)
    return params
