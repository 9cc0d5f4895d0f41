"""Which roles of an account concern its caches: those that a policy lets log in to one by IAM."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kind import Facts
from reconciler.kinds.iam_role import document
from reconciler.ports import Reader

_CONNECT = "elasticache:connect"
_SERVICES_OWN = "/aws-service-role/"


def connecting(reader: Reader, facts: Facts) -> Iterator[str]:
    """Give the names of the roles that say ``elasticache:Connect`` of something here.

    In a policy of their own or in one of the account's that is attached. What allows it in passing
    (``elasticache:*``, ``*``) is an administrator's, and no role for an application. One bulk call
    for each (IAM API, GetAccountAuthorizationDetails), not several for each of a thousand roles.
    """
    kept = {
        str(one["Arn"])
        for one in _details(reader, "LocalManagedPolicy", "Policies")
        if any(
            _connects(version["Document"], facts)
            for version in one.get("PolicyVersionList", ())
            if version.get("IsDefaultVersion") and "Document" in version
        )
    }
    for role in _details(reader, "Role", "RoleDetailList"):
        own = (one["PolicyDocument"] for one in role.get("RolePolicyList", ()))
        attached = {one["PolicyArn"] for one in role.get("AttachedManagedPolicies", ())}
        if not role["Path"].startswith(_SERVICES_OWN) and (
            kept & attached or any(_connects(one, facts) for one in own)
        ):
            yield str(role["RoleName"]).lower()


def _details(reader: Reader, sort: str, key: str) -> Iterator[Mapping[str, Any]]:
    return reader.pages("iam", "get_account_authorization_details", key, {"Filter": [sort]})


def _connects(text: Any, facts: Facts) -> bool:
    """Say whether a document allows to connect, by that name, to a cache of this place."""
    return any(
        one.get("Effect") == "Allow"
        and _CONNECT in one.get("Action", ())
        and any(_is_here(arn, facts) for arn in one.get("Resource", ("*",)))
        for one in document.statements(text)
    )


def _is_here(pattern: str, facts: Facts) -> bool:
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return pattern == "*"
    place = (facts.partition, "elasticache", facts.region, facts.account_id)
    return all(fnmatch.fnmatchcase(said, one) for said, one in zip(place, parts[1:5], strict=True))
