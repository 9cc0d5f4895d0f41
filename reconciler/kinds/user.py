"""Users: who may log in, and with which rights; the noun stands in model.py."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler import acl
from reconciler.kind import Facts, Impact, Kind, Live, Next, Rewording, Step, Unreachable, passwords
from reconciler.kind.overlap import held, pinned
from reconciler.kind.reach import CACHES, closure, engines_at, engines_in_reach
from reconciler.model import Address, AuthenticationMode, User, UserGroup
from reconciler.ports import Call, Reader

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
            mark = before.marks.get("acl")
            known = mark is not None and mark == _pair(wished, before.access_string)
            same = known or same_rights(wished, before.access_string, before.address, facts)
            return before.access_string if same else wished
        if field_name == "authentication_mode" and before.authentication_mode is not None:
            desired = facts.desired.get(before.address)
            rotated = isinstance(desired, User) and desired.rotated_by is not None
            # Somebody else sets the passwords, and may hold two for a while.
            if rotated and wished.type == before.authentication_mode.type:
                return before.authentication_mode
            if passwords.counts_once(wished, before.authentication_mode) or passwords.is_rotating(
                before, facts
            ):
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
        if field_name == "access_string" and value:
            return _canonical(value, acl.TABLES[-1])
        return value

    def marks(self, desired: User, before: User | None, facts: Facts) -> Mapping[str, str]:
        """Give the versions of the passwords that are to be set, joined."""
        refs = passwords.wanted(desired)
        versions = [facts.secret_versions[ref] for ref in refs if ref in facts.secret_versions]
        ours = "authentication_mode" not in desired.ignore_changes or before is None
        known = refs and len(versions) == len(refs)
        if not known or not ours or (before is not None and passwords.is_rotating(before, facts)):
            return {}
        have = held(before.marks.get("secret", "")) if before is not None else ()
        # A list has no order: the same versions stay recorded as they are.
        same = before is not None and sorted(have) == sorted(versions)
        return {} if same else {"secret": "+".join(versions)}

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
                return _change(before, after, facts)
            case User(), None:
                return _delete(before, facts)
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

    def is_rotating(self, field_name: str, before: User) -> bool:
        """Say so of a second password that we recorded: it is there for an overlap."""
        mode = before.authentication_mode
        have = held(before.marks.get("secret", ""))
        overlaps = mode is not None and mode.count == len(have) > 1
        return field_name == "authentication_mode" and overlaps

    def remarks(self, live: Live[User], facts: Facts) -> Iterator[str]:
        """Tell of a rotation that stands half way: its new password is not handed to anybody."""
        if passwords.is_rotating(live.resource, facts):
            yield (
                f"{live.address}: a rotation is under way: a pending password is set beside the "
                f"current one; reconcile rotate {live.address} goes on with it"
            )

    def is_rewording(self, field_name: str, before: User) -> bool:
        """Say so of an access string whose digest stands in the tag."""
        returned = before.marks.get("acl", "").partition(".")[2]
        return field_name == "access_string" and returned == _digest(before.access_string or "")

    def waits_for(self, after: User, before: User | None, facts: Facts) -> frozenset[Address]:
        """Give the caches to be upgraded before this access string means anything there.

        And the groups that would refuse this user, and are about to let go of it or to take it.
        """
        groups = _yielding(after, before, facts)
        if before is not None and before.access_string == after.access_string:
            return groups
        return groups | frozenset(
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
    """Give the digests of what was sent, by its rights on every version, and of what came back."""
    meant = "\n".join(_canonical(sent, table) for table in acl.TABLES)
    return f"{_digest(meant)}.{_digest(returned)}"


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


def _canonical(text: str, table: acl.Table) -> str:
    """Give the canonical text on this version; the text itself where it can't be read."""
    try:
        return acl.canonical(text, table, service=False)
    except acl.AccessStringError:
        return text


def _yielding(after: User, before: User | None, facts: Facts) -> frozenset[Address]:
    live = facts.observed.get(after.address)
    found = set()
    for address in live.reaches if live is not None and before is not None else ():
        group = facts.observed.get(address)
        if group is None or _takes(was := group.effective.engine, after):
            continue
        wish = facts.wish(address)
        if address in facts.ending:
            found.add(address)
        elif isinstance(wish, UserGroup):
            lets_go = wish.user_ids is not None and after.id not in wish.user_ids
            if lets_go or _takes(wish.engine or was, after):
                found.add(address)
    return frozenset(found)


def _takes(engine: str | None, user: User) -> bool:
    """Say whether a group of this engine takes this user (User Guide, RBAC).

    That redis takes none of valkey is what published validators hold; no page of AWS's says it.
    """
    mode = user.authentication_mode
    if engine == "valkey":
        return mode is None or mode.type != "no-password-required"
    return user.engine != "valkey"


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
        "AuthenticationMode": passwords.mode(
            mode.type, [pinned(one, facts) for one in mode.passwords or ()]
        ),
        "Tags": facts.tags(after),
    }
    return Step(
        Call("elasticache", "create_user", params),
        leaves=after,
        changes=("user_name", "engine", "access_string", "authentication_mode"),
    )


def _change(before: User, after: User, facts: Facts) -> Next:
    if before.user_name != after.user_name:
        return Unreachable(
            f"user_name can't be changed ({before.user_name} -> {after.user_name})",
            "give the user a new id; both may stand, groups then name the new one",
            replace=True,
            fields=("user_name",),
        )
    changed = tuple(name for name in _SENT if getattr(before, name) != getattr(after, name))
    login = passwords.way(before, after, facts)
    if isinstance(login, Unreachable):
        return login
    # What stands behind a gate holds nothing else up.
    if login is not None and not (login.gate and changed):
        return _modify(before, after, changed, login)
    return _modify(before, after, changed, None) if changed else None


def _modify(
    before: User, after: User, changed: tuple[str, ...], login: passwords.Way | None
) -> Step:
    params: dict[str, Any] = {_SENT[name]: getattr(after, name) for name in changed}
    leaves = before.but(**{name: getattr(after, name) for name in changed})
    told = ["open connections get the new rights at once"] * ("access_string" in changed)
    if login is None:
        text = "; ".join(("nobody cut off", *told))
        return Step(
            Call("elasticache", "modify_user", {"UserId": before.id, **params}),
            leaves,
            changed,
            impact_text=text,
        )
    marks = {**before.marks, **login.intent, **login.record}
    return Step(
        Call("elasticache", "modify_user", {"UserId": before.id, **params, **login.params}),
        leaves.but(authentication_mode=login.mode, marks=marks),
        (*changed, *login.changes),
        impact=login.impact,
        impact_text="; ".join((*login.text, *told)),
        gate=login.gate,
        gate_text="every client must log in with the new password first" if login.gate else "",
        intent=login.intent,
        record=login.record,
        lines=login.lines,
    )


def _delete(before: User, facts: Facts) -> Step:
    caches = {one for one in closure(before.address, facts) if one.kind in CACHES}
    felt = bool(caches - facts.ending)
    return Step(
        Call("elasticache", "delete_user", {"UserId": before.id}),
        leaves=None,
        impact=Impact.DROPPED_USERS if felt else Impact.NONE,
        impact_text=f"drops open connections of {before.id}" if felt else "nobody cut off",
    )
