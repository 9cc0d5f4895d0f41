"""What IAM would say to a call under a policy, by the local service's own reading of both."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient

from elasticache_local.shell.condition import holds, tag_keys
from elasticache_local.shell.rights import resources

_PREFIX = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
"""Services whose prefix in policies is not their name in boto3."""
ACCOUNT, REGION = "123456789012", "eu-west-1"


@dataclass(frozen=True)
class Asked:
    """One call as IAM sees it: the action, and for each resource its ARN and the keys there."""

    action: str
    about: tuple[tuple[str, Mapping[str, str]], ...] = field(hash=False)

    @property
    def types(self) -> set[str]:
        return {arn.split(":")[5] if arn.count(":") > 5 else arn for arn, _ in self.about}


def asked(action: str, params: Mapping[str, Any], tags: Mapping[str, Mapping[str, str]]) -> Asked:
    """Give an ElastiCache call; ``tags`` are what the account's resources bear, by ARN."""
    arns = resources(action, params, "aws", REGION, ACCOUNT)
    keys = [(arn, tag_keys(params.get("Tags"), tags.get(arn, {}))) for arn in arns]
    return Asked(f"elasticache:{action}", tuple(keys))


def denied(policy: Mapping[str, Any], call: Asked) -> list[str]:
    """Give the ARNs for which no statement allows the call."""
    return [
        arn
        for arn, keys in call.about
        if not any(_allows(one, call.action, arn, keys) for one in policy["Statement"])
    ]


def _allows(statement: Mapping[str, Any], action: str, arn: str, keys: Mapping[str, str]) -> bool:
    return (
        action in statement["Action"]
        and any(fnmatch.fnmatchcase(arn, one) for one in statement["Resource"])
        and holds(statement.get("Condition", {}), keys)
    )


def unused(policy: Mapping[str, Any], calls: Iterable[Asked]) -> set[str]:
    """Give the actions that are allowed and that no call asked for."""
    seen = {call.action for call in calls}
    return {action for one in policy["Statement"] for action in one["Action"]} - seen


def keys_with(running: Any, account: Any, name: str, *documents: Mapping[str, Any]) -> Any:
    """Give the keys of a new IAM user who has these policies and nothing else."""
    iam = account.client("iam")
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        told = json.dumps(document)
        iam.put_user_policy(UserName=name, PolicyName=f"least{number}", PolicyDocument=told)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return running.signed_by(key["AccessKeyId"], key["SecretAccessKey"])


def recording(monkeypatch: Any) -> list[Asked]:
    """Give the list into which every call goes that boto3 makes from here on, oldest first."""
    seen: list[Asked] = []
    make = BaseClient._make_api_call

    def noted(self: Any, operation: str, params: Any) -> Any:
        service = self.meta.service_model.service_name
        seen.append(Asked(f"{_PREFIX.get(service, service)}:{operation}", ()))
        return make(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return seen
