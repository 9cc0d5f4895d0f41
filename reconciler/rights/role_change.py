"""A role that changes: who may assume it, and what it may connect to and open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.kind import Facts
from reconciler.kinds.iam_role.document import ids
from reconciler.model import GRANTS, Address, IamRole, RefersTo, mark
from reconciler.rights.tally import RightsChange, Tally

_WORDS = {
    "replication_group_ids": "connecting to",
    "serverless_cache_names": "connecting to",
    "user_ids": "connecting as",
    "secrets": "opening",
    "managed_policy_arns": "what the policy says:",
}


def role_change(before: IamRole, after: IamRole, facts: Facts) -> RightsChange | None:
    """Say who may assume it from now on, and what whoever does so can do.

    What a managed or a hand-written policy allows is not read: another one counts as widening.
    """
    tally = Tally()
    _compare(tally, before.trust, after.trust, "{} may assume it", "{} may not assume it any more")
    for name in (*GRANTS, "managed_policy_arns"):
        old, new = (_named(getattr(one, name), facts) for one in (before, after))
        _compare(tally, old, new, f"{_WORDS[name]} {{}}", f"{_WORDS[name]} {{}}")
    _boundary(tally, before.permissions_boundary, after.permissions_boundary)
    _policies(tally, before.inline_policies or {}, after.inline_policies or {})
    return tally.total()


def role_creation(after: IamRole, facts: Facts) -> RightsChange | None:
    """Say who gets in by a new role to what is there already.

    It is told and not counted, as with everything that is made anew: a run that died before it came
    to the role would else be refused when it goes on.
    """
    caches = _there(after, "replication_group_ids", facts)
    caches += _there(after, "serverless_cache_names", facts)
    users = _there(after, "user_ids", facts)
    tally = Tally()
    if caches and users:
        who = ", ".join(after.trust or ())
        tally.note(f"{who}: connecting to {', '.join(caches)} as {', '.join(users)}")
    return tally.total()


def _there(role: IamRole, field: str, facts: Facts) -> list[str]:
    found = mark(IamRole, field, RefersTo)
    assert found is not None
    named = getattr(role, field) or ()
    return [one for one in named if Address(found.kind, one) in facts.observed]


def _named(values: Iterable[str] | None, facts: Facts) -> tuple[str, ...]:
    """Give ids for the ARNs of this account and region, so that both sides read alike."""
    place = f":{facts.region}:{facts.account_id}:"
    return tuple(
        ids([one])[0] if place in one or not one.startswith("arn:") else one for one in values or ()
    )


def _compare(
    tally: Tally, old: Iterable[str] | None, new: Iterable[str] | None, gain: str, lose: str
) -> None:
    held, wished = set(old or ()), set(new or ())
    if gained := sorted(wished - held):
        tally.gain(*(gain.format(one) for one in gained))
    if lost := sorted(held - wished):
        tally.lose(*(lose.format(one) for one in lost))


def _boundary(tally: Tally, old: str | None, new: str | None) -> None:
    if old == new:
        return
    if old is None:
        tally.lose(f"what {new} does not allow")
    elif new is None:
        tally.gain(f"what {old} did not allow: no boundary is left")
    else:
        tally.gain(f"{new} in place of {old} as its boundary: can't tell")


def _policies(tally: Tally, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            tally.lose(f"what its inline policy {name} allowed besides")
        elif name not in old or old[name] != new[name]:
            tally.gain(f"what its inline policy {name} allows: can't tell")
