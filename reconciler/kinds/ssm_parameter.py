"""Published endpoints: an SSM parameter for each cache that says ``publish``; no spec writes one.

Read in bulk: ten values a call, the tags of a hundred in another. A parameter that the tagging API
does not show yet is asked for its tags itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from reconciler.errors import AwsError
from reconciler.kind import Endpoint, Facts, Kind, Live, Next, Step, Unreachable, Wait
from reconciler.model import Address, ServerlessCache
from reconciler.nouns.ssm_parameter import SsmParameter
from reconciler.ports import Call, Reader

_VALUES_AT_ONCE = 10
_TAGS_AT_ONCE = 100
_MOVING = frozenset({"transit_encryption_enabled", "transit_encryption_mode", "cluster_mode"})
"""Fields of a cache whose change gives endpoints other names (User Guide, finding endpoints)."""


class SsmParameters(Kind[SsmParameter]):
    """Parameters of type String. They have no status: what was written holds at once."""

    model = SsmParameter
    section = ""
    service = "ssm"
    arn_type = "parameter"
    bulk = False
    found_by_tag = "ssm:parameter"
    retry_faults = frozenset({"TooManyUpdates"})
    already_faults = frozenset({"ParameterAlreadyExists"})
    gone_faults = frozenset({"ParameterNotFound"})

    def arn(self, facts: Facts, ident: str) -> str:
        """Give the ARN: a name's own slash stands for the one before it."""
        return facts.arn_of("ssm", f"parameter/{ident.lstrip('/')}")

    def tag_call(self, arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
        """Give the call that writes these tags."""
        return Call("ssm", "add_tags_to_resource", {**_named(arn), "Tags": [*tags]})

    def untag_call(self, arn: str, keys: Sequence[str]) -> Call:
        """Give the call that drops these tags."""
        return Call("ssm", "remove_tags_from_resource", {**_named(arn), "TagKeys": [*keys]})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[SsmParameter]]:
        """Read the parameters that caches are published to."""
        found = [
            one
            for some in _batches(sorted(names), _VALUES_AT_ONCE)
            for one in reader.read("ssm", "get_parameters", {"Names": some}).get("Parameters", ())
        ]
        tags = _tags(reader, [str(one["ARN"]) for one in found])
        for one in found:
            yield Live(
                SsmParameter(id=one["Name"], value=one.get("Value", "")),
                arn=one["ARN"],
                status="available",
                at_rest=True,
                tags=tags[one["ARN"]],
            )

    def fold(self, field_name: str, wished: Any, before: SsmParameter, facts: Facts) -> Any:  # noqa: ARG002
        """Take JSON that says the same for the same."""
        held = getattr(before, field_name)
        return held if field_name == "value" and _read(held) == _read(wished) else wished

    def reset(self, field_name: str, before: SsmParameter | None) -> Any:
        """Give what is there: a parameter can't be empty."""
        return getattr(before, field_name, None)

    def canonical(self, field_name: str, value: Any) -> Any:
        """Give JSON in one form."""
        if field_name != "value" or value is None:
            return value
        return json.dumps(_read(value), sort_keys=True)

    def fill(
        self,
        after: SsmParameter,
        given: frozenset[str],  # noqa: ARG002
        before: SsmParameter | None,
        facts: Facts,
    ) -> SsmParameter:
        """Let the value be what the cache's endpoints are now; unknown: as it is."""
        now = endpoints_text(after.of, facts) if after.of is not None else None
        if now is None:
            return after
        held = before.value if before is not None else None
        return after.but(value=held if held and _read(held) == _read(now) else now)

    def next_step(
        self, before: SsmParameter | None, after: SsmParameter | None, facts: Facts
    ) -> Next:
        """Write it, with our tags when it is made; take it away."""
        match before, after:
            case None, SsmParameter():
                return _created(after, facts)
            case SsmParameter(), SsmParameter() if before.value != after.value:
                params = {"Name": after.id, "Value": after.value, "Overwrite": True}
                return _step("put_parameter", params, before.but(value=after.value))
            case SsmParameter(), None:
                return _step("delete_parameter", {"Name": before.id}, None)
            case _:
                return None

    def refers_to(self, resource: SsmParameter) -> frozenset[Address]:
        """Give the cache: it is there before its endpoints are known."""
        return frozenset({resource.of} if resource.of is not None else ())

    def follows(self, resource: SsmParameter, changes: Mapping[Address, frozenset[str]]) -> str:
        """Say what its value waits for where the cache's endpoints get other names."""
        moved = changes.get(resource.of, frozenset()) if resource.of else frozenset()
        return f"{resource.cache} has its new endpoints" if moved & _MOVING else ""


def endpoints_text(cache: Address, facts: Facts) -> str | None:
    """Give what is published of a cache; None: it has no endpoints yet."""
    live = facts.observed.get(cache)
    if live is None or not live.endpoints:
        return None
    held = live.resource
    groups = getattr(held, "user_group_ids", None) or getattr(held, "user_group_id", None)
    token = getattr(held, "auth_token", None)
    told = {
        "cache": str(cache),
        "engine": held.engine,
        "tls": any(one.tls for one in live.endpoints),
        "auth": "users" if groups else "token" if token is not None else "none",
        "cluster": isinstance(held, ServerlessCache) or held.cluster_mode == "enabled",
        "endpoints": _by_role(live.endpoints),
    }
    return json.dumps(told, sort_keys=True)


def _by_role(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    return {
        one.role: {"host": one.host, "port": one.port}
        for one in sorted(endpoints)
        if one.role != "node"
    }


def _created(after: SsmParameter, facts: Facts) -> Next:
    if after.value is None and after.of is not None:
        return Wait(f"{after.of} has its endpoints")
    if after.value is None:
        return Unreachable("a parameter can't be created without value", "say publish on a cache")
    params = {
        "Name": after.id,
        "Description": f"endpoints of {after.of}, published by reconcile" if after.of else "",
        "Value": after.value,
        "Type": "String",
        "Overwrite": False,
        "Tags": facts.tags(after),
    }
    return _step("put_parameter", {k: v for k, v in params.items() if v != ""}, after)


def _step(operation: str, params: Mapping[str, Any], leaves: SsmParameter | None) -> Step:
    return Step(
        Call("ssm", operation, dict(params)),
        leaves,
        changes=("value",) if leaves is not None else (),
        impact_text="nobody cut off; who reads it at its start reads the new one next time",
        settle_timeout_s=300,
    )


def _tags(reader: Reader, arns: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for some in _batches(arns, _TAGS_AT_ONCE):
        told = reader.read(
            "resourcegroupstaggingapi", "get_resources", {"ResourceARNList": some}
        ).get("ResourceTagMappingList", ())
        found |= {one["ResourceARN"]: _pairs(one.get("Tags", ())) for one in told}
    # It trails, and says nothing of what never had a tag.
    return {arn: found.get(arn) or _asked(reader, arn) for arn in arns}


def _asked(reader: Reader, arn: str) -> dict[str, str]:
    try:
        told = reader.read("ssm", "list_tags_for_resource", _named(arn))
    except AwsError as refused:
        if refused.code != "InvalidResourceId":
            raise
        return {}
    return _pairs(told.get("TagList", ()))


def _pairs(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in tags}


def _named(arn: str) -> dict[str, str]:
    """Name a parameter as the tag calls do: with its slash if it has others."""
    name = arn.split(":parameter/", 1)[1]
    return {"ResourceType": "Parameter", "ResourceId": f"/{name}"}


def _batches(some: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(some)
    while batch := list(islice(left, size)):
        yield batch


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
