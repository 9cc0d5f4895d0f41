"""IAM's say, when it is switched on: may this key do this to these resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, InvalidClientTokenIdError
from moto.iam.access_control import IAMPolicy, PermissionResult, create_access_key
from moto.iam.exceptions import NotFoundException

from elasticache_local.service.validation import service_model
from elasticache_local.shell import condition
from elasticache_local.shell.accounts import Accounts

KINDS = {
    "UserId": "user",
    "UserIds": "user",
    "UserIdsToAdd": "user",
    "UserIdsToRemove": "user",
    "UserGroupId": "usergroup",
    "UserGroupIds": "usergroup",
    "UserGroupIdsToAdd": "usergroup",
    "UserGroupIdsToRemove": "usergroup",
    "ReplicationGroupId": "replicationgroup",
    "ReplicationGroupIds": "replicationgroup",
    "CacheClusterId": "cluster",
    "CacheClusterIds": "cluster",
    "ServerlessCacheName": "serverlesscache",
    "ServerlessCacheSnapshotName": "serverlesscachesnapshot",
    "SnapshotName": "snapshot",
    "CacheParameterGroupName": "parametergroup",
    "CacheSubnetGroupName": "subnetgroup",
}
"""Request members that name a resource, and the kind of its ARN."""

_LISTED = {
    "DescribeSnapshots": "snapshot",
    "DescribeServerlessCacheSnapshots": "serverlesscachesnapshot",
}
"""What a describe of all is about, where its first member names something else."""

_FREE = frozenset({("sts", "GetCallerIdentity")})
"""What takes no permission (STS reference)."""


class Rights:
    """Switched off, everybody may do everything, as in moto; a root key always may."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.enforced = settings.INITIAL_NO_AUTH_ACTION_COUNT == 0

    def install(self) -> None:
        """Make moto ask here first: it knows no root keys, and would refuse them."""
        condition.install()
        rights, ask_moto = self, ActionAuthenticatorMixin._authenticate_and_authorize_action  # noqa: SLF001
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

        def authorise(request: Any, iam_request: type, resource: str = "*") -> None:
            if not rights.enforced or rights._accounts.is_root(request.access_key):
                return
            if "Authorization" not in request.headers:
                raise InvalidClientTokenIdError
            if (request.service_name, request._get_action()) in _FREE:  # noqa: SLF001
                return
            try:
                for one in _stored(request) if resource == "*" else (resource,):
                    ask_moto(request, iam_request, one)
            except NotFoundException:
                # A role that does not exist may be assumed here, and may do nothing.
                raise AccessDeniedError(request.access_key, request._get_action()) from None  # noqa: SLF001

        ActionAuthenticatorMixin._authenticate_and_authorize_action = authorise  # noqa: SLF001

    def may_connect(self, access_key_id: str, partition: str, arns: list[str]) -> bool:
        """Whether this key may do elasticache:Connect to the cache and as the user."""
        return self.may(access_key_id, partition, "elasticache:Connect", arns)

    def may(self, access_key_id: str, partition: str, action: str, arns: list[str]) -> bool:
        """Whether this key may do an action to all of these."""
        if not self.enforced or self._accounts.is_root(access_key_id):
            return True
        key = self._accounts.find_key(access_key_id)
        if key is None:
            return False
        headers = {"X-Amz-Security-Token": key.session_token} if key.session_token else {}
        try:
            policies = create_access_key(
                key.account_id, partition, access_key_id, headers
            ).collect_policies()
        except NotFoundException:
            return False
        return all(_permits(policies, action, arn) for arn in arns)


def resources(
    action: str, params: Mapping[str, Any], partition: str, region: str, account_id: str
) -> list[str]:
    """Give the ARNs that a call is about; a describe of all is about each of its kind."""
    if "ResourceName" in params:
        return [str(params["ResourceName"])]
    start = f"arn:{partition}:elasticache:{region}:{account_id}"
    shape = service_model().operation_model(action).input_shape
    members = [name for name in (shape.members if shape else ()) if name in KINDS]
    found = [
        f"{start}:{KINDS[name]}:{each.lower()}"
        for name in members
        for each in _as_list(params.get(name))
    ]
    if not found and members:
        return [f"{start}:{_LISTED.get(action) or KINDS[members[0]]}:*"]
    return found or ["*"]


def _stored(request: Any) -> list[str]:
    """Give the ARNs that a call to a store or to IAM is about: moto names none."""
    place = f"{request.region}:{request.current_account}"
    told = _told(request)
    match request.service_name:
        case "ssm":
            # A version or label may follow the name; what is permitted is the parameter.
            names = [told.get("Name"), told.get("Path"), told.get("ResourceId")]
            bare = [str(one).partition(":")[0].strip("/") for one in names if one]
            bare += [str(one).partition(":")[0].strip("/") for one in told.get("Names") or ()]
            found = [f"arn:{request.partition}:ssm:{place}:parameter/{one}" for one in bare]
        case "secretsmanager" if name := told.get("SecretId") or told.get("Name"):
            start = f"arn:{request.partition}:secretsmanager:{place}:secret:"
            found = [name if str(name).startswith("arn:") else f"{start}{name}-AbCdEf"]
        case "iam" if name := told.get("RoleName"):
            found = [f"arn:{request.partition}:iam::{request.current_account}:role/{name}"]
        case _:
            found = []
    return found or ["*"]


def _told(request: Any) -> Mapping[str, Any]:
    """Give the members of a request, whichever protocol carries them."""
    if request.service_name == "iam":
        return {name: values[0] for name, values in (request.querystring or {}).items() if values}
    try:
        found = json.loads(request.body or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in (value if isinstance(value, list) else [value])]


def _permits(policies: list[Any], action: str, arn: str) -> bool:
    answers = [IAMPolicy(policy).is_action_permitted(action, arn) for policy in policies]
    return PermissionResult.PERMITTED in answers and PermissionResult.DENIED not in answers
