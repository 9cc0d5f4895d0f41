"""IAM roles that may connect; the noun stands in model.py.

Read one by one and only where the spec names them: an account has thousands that concern nobody.
A role is made in several calls: the role with its tags, its policy, each attachment. The record of
what was applied goes with the first: what a killed run left to be done was consented to already.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.errors import AwsError
from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable, immutable_change
from reconciler.kinds.iam_role import document
from reconciler.kinds.iam_role.sought import connecting
from reconciler.model import GRANTS, IamRole
from reconciler.ports import Call, Reader

_DEFAULTS: Mapping[str, Any] = {
    "path": "/",
    "max_session_duration": 3600,
    "managed_policy_arns": (),
    "inline_policies": {},
    **dict.fromkeys(GRANTS, ()),
}
_NOBODY_CUT_OFF = "nobody cut off; holds within seconds"
_NOT_FOUND = "NoSuchEntity"


class IamRoles(Kind[IamRole]):
    """Roles. They have no status; IAM shows what was written within seconds, not at once."""

    model = IamRole
    section = "iam_roles"
    service = "iam"
    arn_type = "role"
    bulk = False
    retry_faults = frozenset(
        {"ConcurrentModification", "EntityTemporarilyUnmodifiable", "ServiceFailure"}
    )
    already_faults = frozenset({"EntityAlreadyExists"})
    gone_faults = frozenset({_NOT_FOUND})

    def arn(self, facts: Facts, ident: str) -> str:
        """Give the ARN: the path stands in it."""
        address = IamRole(id=ident).address
        if (live := facts.observed.get(address)) is not None:
            return live.arn
        wished = facts.desired.get(address)
        path = (wished.path if isinstance(wished, IamRole) else None) or "/"
        return facts.arn_of("iam", f"role{path}{ident}")

    def tag_call(self, arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
        """Give the call that writes these tags."""
        return Call("iam", "tag_role", {"RoleName": _name(arn), "Tags": [*tags]})

    def untag_call(self, arn: str, keys: Sequence[str]) -> Call:
        """Give the call that drops these tags."""
        return Call("iam", "untag_role", {"RoleName": _name(arn), "TagKeys": [*keys]})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[IamRole]]:
        """Read the roles that the spec names, each with its policies and its tags."""
        for name in sorted(names):
            try:
                yield _live(reader, name)
            except AwsError as refused:
                if refused.code not in self.gone_faults:
                    raise

    def sought(self, reader: Reader, facts: Facts) -> Iterator[str]:
        """Give the roles that may connect to something here."""
        return connecting(reader, facts)

    def as_written(self, field_name: str, value: Any, facts: Facts) -> Any:
        """Give names for the ARNs that they stand for here, and documents as IAM takes them."""
        if field_name in GRANTS:
            return document.names(field_name, value or (), facts)
        if field_name == "inline_policies":
            return {name: _sent(text) for name, text in (value or {}).items()}
        return value

    def fold(self, field_name: str, wished: Any, before: IamRole, facts: Facts) -> Any:
        """Take another way to write the same policy or the same resource for the same."""
        there = getattr(before, field_name)
        if field_name in GRANTS:
            same = document.arns(field_name, wished, facts) == (there or ())
        elif field_name == "trust":
            same = document.trusted(wished) == document.trusted(there or ())
        elif field_name == "inline_policies":
            same = _one_form(wished) == _one_form(there or {})
        elif field_name == "description":
            same = (wished.strip() or None) == there
        else:
            return wished
        return there if same else wished

    def reset(self, field_name: str, before: IamRole | None) -> Any:
        """Give the service's default; trust has none."""
        if field_name == "trust":
            return getattr(before, field_name, None)
        return _DEFAULTS.get(field_name)

    def canonical(self, field_name: str, value: Any) -> Any:
        """Give policies in one form, and ids for the ARNs that IAM shows."""
        if field_name == "inline_policies" and value:
            return _one_form(value)
        return document.ids(value) if field_name in GRANTS and value else value

    def refers_to(self, resource: IamRole) -> frozenset[Any]:
        """Give what it may connect to and as; as observed these are ARNs."""
        named = {
            name: tuple(one.rsplit(":", 1)[-1] for one in getattr(resource, name) or ())
            for name in GRANTS
            if name != "secrets"
        }
        return super().refers_to(resource.but(**named))

    def next_step(self, before: IamRole | None, after: IamRole | None, facts: Facts) -> Next:
        """Make the role, then its policy, then each attachment; take it apart the other way."""
        match before, after:
            case None, IamRole():
                return _create(after, facts)
            case IamRole(), IamRole():
                return immutable_change(before, after) or _Change(before, after, facts).next_step()
            case IamRole(), None:
                return _Change(before, _bare(before), facts).next_step() or _delete(before, facts)
            case _:
                return None


def _live(reader: Reader, name: str) -> Live[IamRole]:
    asked = {"RoleName": name}
    role = reader.read("iam", "get_role", asked)["Role"]
    inline = {
        str(policy): reader.read("iam", "get_role_policy", {**asked, "PolicyName": policy})[
            "PolicyDocument"
        ]
        for policy in reader.pages("iam", "list_role_policies", "PolicyNames", asked)
    }
    attached = reader.pages("iam", "list_attached_role_policies", "AttachedPolicies", asked)
    granted, left = document.granted(inline.pop(document.OWN, {}))
    others = {policy: document.one_text(text) for policy, text in inline.items()}
    if left:
        others[document.OWN] = document.one_text({"Statement": left})
    resource = IamRole(
        id=role["RoleName"],
        path=role["Path"],
        description=(role.get("Description") or "").strip() or None,
        trust=document.principals(role.get("AssumeRolePolicyDocument", {})),
        max_session_duration=role.get("MaxSessionDuration", 3600),
        permissions_boundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        managed_policy_arns=tuple(one["PolicyArn"] for one in attached),
        inline_policies=others,
    ).but(**granted)
    tags = {tag["Key"]: tag.get("Value", "") for tag in role.get("Tags", ())}
    return Live(resource, arn=role["Arn"], status="available", at_rest=True, tags=tags)


def _one_form(policies: Mapping[str, str]) -> dict[str, str]:
    return {name: document.one_text(_whole(text)) for name, text in sorted(policies.items())}


def _whole(text: str) -> Any:
    """Give a document that stands here as its statements alone as a whole one."""
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return {"Statement": read} if isinstance(read, list) else read


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _bare(role: IamRole) -> IamRole:
    """Give the role with nothing that has to go before it can."""
    return role.but(**dict.fromkeys(GRANTS, ()), inline_policies={}, managed_policy_arns=())


def _create(after: IamRole, facts: Facts) -> Next:
    if not after.trust:
        return Unreachable("a role can't be created without trust", "say who may assume it")
    params = {
        "RoleName": after.id,
        "Path": after.path or "/",
        "AssumeRolePolicyDocument": document.trust(after, facts),
        "MaxSessionDuration": after.max_session_duration or 3600,
        **({"Description": after.description} if after.description else {}),
        **(
            {"PermissionsBoundary": after.permissions_boundary}
            if after.permissions_boundary
            else {}
        ),
        "Tags": facts.tags(after),
    }
    changes = ("path", "trust", "max_session_duration", "description", "permissions_boundary")
    return Step(Call("iam", "create_role", params), _bare(after), changes, settle_timeout_s=300)


def _delete(before: IamRole, facts: Facts) -> Step:
    params = {"RoleName": _called(before, facts)}
    text = "who assumed it can do nothing any more"
    return Step(Call("iam", "delete_role", params), None, impact_text=text, settle_timeout_s=300)


def _called(role: IamRole, facts: Facts) -> str:
    """Give the name as IAM keeps it: it may hold capitals, and our ids do not."""
    live = facts.observed.get(role.address)
    return role.id if live is None else _name(live.arn)


class _Change:
    """What leads from ``before`` to ``after``, call by call; limits and trust go first."""

    def __init__(self, before: IamRole, after: IamRole, facts: Facts) -> None:
        self._before, self._after, self._facts = before, after, facts
        self._role = {"RoleName": _called(before, facts)}

    def next_step(self) -> Step | None:
        """Give the first call that is left."""
        return (
            self._boundary()
            or self._trust()
            or self._settings()
            or self._own_policy()
            or self._other_policies()
            or self._attachments()
        )

    def _step(self, operation: str, params: Mapping[str, Any], **leaves: Any) -> Step:
        return Step(
            Call("iam", operation, {**self._role, **params}),
            self._before.but(**leaves),
            changes=tuple(leaves),
            impact_text=_NOBODY_CUT_OFF,
            settle_timeout_s=300,
        )

    def _differs(self, *names: str) -> bool:
        return any(getattr(self._before, one) != getattr(self._after, one) for one in names)

    def _boundary(self) -> Step | None:
        if not self._differs("permissions_boundary"):
            return None
        wished = self._after.permissions_boundary
        if wished is None:
            return self._step("delete_role_permissions_boundary", {}, permissions_boundary=None)
        params = {"PermissionsBoundary": wished}
        return self._step("put_role_permissions_boundary", params, permissions_boundary=wished)

    def _trust(self) -> Step | None:
        if not self._differs("trust"):
            return None
        params = {"PolicyDocument": document.trust(self._after, self._facts)}
        return self._step("update_assume_role_policy", params, trust=self._after.trust)

    def _settings(self) -> Step | None:
        if not self._differs("description", "max_session_duration"):
            return None
        # Both are always sent: what UpdateRole is not told goes back to its default.
        said = {
            "description": self._after.description,
            "max_session_duration": self._after.max_session_duration,
        }
        params = {
            "Description": said["description"] or "",
            "MaxSessionDuration": said["max_session_duration"] or 3600,
        }
        step = self._step("update_role", params, **said)
        changed = tuple(name for name in said if self._differs(name))
        return dataclasses.replace(step, changes=changed)

    def _own_policy(self) -> Step | None:
        stray = document.OWN in (self._before.inline_policies or {})
        if not stray and all(self._same(name) for name in GRANTS):
            return None
        leaves = {name: getattr(self._after, name) for name in GRANTS if not self._same(name)}
        if stray:
            leaves["inline_policies"] = _without(self._before.inline_policies, document.OWN)
        params = {"PolicyName": document.OWN}
        text = document.own_policy(self._after, self._facts)
        if not text:
            return self._step("delete_role_policy", params, **leaves)
        return self._step("put_role_policy", {**params, "PolicyDocument": text}, **leaves)

    def _same(self, name: str) -> bool:
        sides = (getattr(one, name) for one in (self._before, self._after))
        old, new = (document.arns(name, values, self._facts) for values in sides)
        return old == new

    def _other_policies(self) -> Step | None:
        old, new = self._before.inline_policies or {}, self._after.inline_policies or {}
        for name in sorted(old.keys() - new.keys()):
            return self._step(
                "delete_role_policy", {"PolicyName": name}, inline_policies=_without(old, name)
            )
        for name in sorted(new):
            if name not in old or _one_form({name: old[name]}) != _one_form({name: new[name]}):
                params = {"PolicyName": name, "PolicyDocument": _sent(new[name])}
                leaves = {**old, name: new[name]}
                return self._step("put_role_policy", params, inline_policies=leaves)
        return None

    def _attachments(self) -> Step | None:
        old = set(self._before.managed_policy_arns or ())
        new = set(self._after.managed_policy_arns or ())
        for arn in sorted(old - new):
            left = tuple(sorted(old - {arn}))
            return self._step("detach_role_policy", {"PolicyArn": arn}, managed_policy_arns=left)
        for arn in sorted(new - old):
            held = tuple(sorted(old | {arn}))
            return self._step("attach_role_policy", {"PolicyArn": arn}, managed_policy_arns=held)
        return None


def _sent(text: str) -> str:
    """Give a document as IAM takes it: as it is written, or whole where it was read back."""
    whole = _whole(text)
    if isinstance(whole, Mapping) and not text.lstrip().startswith("{"):
        return json.dumps({"Version": "2012-10-17", **whole}, sort_keys=True)
    return text


def _without(policies: Mapping[str, str] | None, name: str) -> dict[str, str]:
    return {one: text for one, text in (policies or {}).items() if one != name}
