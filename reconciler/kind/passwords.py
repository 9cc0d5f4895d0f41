"""How a user logs in: the part of a ModifyUser that sets passwords, staged so that they overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.kind import Facts, Impact, Unreachable, overlap
from reconciler.model import AuthenticationMode, SecretRef, User

_NEW_LOGINS = "new logins need the new secret, open connections stay"
FINISH = "password-finish"
"""The gate before a password that clients may still use is retired."""


def wanted(desired: User) -> tuple[SecretRef, ...]:
    """Give the references to the passwords that are ours to set."""
    mode = desired.authentication_mode
    if mode is None or mode.type != "password" or desired.rotated_by is not None:
        return ()
    return mode.passwords or ()


@dataclass(frozen=True)
class Way:
    """The part of a ModifyUser that is about how the user logs in."""

    mode: AuthenticationMode
    params: Mapping[str, Any]
    changes: tuple[str, ...]
    text: tuple[str, ...] = ("nobody cut off", _NEW_LOGINS)
    lines: tuple[str, ...] = ()
    record: Mapping[str, str] = field(default_factory=dict)
    intent: Mapping[str, str] = field(default_factory=dict)
    impact: Impact = Impact.NONE
    gate: str | None = None


def way(before: User, after: User, facts: Facts) -> Way | Unreachable | None:
    """Give how to log in next: another way at once, other passwords with an overlap."""
    old, new = before.authentication_mode, after.authentication_mode
    moved = after.marks.get("secret", "") != before.marks.get("secret", "")
    if old == new and not moved:
        return None
    refs = _refs(after, facts)
    if new is None or (new.type == "password" and not refs):
        return Unreachable(
            "the passwords of a user can't be counted down without knowing which stay",
            "write authentication_mode.passwords",
            fields=("authentication_mode",),
        )
    other = ("authentication_mode",) * (old != new)
    if new.type != "password":
        return Way(new, {"AuthenticationMode": mode(new.type, ())}, other)
    was = old if old is not None and old.type == "password" else None
    known = all(ref in facts.secret_versions for ref in refs)
    want = [(facts.secret_versions.get(ref, f"{ref}"), ref) for ref in refs]
    have = overlap.held(before.marks.get("secret", "")) if known and was else ()
    now = overlap.passwords_set(before) if have else ()
    adds = any(version not in now for version, _ in want)
    setting = overlap.next_setting(want, now if adds else have, was.count if was else 0, facts)
    if setting is None:
        return None
    found = _set(setting, known=known, was=was, other=other)
    if now == have or not adds:
        return found
    # Once another is set beside it the count tells no more that the one before was retired.
    return replace(found, intent={"secret": "+".join(now), **found.intent})


def _set(
    setting: overlap.Setting,
    *,
    known: bool,
    was: AuthenticationMode | None,
    other: tuple[str, ...],
) -> Way:
    """Put a setting of passwords into words: who may log in with what, and from when."""
    record = {"secret": "+".join(setting.versions)} if known else {}
    intent: dict[str, str] = {}
    # What can't be opened again can't be proven to be shut out either.
    if known and setting.retires and any(ref.version for ref in setting.refs):
        intent["retired"] = "+".join(setting.retires)
    # Count and record disagree where a run died between the call and the record.
    cuts = bool(setting.retires) and was is not None and was.count > 1
    lines = [f"sets {ref}" for ref in setting.refs] if known and was else []
    text: tuple[str, ...] = ("nobody cut off", _NEW_LOGINS)
    if setting.retires:
        gone = " and ".join(map(overlap.short, setting.retires))
        text = (f"the password of version {gone} no longer logs in", "open connections stay")
    if setting.adds and setting.retires:
        text = (f"NO OVERLAP: {text[0]} from then on", text[1])
    elif setting.adds and len(setting.versions) > 1 and was:
        text = ("nobody cut off: both passwords log in",)
    elif setting.why_not and known and was:
        text = ("whether this password is set already is not recorded", _NEW_LOGINS)
    if setting.why_not and was:
        lines.append(f"no overlap: {setting.why_not}")
    return Way(
        AuthenticationMode(type="password", passwords=setting.refs),
        {"AuthenticationMode": mode("password", setting.refs)},
        (*("passwords",) * known, *other),
        text,
        tuple(lines),
        record,
        intent,
        Impact.DROPPED_USERS if setting.retires else Impact.NONE,
        FINISH if cuts else None,
    )


def _refs(after: User, facts: Facts) -> tuple[SecretRef, ...]:
    """Give the references of the spec; what is folded into what stands has none."""
    mode = after.authentication_mode
    desired = facts.desired.get(after.address)
    if mode is not None and mode.passwords:
        return mode.passwords
    return wanted(desired) if isinstance(desired, User) else ()


def is_rotating(before: User, facts: Facts) -> bool:
    """Say whether a rotation stands half way: both are set, and the new one is still pending."""
    desired, mode = facts.desired.get(before.address), before.authentication_mode
    if not isinstance(desired, User) or mode is None:
        return False
    refs, have = wanted(desired), overlap.held(before.marks.get("secret", ""))
    want = [facts.secret_versions[ref] for ref in refs if ref in facts.secret_versions]
    overlaps = mode.count == len(have) > 1
    return overlaps and overlap.is_under_way(have, want, refs, facts)


def counts_once(wished: AuthenticationMode, before: AuthenticationMode) -> bool:
    """Say whether two versions of one secret stand as one password: they may hold the same.

    So after another key of the same secret was changed. The call replaces the list, so sending it
    again would change nothing.
    """
    same = {ref.plain for ref in wished.passwords or ()}
    one = (wished.type, wished.count, before.count) == (before.type, overlap.MOST, 1)
    return one and len(same) == 1


def mode(sort: str, refs: Iterable[SecretRef]) -> dict[str, Any]:
    """Give the API's AuthenticationMode."""
    passwords = list(refs)
    return {"Type": sort, **({"Passwords": passwords} if passwords else {})}
