"""IAM's roles in this process, as the API reference says: codes, conflicts, and how it reads back.

What is written comes back in the forms that people are surprised by: documents URL-encoded, lists
of one as a plain string, an account as the ARN of its root.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reconciler.errors import AwsError
from reconciler.ports import Call

_ONCE = {
    "Statement": {"Effect": "Allow", "Action": "elasticache:Connect", "Resource": "*"},
}
"""What a managed policy allowed in a version that is no longer its default."""


class Iam:
    """The roles of one account."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self.roles: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, Any] = {}
        """The account's own managed policies: ARN -> document."""

    def answer(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "get_account_authorization_details":
            return self._details(params)
        name = str(params["RoleName"])
        if operation == "create_role":
            return self._create(name, params)
        role = self.roles.get(name.lower())
        if role is None:
            raise _refused(operation, "NoSuchEntity", f"The role with name {name} cannot be found.")
        found: Mapping[str, Any] = getattr(self, f"_{operation}")(role, params) or {}
        return found

    def _create(self, name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if name.lower() in self.roles:
            words = f"Role with name {name} already exists."
            raise _refused("create_role", "EntityAlreadyExists", words)
        role = {
            "RoleName": name,
            "Path": params.get("Path", "/"),
            "Arn": f"arn:aws:iam::{self._account_id}:role{params.get('Path', '/')}{name}",
            "trust": _parsed("create_role", params["AssumeRolePolicyDocument"]),
            "Description": params.get("Description"),
            "MaxSessionDuration": params.get("MaxSessionDuration", 3600),
            "boundary": params.get("PermissionsBoundary"),
            "tags": {one["Key"]: one["Value"] for one in params.get("Tags", ())},
            "inline": {},
            "attached": [],
        }
        self.roles[name.lower()] = role
        return {"Role": _shown(role)}

    def _details(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give one item a page: whoever forgets the marker sees the first only."""
        [sort] = params["Filter"]
        made = {"Role": self._role_details, "LocalManagedPolicy": self._policy_details}
        found, at = made[sort](), int(params.get("Marker", 0))
        more = {"Marker": str(at + 1)} if at + 1 < len(found) else {}
        key = "RoleDetailList" if sort == "Role" else "Policies"
        return {key: found[at : at + 1], "IsTruncated": bool(more), **more}

    def _role_details(self) -> list[dict[str, Any]]:
        return [
            {
                "RoleName": role["RoleName"],
                "Path": role["Path"],
                "Arn": role["Arn"],
                "RolePolicyList": [
                    {"PolicyName": name, "PolicyDocument": _encoded(document)}
                    for name, document in role["inline"].items()
                ],
                "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in role["attached"]],
            }
            for role in self.roles.values()
        ]

    def _policy_details(self) -> list[dict[str, Any]]:
        some = {True: "v2", False: "v1"}
        return [
            {
                "Arn": arn,
                "PolicyVersionList": [
                    {
                        "VersionId": version,
                        "IsDefaultVersion": default,
                        "Document": _encoded(document if default else _ONCE),
                    }
                    for default, version in some.items()
                ],
            }
            for arn, document in self.policies.items()
        ]

    def _get_role(self, role: Any, _: Any) -> Any:
        return {"Role": _shown(role)}

    def _update_role(self, role: Any, params: Any) -> None:
        role["Description"] = params.get("Description") or None
        role["MaxSessionDuration"] = params.get("MaxSessionDuration", 3600)

    def _update_assume_role_policy(self, role: Any, params: Any) -> None:
        role["trust"] = _parsed("update_assume_role_policy", params["PolicyDocument"])

    def _put_role_permissions_boundary(self, role: Any, params: Any) -> None:
        role["boundary"] = params["PermissionsBoundary"]

    def _delete_role_permissions_boundary(self, role: Any, _: Any) -> None:
        role["boundary"] = None

    def _list_role_policies(self, role: Any, _: Any) -> Any:
        return {"PolicyNames": sorted(role["inline"]), "IsTruncated": False}

    def _get_role_policy(self, role: Any, params: Any) -> Any:
        name = params["PolicyName"]
        document = _encoded(_held(role["inline"], name, "get_role_policy"))
        return {"RoleName": role["RoleName"], "PolicyName": name, "PolicyDocument": document}

    def _put_role_policy(self, role: Any, params: Any) -> None:
        document = _parsed("put_role_policy", params["PolicyDocument"])
        role["inline"][params["PolicyName"]] = document

    def _delete_role_policy(self, role: Any, params: Any) -> None:
        _held(role["inline"], params["PolicyName"], "delete_role_policy")
        del role["inline"][params["PolicyName"]]

    def _list_attached_role_policies(self, role: Any, _: Any) -> Any:
        rows = [
            {"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]} for arn in role["attached"]
        ]
        return {"AttachedPolicies": rows, "IsTruncated": False}

    def _attach_role_policy(self, role: Any, params: Any) -> None:
        role["attached"] = sorted({*role["attached"], params["PolicyArn"]}, reverse=True)

    def _detach_role_policy(self, role: Any, params: Any) -> None:
        if params["PolicyArn"] not in role["attached"]:
            raise _refused("detach_role_policy", "NoSuchEntity", "It is not attached.")
        role["attached"].remove(params["PolicyArn"])

    def _tag_role(self, role: Any, params: Any) -> None:
        role["tags"] |= {one["Key"]: one["Value"] for one in params["Tags"]}

    def _untag_role(self, role: Any, params: Any) -> None:
        for key in params["TagKeys"]:
            role["tags"].pop(key, None)

    def _delete_role(self, role: Any, _: Any) -> None:
        if role["inline"] or role["attached"]:
            words = "Cannot delete entity, must detach all policies first."
            raise _refused("delete_role", "DeleteConflict", words)
        del self.roles[role["RoleName"].lower()]


def _shown(role: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "RoleName": role["RoleName"],
        "Path": role["Path"],
        "Arn": role["Arn"],
        "AssumeRolePolicyDocument": _encoded(role["trust"]),
        "MaxSessionDuration": role["MaxSessionDuration"],
        "Tags": [{"Key": key, "Value": value} for key, value in role["tags"].items()],
    }
    if role["Description"]:
        shown["Description"] = role["Description"]
    if role["boundary"]:
        arn = role["boundary"]
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": arn,
        }
    return shown


def _encoded(document: Any) -> str:
    return quote(json.dumps(_short(document)), safe="")


def _short(value: Any) -> Any:
    match value:
        case dict():
            return {key: _short(one) for key, one in reversed(value.items())}
        case [str() as one]:
            return one
        case list():
            return [_short(one) for one in reversed(value)]
        case _:
            return value


def _held(policies: Mapping[str, Any], name: str, operation: str) -> Any:
    if name not in policies:
        raise _refused(operation, "NoSuchEntity", f"The role policy {name} cannot be found.")
    return policies[name]


def _parsed(operation: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise _refused(operation, "MalformedPolicyDocument", "Syntax errors in policy.") from None


def _refused(operation: str, code: str, words: str) -> AwsError:
    status = {"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409}.get(code, 400)
    return AwsError("iam", Call("iam", operation, {}).action, code, words, status=status)
