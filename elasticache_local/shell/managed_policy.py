"""AWS's own managed policies, each at its first mention: moto would load all of them or none."""

from __future__ import annotations

import functools
import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_ATTACHES = ("attach_role_policy", "attach_user_policy", "attach_group_policy")


def install() -> None:
    """Make moto know a policy of AWS's when it is attached or asked for."""
    for name in (*_ATTACHES, "get_policy"):
        setattr(IAMBackend, name, _knowing(getattr(IAMBackend, name)))


def _knowing(ask_moto: Any) -> Any:
    @functools.wraps(ask_moto)
    def ask(backend: IAMBackend, policy_arn: str, *rest: Any, **more: Any) -> Any:
        if ":iam::aws:policy/" in policy_arn and policy_arn not in backend.managed_policies:
            path = policy_arn.partition(":policy")[2]
            if (found := _by_path().get(path)) is not None:
                name, data = found
                made = AWSManagedPolicy.from_data(
                    name, backend.account_id, backend.region_name, data
                )
                backend.managed_policies[policy_arn] = made
        return ask_moto(backend, policy_arn, *rest, **more)

    return ask


@functools.cache
def _by_path() -> dict[str, tuple[str, dict[str, Any]]]:
    every = json.loads(aws_managed_policies_data)
    return {f"{data.get('Path', '/')}{name}": (name, data) for name, data in every.items()}
