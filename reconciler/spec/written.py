"""What was observed -> what a person would have written: keys, no defaults, no secrets."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kind import Facts, Kind, Live
from reconciler.model import (
    RESOURCES,
    Address,
    AuthenticationMode,
    CacheCluster,
    IamRole,
    RefersTo,
    ReplicationGroup,
    Resource,
    ServerlessCache,
    ServiceDefault,
    User,
    mark,
)
from reconciler.spec.quote import scalar

_SIZES = frozenset({"num_cache_clusters", "num_node_groups", "replicas_per_node_group"})
_ALWAYS = _SIZES | {"automatic_failover_enabled"}
"""Written even where they are the default: it hangs on engine and mode, and readers look here."""
_VERSION_PARTS = {"redis 2", "redis 3", "redis 4", "redis 5"}
_NO_DEFAULT = object()
_NOUNS = {noun.kind: noun for noun in RESOURCES}


@dataclass(frozen=True)
class Entry:
    """One resource as it shall be written: fields, remarks above, and what a person fills in."""

    address: Address
    fields: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    to_fill_in: Mapping[str, str] = field(default_factory=dict)
    """Fields in one line each that count once a person says where the secret is kept."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Fields that a spec can't say, with the reason: written as comments."""

    def without(self, name: str, reason: str) -> Entry:
        """Give the entry with one of its fields left out."""
        return dataclasses.replace(self, left_out={**self.left_out, name: reason})

    @property
    def said(self) -> Mapping[str, Any]:
        """Give the fields that count."""
        return {name: value for name, value in self.fields.items() if name not in self.left_out}

    @property
    def refers_to(self) -> frozenset[Address]:
        """Give the addresses that the fields name."""
        found = set()
        for name, value in self.said.items():
            if refers := mark(_NOUNS[self.address.kind], name, RefersTo):
                ids = (value,) if isinstance(value, str) else value
                found |= {Address(refers.kind, one) for one in ids}
        return frozenset(found)


def entry_of(kind: Kind[Any], live: Live[Any], facts: Facts) -> Entry:
    """Give the entry of one live resource: what it is once everything pending has come true."""
    resource = live.effective
    fields = {
        name: value
        for name in kind.fields
        if not _is_beside(resource, name)
        and (value := kind.as_written(name, _as_written(resource, name), facts))
        not in (None, (), {})
        and (name in _ALWAYS or not _is_default(kind, resource, name))
    }
    return Entry(live.address, fields, tuple(_remarks(live)), _to_fill_in(resource))


def _is_beside(resource: Resource, name: str) -> bool:
    """Say whether a field is not written: it follows from others, or can't be read back."""
    match resource:
        case User():
            mode = resource.authentication_mode
            by_password = mode is not None and mode.type == "password"
            return (name == "user_name" and resource.user_name == resource.id) or (
                name == "authentication_mode" and by_password
            )
        case ReplicationGroup():
            shards = {"num_node_groups", "replicas_per_node_group"}
            other = {"num_cache_clusters"} if resource.cluster_mode == "enabled" else shards
            plain = resource.cluster_mode == "disabled"
            return name in {"auth_token", *other} or (name == "cluster_mode" and plain)
        case _:
            return False


def _as_written(resource: Resource, name: str) -> Any:
    value = getattr(resource, name)
    match resource:
        case ReplicationGroup() if name == "engine_version" and value:
            return _version(resource.engine or "", value)
        case CacheCluster(engine="redis") if name == "engine_version" and value:
            return _version("redis", value)
        case ServerlessCache() if name == "major_engine_version" and value:
            return str(value).partition(".")[0]
        case _ if name == "tags":
            return {key: text for key, text in (value or {}).items() if not _is_amazons(key)}
        case _ if isinstance(value, AuthenticationMode):
            return {"type": value.type}
        case _:
            return value


def _version(engine: str, runs: str) -> str:
    """Give a version in the precision in which the service takes it: 8.1, but redis 5.0.6."""
    major = runs.partition(".")[0]
    return ".".join(runs.split(".")[: 3 if f"{engine} {major}" in _VERSION_PARTS else 2])


def _is_amazons(key: str) -> bool:
    return key.lower().startswith("aws:")


def _is_default(kind: Kind[Any], resource: Resource, name: str) -> bool:
    """Say whether the service would choose this value by itself.

    The kind is asked for its reset value as if the field held something else: where that comes
    back, there is no default but what the service happened to choose.
    """
    value = getattr(resource, name)
    default = kind.reset(name, resource.but(**{name: _NO_DEFAULT}))
    said = mark(type(resource), name, ServiceDefault)
    return (default is not _NO_DEFAULT and bool(default == value)) or (
        said is not None and str(value) == said.text
    )


def _remarks(live: Live[Any]) -> Iterator[str]:
    resource = live.resource
    if estate := resource.marks.get("estate"):
        yield f"belongs to the estate {estate}, by its tags"
    if not live.at_rest:
        yield f"was {live.status} when this was written: look again once it is at rest"
    for one in live.pending:
        when = f", in the window {one.when}" if one.when else ""
        yield f"on its way{when}: {one.field}; written as it will be"
    if amazons := sorted(key for key in resource.tags or {} if _is_amazons(key)):
        yield f"tags of AWS's own are left out: {', '.join(amazons)}"
    if isinstance(resource, IamRole) and not live.arn.endswith(f"/{resource.id}"):
        yield f"IAM calls it {live.arn.rpartition('/')[2]}; made anew it would be {resource.id}"
    if isinstance(resource, ReplicationGroup):
        sizes = Counter(node.shard for node in live.nodes).values()
        if sizes and min(sizes) != max(sizes):
            yield f"its shards differ: {min(sizes) - 1} to {max(sizes) - 1} replicas each"


def _to_fill_in(resource: Resource) -> Mapping[str, str]:
    match resource:
        case User(authentication_mode=AuthenticationMode(type="password") as mode):
            keys = ("password", "password_2")[: max(mode.count, 1)]
            refs = ", ".join(_reference(resource, key) for key in keys)
            return {"authentication_mode": f"{{type: password, passwords: [{refs}]}}"}
        case ReplicationGroup() if resource.auth_token is not None:
            return {"auth_token": _reference(resource, "token")}
        case _:
            return {}


def _reference(resource: Resource, key: str) -> str:
    return f"{{secretsmanager: {scalar(resource.id, flow=True)}, key: {key}}}"
