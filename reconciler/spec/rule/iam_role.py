"""IAM roles (IAM API reference, CreateRole; IAM and STS quotas; ElastiCache guide, IAM login)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, IamRole, User
from reconciler.spec.draft import Draft, Wish

_PATH = re.compile(r"/|/[\x21-\x7e]{1,510}/")
_PRINCIPAL = re.compile(
    r"[0-9]{12}|[a-z0-9.-]+\.amazonaws\.com(\.cn)?|arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:\S+"
)
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/\S+")
_SECRET = re.compile(r"(secretsmanager|ssm):[^:\s*?]+|arn:aws[a-z-]*:(secretsmanager|ssm):\S+")
_OWN = "reconcile"


def iam_roles(draft: Draft) -> Iterator[Problem]:
    """Judge each role, and whether the users it connects as log in by IAM."""
    for wish, role in draft.of(IamRole):
        yield from _trust(wish, role)
        yield from _names(wish, role)
        yield from _grants(draft, wish, role)
        yield from _policies(wish, role)


def _trust(wish: Wish, role: IamRole) -> Iterator[Problem]:
    if role.trust is not None and not role.trust:
        yield wish.problem("a role that nobody may assume can't be made; name somebody", "trust")
    for one in role.trust or ():
        if one.startswith("{") and not _is_statement(one):
            yield wish.problem("this is no statement of a trust policy in JSON", "trust")
        elif not one.startswith("{") and not _PRINCIPAL.fullmatch(one):
            message = (
                f'"{one}" is nobody who can be trusted by name; write a service '
                '(lambda.amazonaws.com), an account ("123456789012"), an ARN, or a whole '
                "statement in JSON"
            )
            yield wish.problem(message, "trust")


def _is_statement(text: str) -> bool:
    try:
        read = json.loads(text)
    except ValueError:
        return False
    return isinstance(read, dict) and {"Effect", "Action", "Principal"} <= read.keys()


def _names(wish: Wish, role: IamRole) -> Iterator[Problem]:
    if role.path is not None and not _PATH.fullmatch(role.path):
        yield wish.problem(f'"{role.path}" is no path; one looks like /shop/', "path")
    named = {
        "permissions_boundary": [role.permissions_boundary] if role.permissions_boundary else []
    }
    for field, arns in {
        **named,
        "managed_policy_arns": list(role.managed_policy_arns or ()),
    }.items():
        for one in arns:
            if not _POLICY_ARN.fullmatch(one):
                message = (
                    f'"{one}" is no ARN of a policy; one looks like arn:aws:iam::aws:policy/NAME'
                )
                yield wish.problem(message, field)


def _grants(draft: Draft, wish: Wish, role: IamRole) -> Iterator[Problem]:
    caches = (*(role.replication_group_ids or ()), *(role.serverless_cache_names or ()))
    if role.user_ids and not caches:
        message = "connecting takes a cache and a user: name replication_group_ids or"
        yield wish.problem(f"{message} serverless_cache_names too", "user_ids")
    if caches and not role.user_ids:
        field = "replication_group_ids" if role.replication_group_ids else "serverless_cache_names"
        yield wish.problem("connecting takes a cache and a user: name user_ids too", field)
    for ident in role.user_ids or ():
        found = draft.wishes.get(Address("user", ident))
        user = found.resource if found is not None else None
        mode = user.authentication_mode if isinstance(user, User) else None
        if mode is not None and mode.type != "iam":
            message = f"user/{ident} logs in by {mode.type}, not by IAM: the role is no use to it"
            yield wish.problem(message, *wish.entry.item("user_ids", ident))
    for one in role.secrets or ():
        if not _SECRET.fullmatch(one):
            message = f'"{one}" names no secret; write secretsmanager:NAME, ssm:NAME or an ARN'
            yield wish.problem(message, "secrets")


def _policies(wish: Wish, role: IamRole) -> Iterator[Problem]:
    for name, text in (role.inline_policies or {}).items():
        if name == _OWN:
            message = f"{_OWN} is the policy that the other fields become; give another name"
            yield wish.problem(message, "inline_policies", name, key=True)
        try:
            read = json.loads(text)
        except ValueError:
            read = None
        if not isinstance(read, dict) or "Statement" not in read:
            yield wish.problem("this is no policy document in JSON", "inline_policies", name)
