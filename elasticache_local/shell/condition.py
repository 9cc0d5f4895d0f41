"""Conditions of IAM policies: what a statement says besides action and resource.

The operators and the keys on tags that policies for ElastiCache are written with (IAM user guide,
condition operators; Service Authorization Reference). A condition that is not known here does not
hold, so a statement with it allows nothing.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

Keys = Mapping[str, str]
_keys: ContextVar[Callable[[], Keys] | None] = ContextVar("keys", default=None)

_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda held, wanted: held == wanted,
    "StringEqualsIgnoreCase": lambda held, wanted: held.lower() == wanted.lower(),
    "StringLike": fnmatch.fnmatchcase,
    # ArnEquals and ArnLike are the same.
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
}


@contextmanager
def among(keys: Callable[[], Keys]) -> Iterator[None]:
    """Judge by these keys within the block; they are asked for where a statement has conditions."""
    token = _keys.set(keys)
    try:
        yield
    finally:
        _keys.reset(token)


def tag_keys(requested: Any, held: Mapping[str, str]) -> Keys:
    """Give the keys that a request's ``Tags`` and a resource's tags stand under."""
    found = {f"aws:ResourceTag/{key}": value for key, value in held.items()}
    for tag in requested if isinstance(requested, list) else ():
        found[f"aws:RequestTag/{tag.get('Key', '')}"] = str(tag.get("Value", ""))
    return found


def holds(conditions: Mapping[str, Mapping[str, Any]], keys: Keys) -> bool:
    """Say whether every condition holds; one of several values is enough for a key."""
    return all(
        _one(operator, keys.get(key), values if isinstance(values, list) else [values])
        for operator, block in conditions.items()
        for key, values in block.items()
    )


def _one(operator: str, held: str | None, wanted: list[Any]) -> bool:
    if operator == "Null":
        return (held is None) is (str(wanted[0]).lower() == "true")
    if operator.endswith("IfExists"):
        return held is None or _one(operator.removesuffix("IfExists"), held, wanted)
    test = _TESTS.get(operator)
    return test is not None and held is not None and any(test(held, str(one)) for one in wanted)


def install() -> None:
    """Make moto ask here: it denies a call where any condition on its action does not hold."""
    ask_moto = IAMPolicyStatement.is_action_permitted

    def permitted(statement: Any, action: str, *rest: Any, **more: Any) -> PermissionResult:
        keys, said = _keys.get(), _readable(statement._statement)  # noqa: SLF001
        judged = {} if keys is None else said.pop("Condition", {})
        # The tagging API signs as tagging and stands in policies as tag.
        named = action.replace("tagging:", "tag:", 1)
        found = ask_moto(IAMPolicyStatement(said), named, *rest, **more)
        if found is PermissionResult.NEUTRAL or not judged or (keys and holds(judged, keys())):
            return found
        return PermissionResult.NEUTRAL

    IAMPolicyStatement.is_action_permitted = permitted


def _readable(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Give the statement as moto reads it: it knows ``*``, and stumbles over ``?``."""
    said = dict(statement)
    if "Resource" in said:
        named = said["Resource"] if isinstance(said["Resource"], list) else [said["Resource"]]
        said["Resource"] = [one.replace("?", ".") for one in named]
    return said
