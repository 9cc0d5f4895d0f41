"""How far the rotation of a password or a token is, told from the service and the store. Pure.

There is no memory of a rotation: our tags say which versions are set, the store which one it hands
out. Whatever killed the run before, the next one goes on from there.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Refused
from reconciler.kind import Facts, Live, Ownership, overlap, passwords
from reconciler.kind.reach import CACHES, closure
from reconciler.model import (
    Address,
    AuthenticationMode,
    ReplicationGroup,
    Resource,
    SecretRef,
    User,
)
from reconciler.ports import Versions

KINDS = (User.kind, ReplicationGroup.kind)
FINISH: Mapping[str, str] = {User.kind: passwords.FINISH, ReplicationGroup.kind: "auth-finish"}
"""The gate before the first secret is retired."""


class Standing(enum.Enum):
    """Where a rotation is."""

    AT_REST = "nothing is under way"
    PENDING = "the store keeps a pending version, which is not set yet"
    BESIDE = "both are set, the store still hands out the first"
    MOVED = "the store hands out a version that is not set yet"
    HANDED = "both are set, the store hands out the new one"


@dataclass(frozen=True)
class Rotation:
    """What is to be rotated and how far that is.

    ``have`` are the versions that are set, ``refs`` the references of the spec; ``stored`` is what
    the one store holds that can be rotated in, None where the spec's references decide alone.
    """

    address: Address
    refs: tuple[SecretRef, ...]
    have: tuple[str, ...]
    want: tuple[str, ...]
    stored: Versions | None
    standing: Standing
    retired: tuple[str, ...]
    reaches: tuple[Address, ...]
    shares: tuple[Address, ...]
    """Who else in the spec has a key in the same secret: its version moves on with this one."""
    before: Live[Any]

    @property
    def recorded(self) -> bool:
        """Whether our tag says what is set; not so where a run died after the call."""
        return overlap.is_recorded(self.before.resource)

    @property
    def gate(self) -> str:
        """Name the gate as --through-gate takes it."""
        return f"{self.address.id}/{FINISH[self.address.kind]}"

    @property
    def caches(self) -> tuple[Address, ...]:
        """Give the caches where it has to be proven."""
        return tuple(one for one in self.reaches if one.kind in CACHES)

    @property
    def going(self) -> tuple[str, ...]:
        """Give the versions that will be retired."""
        return tuple(one for one in self.have if one not in self.want)


def only_store(address: Address, desired: Mapping[Address, Resource]) -> SecretRef | None:
    """Give the one reference in whose store it can be rotated, or None."""
    refs = _refs(desired[address]) if address in desired else ()
    return refs[0] if len(refs) == 1 else None


def rotation(address: Address, facts: Facts, *, proving: bool = False) -> Rotation:
    """Tell how far it is, or raise Refused where it is not ours to rotate.

    ``proving`` asks for less: what is only logged in with may be set by somebody else.
    """
    wished, live = facts.desired.get(address), facts.observed.get(address)
    if reason := _against(address, wished, live):
        raise Refused([f"{address}: {reason}"])
    assert wished is not None
    assert live is not None
    mode = wished.authentication_mode if isinstance(wished, User) else None
    refs = (mode.passwords or ()) if proving and mode is not None else _refs(wished)
    if not proving and (reason := _unfit(wished, live, refs, facts)):
        raise Refused([f"{address}: {reason}"])
    have = overlap.set_versions(live)
    want = tuple(facts.secret_versions.get(ref, "") for ref in refs)
    stored = facts.stored.get(refs[0]) if len(refs) == 1 else None
    reached = closure(address, facts)
    return Rotation(
        address,
        refs,
        have,
        want,
        stored,
        _standing(have, want, refs, facts),
        tuple(one for one in overlap.retired(live.resource.marks) if one not in have),
        reached if address.kind == User.kind else (address, *reached),
        _shares(address, refs, facts),
        live,
    )


def startable(found: Rotation, facts: Facts) -> None:
    """Raise Refused where a rotation can't be begun or gone on with without a gap."""
    reasons = []
    if found.stored is not None and found.stored.rotates and found.standing is not Standing.HANDED:
        reasons.append(
            f"{found.refs[0]} is rotated by {found.stored.rotates}: two would fight; write "
            "rotated_by: secretsmanager in the spec, and --verify-only proves it by login"
        )
    elif found.standing is Standing.AT_REST and found.stored is None:
        reasons.append(_one_value(found))
    elif found.standing is Standing.MOVED and found.address.kind == User.kind:
        reasons += _gap(found, facts)
    if reasons:
        raise Refused([f"{found.address}: {one}" for one in reasons])


def brought(found: Rotation, facts: Facts) -> Facts:
    """Give facts in which the spec wants this secret and nothing else of this address.

    A pending version is wanted beside the current one: the plan of these facts sets both.
    """
    refs, versions = found.refs, dict(facts.secret_versions)
    if found.standing is Standing.PENDING:
        assert found.stored is not None
        new = found.refs[0].at(found.stored.pending)
        versions[new] = found.stored.pending
        refs = (*refs, new) if found.address.kind == User.kind else (new,)
    wish = _wish(found.address, refs)
    desired = {**facts.desired, found.address: wish}
    return dataclasses.replace(facts, desired=desired, secret_versions=versions)


def _wish(address: Address, refs: tuple[SecretRef, ...]) -> Resource:
    if address.kind == User.kind:
        mode = AuthenticationMode(type="password", passwords=refs)
        return User(id=address.id, authentication_mode=mode)
    return ReplicationGroup(id=address.id, auth_token=refs[0])


def _against(address: Address, wished: Resource | None, live: Live[Any] | None) -> str:
    if address.kind not in KINDS:
        return "only a user's password and a replication group's AUTH token are rotated"
    if wished is None:
        return "the spec does not have it; what other people keep is theirs to rotate"
    if live is None:
        return "it is not there; apply creates it"
    if live.ownership is Ownership.UNMANAGED:
        return f"it is not ours; reconcile adopt {address} takes it over"
    if live.ownership is Ownership.UNKNOWN:
        return f"its tags can't be read while it is {live.status}; try again when it is at rest"
    return ""


def _refs(wished: Resource) -> tuple[SecretRef, ...]:
    if isinstance(wished, User):
        return passwords.wanted(wished)
    token = wished.auth_token if isinstance(wished, ReplicationGroup) else None
    return (token,) if token is not None else ()


def _unfit(wished: Resource, live: Live[Any], refs: tuple[SecretRef, ...], facts: Facts) -> str:
    if isinstance(wished, User):
        mode, held = wished.authentication_mode, live.resource.authentication_mode
        if wished.rotated_by is not None:
            return (
                f"{wished.rotated_by} rotates it (rotated_by), so it is never set from here; "
                "--verify-only proves by login what it says"
            )
        if mode is None or mode.type != "password" or not refs:
            return "it has no password in the spec to rotate"
        if held is None or held.type != "password":
            return "it does not log in by password yet; apply first"
    elif not refs:
        return "it has no auth_token in the spec; users are rotated by user/ID"
    elif live.resource.auth_token is None:
        return "it has no AUTH token yet; apply first"
    if unknown := [ref for ref in refs if ref not in facts.secret_versions]:
        return f"{unknown[0]} could not be asked for its version"
    if not overlap.set_versions(live):
        return "which version is set is not recorded; apply first, which sets and records it"
    return ""


def _standing(
    have: tuple[str, ...], want: tuple[str, ...], refs: tuple[SecretRef, ...], facts: Facts
) -> Standing:
    if any(one not in have for one in want):
        return Standing.MOVED
    if overlap.is_under_way(have, want, refs, facts):
        return Standing.BESIDE
    if any(one not in want for one in have):
        return Standing.HANDED
    stored = facts.stored.get(refs[0]) if len(refs) == 1 else None
    return Standing.PENDING if stored is not None and stored.pending else Standing.AT_REST


def _shares(address: Address, refs: tuple[SecretRef, ...], facts: Facts) -> tuple[Address, ...]:
    mine = {(ref.store, ref.id) for ref in refs if ref.moves}
    return tuple(
        other
        for other, wished in sorted(facts.desired.items())
        if other != address and any((ref.store, ref.id) in mine for ref in _refs(wished))
    )


def _one_value(found: Rotation) -> str:
    way = (
        "keep it in secretsmanager or ssm, or write a second reference beside the first, apply, "
        "let clients move, and take the first out"
    )
    if len(found.refs) > 1:
        return (
            "both references of the spec are set; take the one that is to be retired out of the "
            "spec, then rotate --finish"
        )
    [ref] = found.refs
    if ref.moves:
        return f"{ref} is in no store that versions can be asked of"
    if ref.store in ("env", "file"):
        return f"{ref} keeps one value only, so there is no overlap: {way}"
    return f"{ref} names one version and never moves: leave stage and version out"


def _gap(found: Rotation, facts: Facts) -> list[str]:
    live = found.before.resource
    count = live.authentication_mode.count if live.authentication_mode else 0
    want = list(zip(found.want, found.refs, strict=True))
    setting = overlap.next_setting(want, found.have, count, facts)
    if setting is None or not setting.retires:
        return []
    why = setting.why_not or "a password that is set would be retired"
    return [f"there is no overlap: {why}; apply sets it all the same, and shows who that cuts off"]
