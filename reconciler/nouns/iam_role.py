"""IAM roles: who outside may log in to a cache by IAM, and which secrets it may open for that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from reconciler.nouns.field import (
    Form,
    Ids,
    Immutable,
    Impact,
    RefersTo,
    Required,
    ServiceDefault,
    listed,
)
from reconciler.nouns.resource import Resource

GRANTS = ("replication_group_ids", "serverless_cache_names", "user_ids", "secrets")
"""The fields that become the role's own inline policy."""

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")


def _principals(some: tuple[str, ...]) -> tuple[str, ...]:
    # IAM writes an account as the ARN of its root, whichever of the two it was given.
    return tuple(sorted({_ROOT.sub(r"\1", one) for one in some}))


Set = Annotated[
    tuple[str, ...],
    BeforeValidator(listed),
    AfterValidator(lambda some: tuple(sorted(set(some)))),
]


class IamRole(Resource):
    """A role, its trust, and one inline policy that allows what is named here and nothing else.

    It exists only where a spec writes it; roles that no spec names are never looked at.
    """

    kind: ClassVar[str] = "iam_role"

    path: Annotated[
        str | None, Immutable("the API has no call for it"), ServiceDefault("/"), Form("/shop/")
    ] = None
    """Where it stands among the account's roles."""
    description: Annotated[str | None, ServiceDefault("none"), Field(max_length=1000)] = None
    """What it is for."""
    trust: Annotated[
        Annotated[tuple[str, ...], BeforeValidator(listed), AfterValidator(_principals)] | None,
        Required(),
        Impact("who is no longer named keeps what it assumed until that expires"),
        Form('lambda.amazonaws.com, an account "123456789012", or the ARN of a role'),
    ] = None
    """Who may assume it: services, accounts (twelve digits, quoted), ARNs, or a whole statement in
    JSON where there is more to say (a web identity, conditions). The whole list."""
    max_session_duration: Annotated[
        Annotated[int, Field(ge=3600, le=43200)] | None, ServiceDefault("3600")
    ] = None
    """For how many seconds it can be assumed at once."""
    permissions_boundary: Annotated[str | None, ServiceDefault("none")] = None
    """The ARN of the policy that nothing here can exceed."""
    managed_policy_arns: Annotated[Set | None, ServiceDefault("none")] = None
    """The ARNs of managed policies that are attached. The whole list."""
    replication_group_ids: Annotated[
        Ids | None, RefersTo("replication_group"), ServiceDefault("none")
    ] = None
    """The caches that it may connect to (elasticache:Connect), with the users below."""
    serverless_cache_names: Annotated[
        Ids | None, RefersTo("serverless_cache"), ServiceDefault("none")
    ] = None
    """The serverless caches that it may connect to, with the users below."""
    user_ids: Annotated[Ids | None, RefersTo("user"), ServiceDefault("none")] = None
    """The users that it may connect as; each logs in by IAM."""
    secrets: Annotated[
        Set | None, ServiceDefault("none"), Form("secretsmanager:NAME, ssm:NAME or an ARN")
    ] = None
    """The secrets that it may open: secretsmanager:NAME, ssm:NAME, or an ARN."""
    inline_policies: Annotated[Mapping[str, str] | None, ServiceDefault("none")] = None
    """Inline policies besides, name to JSON. Others go as soon as one of its rights is said."""

    def model_post_init(self, context: Any, /) -> None:
        """Manage the whole of what the role may do as soon as any of it is said."""
        super().model_post_init(context)
        if self.model_fields_set.intersection(GRANTS):
            self.model_fields_set.add("inline_policies")
