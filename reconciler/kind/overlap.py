"""Which passwords a user shall have next, so that no client is without one that works. Pure.

A password is known by its store's version. The service takes at most two, replaces the whole list
at once, and shows only how many there are (User API reference), so the overlap has to be made here:
the new one beside the one that stands, as long as its store still opens that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.kind import Facts, Live
from reconciler.model import Resource, SecretRef, User

MOST = 2
"""How many passwords a user may have (quotas of ElastiCache)."""

_SHORT = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """The passwords that one call sets, by version. ``retires`` will log in no more."""

    refs: tuple[SecretRef, ...]
    versions: tuple[str, ...]
    adds: tuple[str, ...] = ()
    retires: tuple[str, ...] = ()
    why_not: str = ""
    """Why the retired can't stay beside the added; empty where nothing is added or all stay."""


def set_versions(live: Live[Any]) -> tuple[str, ...]:
    """Give the versions that our tags say log in now: a user's passwords, a cache's tokens."""
    resource = live.resource
    if isinstance(resource, User):
        return passwords_set(resource)
    new, slash, rest = resource.marks.get("auth", "").partition("/")
    if not slash:
        return (new,) if new else ()
    old, _, then = rest.partition("/")
    moment = getattr(resource, "auth_token_held", None)
    # As above: of a token only the moment says that the call was made.
    if moment in (None, then):
        return (old,) if old else ()
    return (new,) if is_retired(resource.marks, old, moment) or not old else (new, old)


def passwords_set(user: User) -> tuple[str, ...]:
    """Give the versions of the passwords that log in now, also where a run died before it said so.

    What is to be retired is written before the call: only the count says that it was made.
    """
    have, gone, mode = (
        held(user.marks.get("secret", "")),
        retired(user.marks),
        user.authentication_mode,
    )
    fewer = mode is not None and mode.count < len(have)
    return tuple(one for one in have if not (fewer and one in gone))


def is_recorded(resource: Resource) -> bool:
    """Say whether our tag says by itself which are set; else a run died before it could."""
    if isinstance(resource, User):
        return passwords_set(resource) == held(resource.marks.get("secret", ""))
    return "/" not in resource.marks.get("auth", "")


def retired(marks: Mapping[str, str]) -> tuple[str, ...]:
    """Give the versions that our tag says were retired last, or were just about to be."""
    return held(marks.get("retired", "").partition("@")[0])


def is_retired(marks: Mapping[str, str], token: str, moment: str | None) -> bool:
    """Say whether the call that retires this token was made since we wrote that it would be."""
    gone, at, then = marks.get("retired", "").partition("@")
    return bool(at) and gone == token and moment not in (None, then)


def held(mark: str) -> tuple[str, ...]:
    """Give the versions that our tag says are set."""
    return tuple(one for one in mark.split("+") if one)


def short(version: str) -> str:
    """Give a version as a person tells it from others."""
    return version if len(version) <= _SHORT else version[:_SHORT]


def pinned(ref: SecretRef, facts: Facts) -> SecretRef:
    """Give the reference to exactly the version that was looked at, where its store has any."""
    known = facts.stored.get(ref)
    return ref if known is None else ref.at(known.current)


def opened_by(version: str, refs: Sequence[SecretRef], facts: Facts) -> SecretRef | None:
    """Give a reference that opens this version, if a store of these still holds it."""
    for ref in refs:
        known = facts.stored.get(ref)
        if known and version in (known.current, known.pending, known.previous):
            return ref.at(version)
    return None


def is_under_way(
    have: Sequence[str], want: Sequence[str], refs: Sequence[SecretRef], facts: Facts
) -> bool:
    """Say whether what stands besides the wanted is what a rotation put there: still pending."""
    pending = {known.pending for ref in refs if (known := facts.stored.get(ref)) and known.pending}
    beside = set(have) - set(want)
    return bool(beside) and beside <= pending and set(want) <= set(have)


def next_setting(
    want: Sequence[tuple[str, SecretRef]], have: Sequence[str], count: int, facts: Facts
) -> Setting | None:
    """Give what to set next on the way from ``have`` to ``want``; None when it is as wanted.

    ``want`` are references with their versions (two keys of one secret share theirs), ``have`` the
    recorded versions, ``count`` what describe shows.
    """
    versions = tuple(version for version, _ in want)
    refs = tuple(ref for _, ref in want)
    missing, extra = _without(versions, have), _without(have, versions)
    if not missing:
        if not extra and count == len(want):
            return None
        return Setting(tuple(pinned(one, facts) for one in refs), versions, retires=extra)
    kept = _kept(extra, refs, facts)
    return Setting(
        (*(pinned(one, facts) for one in refs), *kept.values()),
        (*versions, *kept),
        adds=missing,
        retires=_without(extra, tuple(kept)),
        why_not=_why_not(extra, kept, refs, have),
    )


def _without(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Give those of ``some`` that ``others`` leave over, each counted once."""
    return tuple((Counter(some) - Counter(others)).elements())


def _kept(extra: Sequence[str], refs: Sequence[SecretRef], facts: Facts) -> dict[str, SecretRef]:
    """Give those that stand and can be set again, the one that its store had last first."""
    lasts = {known.previous for ref in refs if (known := facts.stored.get(ref))}
    ordered = sorted(extra, key=lambda one: one not in lasts)
    found = {one: ref for one in ordered if (ref := opened_by(one, refs, facts)) is not None}
    return dict(list(found.items())[: max(MOST - len(refs), 0)])


def _why_not(
    extra: Sequence[str],
    kept: Mapping[str, SecretRef],
    refs: Sequence[SecretRef],
    have: Sequence[str],
) -> str:
    if not have:
        return "which password is set now is not recorded"
    if set(extra) <= set(kept):
        return ""
    if len(refs) >= MOST:
        return f"a user takes {MOST} passwords, and the spec wants {len(refs)} others"
    [ref] = refs
    if ref.moves:
        return f"{ref.store} has no stage for the version that is set ({short(extra[0])}) any more"
    if ref.store in ("env", "file"):
        return f"{ref} keeps one value only, so the one before can't be set beside it"
    return f"{ref} names one version only"
