"""Policy documents of IAM in one form, whatever the form in which they come back.

IAM gives them URL-encoded (RFC 3986), a list of one as a plain string, an account as the ARN of
its root, and lists in an order of its own (IAM user guide, grammar of the policy language).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from reconciler.kind import Facts
from reconciler.model import GRANTS, IamRole

OWN = "reconcile"
"""The name of the inline policy that the fields of a role become."""
_VERSION = "2012-10-17"
_CONNECT, _SECRET, _PARAMETER = (
    "elasticache:Connect",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
)
_FIELD_OF = {
    "replicationgroup": "replication_group_ids",
    "serverlesscache": "serverless_cache_names",
    "user": "user_ids",
}

Statement = Mapping[str, Any]


def statements(document: Any) -> list[dict[str, Any]]:
    """Give the statements of a document in one form: lists sorted, no Sid.

    Actions are lower case (IAM does not tell cases apart). A document that is no JSON is one
    statement that says so: it equals nothing that a spec can say.
    """
    try:
        read = json.loads(_decoded(document)) if isinstance(document, str) else document
    except ValueError:
        return [{"Unreadable": str(document)}]
    found = read.get("Statement", ()) if isinstance(read, Mapping) else ()
    return [_one_form(one) for one in ([found] if isinstance(found, Mapping) else found)]


def _decoded(text: str) -> str:
    return text if text.lstrip().startswith("{") else unquote(text)


def _one_form(statement: Statement) -> dict[str, Any]:
    found = {key: value for key, value in statement.items() if key != "Sid"}
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in found:
            found[key] = _several(found[key], lower="Action" in key)
    for key in ("Principal", "NotPrincipal"):
        if isinstance(found.get(key), Mapping):
            found[key] = {sort: _several(some) for sort, some in sorted(found[key].items())}
    return found


def _several(value: Any, *, lower: bool = False) -> list[str]:
    some = [value] if isinstance(value, str) else list(value)
    return sorted({str(one).lower() if lower else str(one) for one in some})


def one_text(document: Any) -> str:
    """Give a document as one text: equal texts, equal documents."""
    found = sorted(json.dumps(one, sort_keys=True) for one in statements(document))
    return "[" + ", ".join(found) + "]"


def principals(document: Any) -> tuple[str, ...]:
    """Give who a trust policy lets in; a statement that is more than that as its own JSON."""
    found: set[str] = set()
    for one in statements(document):
        rest = {key: value for key, value in one.items() if key != "Principal"}
        named = one.get("Principal")
        plain = {"Effect": "Allow", "Action": ["sts:assumerole"]}
        if rest == plain and isinstance(named, Mapping) and named.keys() <= {"AWS", "Service"}:
            found |= {name for some in named.values() for name in some}
        else:
            found.add(json.dumps(one, sort_keys=True))
    return tuple(sorted(found))


def trusted(some: Iterable[str]) -> tuple[str, ...]:
    """Give who is let in, in one form: a whole statement may be written in many ways."""
    found = (principals(f'{{"Statement": [{one}]}}') if one[:1] == "{" else (one,) for one in some)
    return tuple(sorted({name for names in found for name in names}))


def trust(role: IamRole, facts: Facts) -> str:
    """Write the trust policy that lets these in."""
    some = role.trust or ()
    whole = [one for one in some if one.startswith("{")]
    services = [one for one in some if one.endswith((".amazonaws.com", ".amazonaws.com.cn"))]
    others = [
        f"arn:{facts.partition}:iam::{one}:root" if one.isdigit() else one
        for one in some
        if one not in (*services, *whole)
    ]
    named: dict[str, list[str]] = {"AWS": others, "Service": services}
    plain = [
        {"Effect": "Allow", "Principal": {sort: names}, "Action": "sts:AssumeRole"}
        for sort, names in named.items()
        if names
    ]
    return _document([*plain, *map(json.loads, whole)])


def own_policy(role: IamRole, facts: Facts) -> str:
    """Write the inline policy that the fields of a role become; empty where they grant nothing."""
    named = {name: arns(name, getattr(role, name), facts) for name in GRANTS}
    connect = [arn for name in _FIELD_OF.values() for arn in named[name]]
    opened = {
        _CONNECT: connect,
        _SECRET: [arn for arn in named["secrets"] if ":secretsmanager:" in arn],
        _PARAMETER: [arn for arn in named["secrets"] if ":ssm:" in arn],
    }
    if not any(opened.values()):
        return ""
    return _document(
        {"Effect": "Allow", "Action": [action], "Resource": sorted(found)}
        for action, found in opened.items()
        if found
    )


def _document(some: Iterable[Statement]) -> str:
    return json.dumps({"Version": _VERSION, "Statement": list(some)}, sort_keys=True)


def granted(document: Any) -> tuple[dict[str, tuple[str, ...]], list[dict[str, Any]]]:
    """Read the own policy back: ARNs by the field that they belong to, and what fits in none."""
    found: dict[str, set[str]] = {name: set() for name in GRANTS}
    left: list[dict[str, Any]] = []
    for one in statements(document):
        if one.keys() != {"Effect", "Action", "Resource"} or one["Effect"] != "Allow":
            left.append(one)
            continue
        strangers = set(one["Resource"])
        if len(one["Action"]) == 1:
            for arn in one["Resource"]:
                if name := _field_of(one["Action"][0], arn):
                    found[name].add(arn)
                    strangers.discard(arn)
        if strangers:
            left.append({**one, "Resource": sorted(strangers)})
    return {name: tuple(sorted(some)) for name, some in found.items()}, left


def _field_of(action: str, arn: str) -> str:
    parts = arn.split(":", 6)
    if len(parts) < 6 or parts[0] != "arn":
        return ""
    match action, parts[2]:
        case "elasticache:connect", "elasticache":
            return _FIELD_OF.get(parts[5], "")
        case ("secretsmanager:getsecretvalue", "secretsmanager") | ("ssm:getparameter", "ssm"):
            return "secrets"
        case _:
            return ""


def arns(name: str, values: Iterable[str] | None, facts: Facts) -> tuple[str, ...]:
    """Give the ARNs that the values of a field stand for; an ARN stands for itself."""
    return tuple(sorted({_arn(name, one, facts) for one in values or ()}))


def names(name: str, values: Iterable[str], facts: Facts) -> tuple[str, ...]:
    """Give what a person writes for these ARNs; one that no name stands for here is kept whole."""
    short = ((arn, _id(arn)) for arn in values)
    return tuple(sorted(one if _arn(name, one, facts) == arn else arn for arn, one in short))


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """Give what people write for these ARNs, wherever they are; what is none stands for itself."""
    return tuple(sorted({_id(one) for one in values}))


def _id(value: str) -> str:
    if not value.startswith("arn:"):
        store, _, ident = value.partition(":")
        return f"ssm:{ident.strip('/')}" if store == "ssm" else value
    service, rest = value.split(":", 5)[2::3]
    if service == "secretsmanager":
        return f"secretsmanager:{rest.removeprefix('secret:').removesuffix('-??????')}"
    if service == "ssm":
        return f"ssm:{rest.removeprefix('parameter/').strip('/')}"
    return rest.partition(":")[2]


def _arn(name: str, value: str, facts: Facts) -> str:
    if value.startswith("arn:"):
        return value
    if name != "secrets":
        sort = next(one for one, field in _FIELD_OF.items() if field == name)
        return facts.arn(sort, value)
    store, _, ident = value.partition(":")
    if store == "ssm":
        return facts.arn_of("ssm", f"parameter/{ident.strip('/')}")
    # Secrets Manager appends a hyphen and six characters to the name.
    return facts.arn_of("secretsmanager", f"secret:{ident}-??????")
