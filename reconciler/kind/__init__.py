"""What a resource kind must say about itself, and the values that kinds, plan and apply share.

A kind is pure but for ``observe``, which is handed a Reader. It never sends: it answers with Steps,
and only apply sends their calls.
"""

from __future__ import annotations

import enum
import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

from reconciler.kind.asked import Asked
from reconciler.kind.kept import Kept
from reconciler.kind.reference import references as references
from reconciler.kind.step import Impact as Impact
from reconciler.kind.step import Next as Next
from reconciler.kind.step import Step as Step
from reconciler.kind.step import Unreachable as Unreachable
from reconciler.kind.step import Wait as Wait
from reconciler.model import (
    Address,
    Immutable,
    Resource,
    SecretRef,
    is_built_in,
    mark,
    sent_fields,
)
from reconciler.ports import Call, Reader, Versions

R = TypeVar("R", bound=Resource)

EndpointRole = Literal[
    "primary", "reader", "configuration", "node", "serverless", "serverless_reader"
]


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """Where clients connect. ``node`` names the member for the role node."""

    role: EndpointRole
    host: str
    port: int
    tls: bool
    node: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A member of a replication group as described; ``role`` is the service's word or empty."""

    id: str
    shard: str
    role: str
    status: str
    engine_version: str
    zone: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """A node group: its id (``0001``), status, and slots as describe writes them (may be empty)."""

    id: str
    status: str
    slots: str


class Ownership(enum.Enum):
    """Whose a resource is (ADR 1)."""

    OWNED = "owned"
    UNMANAGED = "unmanaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pending:
    """A value that the service has accepted and not reached.

    ``when`` is the maintenance window that it waits for; empty when it is under way.
    """

    field: str
    value: object
    when: str = ""


@dataclass(frozen=True)
class Live(Generic[R]):
    """One resource as observed. ``resource`` is what holds now, canonical; pending stands apart."""

    resource: R
    arn: str
    status: str
    at_rest: bool
    pending: tuple[Pending, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    shards: tuple[Shard, ...] = ()
    nodes: tuple[Node, ...] = ()
    reaches: tuple[Address, ...] = ()
    """What the service says it is attached to: a user's groups, a group's caches."""
    engine_version: str = ""
    """The full version that runs (a user's: its MinimumEngineVersion)."""
    ownership: Ownership = Ownership.UNKNOWN
    tags: Mapping[str, str] | None = None
    """All its tags, where the kind's own reading shows them; None: they are asked for apart."""

    @property
    def address(self) -> Address:
        """Give the resource's address."""
        return self.resource.address

    @property
    def effective(self) -> R:
        """Give live plus pending: what it will be with nothing more sent."""
        changes: dict[str, Any] = {one.field: one.value for one in self.pending}
        if scheduled := tuple(sorted(one.field for one in self.pending if one.when)):
            changes["scheduled"] = scheduled
        return self.resource.but(**changes) if changes else self.resource

    @property
    def built_in(self) -> bool:
        """Whether the service made it, so that it can't be tagged or changed."""
        return is_built_in(self.address)


Observed = Mapping[Address, Live[Any]]

TAG_WRITES = frozenset({"add_tags_to_resource", "tag_role", "tag_resource"})
"""Operations that write tags alone: a describe does not show what they did."""


@dataclass(frozen=True, slots=True)
class Rewording:
    """What the service made of a value that was sent: our tags that remember it, and a sentence."""

    marks: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Facts:
    """What a kind may know besides before and after; nothing in it is a secret."""

    account_id: str
    region: str
    estate: str
    desired: Mapping[Address, Resource]
    observed: Observed
    secret_versions: Mapping[SecretRef, str] = field(default_factory=dict)
    stored: Mapping[SecretRef, Versions] = field(default_factory=dict)
    """Of references that follow a store's current version: what else that store still opens."""
    tag_prefix: str = "reconciler"
    now: datetime | None = None
    asked: Asked = field(default_factory=Asked)
    snapshots: tuple[Kept, ...] = ()
    """Read only where something is deleted, made anew, or created that may be restored."""

    @functools.cached_property
    def ending(self) -> frozenset[Address]:
        """Give what is there, ours, and asked to be deleted."""
        return frozenset(
            live.address
            for live in self.observed.values()
            if live.ownership is Ownership.OWNED
            and self.asked.ends(live.address, wished=live.address in self.desired)
        )

    def wish(self, address: Address) -> Resource | None:
        """Give what the spec wants there; None where it is asked to be deleted, or not wanted."""
        wished = self.desired.get(address)
        ends = wished is not None and self.asked.ends(address, wished=True)
        return None if ends else wished

    def is_written(self, address: Address, field_name: str) -> bool:
        """Say whether the spec gives this field, null included."""
        wished = self.desired.get(address)
        return wished is not None and field_name in wished.model_fields_set

    @functools.cached_property
    def referrers(self) -> Mapping[Address, frozenset[Address]]:
        """Give who in the spec names each address: a user's groups, a group's caches."""
        found: dict[Address, set[Address]] = {}
        for resource in self.desired.values():
            for one in references(resource):
                found.setdefault(one, set()).add(resource.address)
        return {one: frozenset(some) for one, some in found.items()}

    def tags(self, resource: Resource) -> list[dict[str, str]]:
        """Give the user's tags and ours as the API's Tags parameter, by key."""
        ours = {f"{self.tag_prefix}:{name}": value for name, value in resource.marks.items()}
        return [
            {"Key": key, "Value": value}
            for key, value in sorted({**(resource.tags or {}), **ours}.items())
        ]

    @property
    def partition(self) -> str:
        """Give the ARN partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, arn_type: str, ident: str) -> str:
        """Give the ARN of an ElastiCache resource in this account and region."""
        return self.arn_of("elasticache", f"{arn_type}:{ident}")

    def arn_of(self, service: str, rest: str) -> str:
        """Give an ARN of any service here; those of IAM name no region."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{rest}"


class Kind(ABC, Generic[R]):
    """A kind of resource: how the service is spoken to about it. When things happen is apply's."""

    model: ClassVar[type[Resource]]
    section: ClassVar[str]
    service: ClassVar[str] = "elasticache"
    """boto3's name of the service that keeps it."""
    arn_type: ClassVar[str]
    """The ARN's kind, also the Resource Groups Tagging filter ``elasticache:<arn_type>``."""
    bulk: ClassVar[bool] = True
    """Whether all of an account are read; if not, only what the spec names, one by one."""
    found_by_tag: ClassVar[str] = ""
    """The tagging API's type of what is not read in bulk and can still be found by our tag."""
    retry_faults: ClassVar[frozenset[str]] = frozenset()
    """Wire codes after which nothing was done and the same call may be tried again later."""
    already_faults: ClassVar[frozenset[str]] = frozenset()
    """Wire codes that mean it is done already, if a look agrees."""
    gone_faults: ClassVar[frozenset[str]] = frozenset()
    """Wire codes that mean it does not exist."""

    @property
    def name(self) -> str:
        """Give the first half of an address."""
        return self.model.kind

    @functools.cached_property
    def fields(self) -> tuple[str, ...]:
        """Give the fields that are compared, ``tags`` last."""
        return (*sent_fields(self.model), "tags")

    @abstractmethod
    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[R]]:
        """Read every resource of this kind with bulk describes (no tags, ownership UNKNOWN).

        ``names`` are the ids that the spec names: only for these may details cost calls of their
        own. Everything is canonical: ids folded, absent and default values as the field says.
        """

    @abstractmethod
    def fold(self, field_name: str, wished: Any, before: R, facts: Facts) -> Any:
        """Give ``before``'s value when ``wished`` means the same, else ``wished``.

        Every rule of read-back folding stands here, with its source.
        """

    @abstractmethod
    def reset(self, field_name: str, before: R | None) -> Any:
        """Give the value that null stands for: the service's default, as describe shows it."""

    @abstractmethod
    def next_step(self, before: R | None, after: R | None, facts: Facts) -> Next:
        """Give the first step from ``before`` towards ``after``, or None when nothing is left.

        Pure, and the same function for create (before None) and update. Following ``leaves`` ends.
        """

    def arn(self, facts: Facts, ident: str) -> str:
        """Give the ARN that one with this id has here; ``*`` for the pattern of all."""
        return facts.arn(self.arn_type, ident)

    def tag_call(self, arn: str, tags: Sequence[Mapping[str, str]]) -> Call:
        """Give the call that writes these tags (``Key``, ``Value``) and touches no others."""
        return Call("elasticache", "add_tags_to_resource", {"ResourceName": arn, "Tags": [*tags]})

    def untag_call(self, arn: str, keys: Sequence[str]) -> Call:
        """Give the call that drops the tags with these keys."""
        params = {"ResourceName": arn, "TagKeys": [*keys]}
        return Call("elasticache", "remove_tags_from_resource", params)

    def sought(self, reader: Reader, facts: Facts) -> Iterator[str]:  # noqa: ARG002
        """Give ids that an import of everything means besides those of the bulk describes."""
        return iter(())

    def passed_over(self, reader: Reader) -> Iterator[str]:  # noqa: ARG002
        """Tell of what is there of this sort and can't be said in a spec."""
        return iter(())

    def as_written(self, field_name: str, value: Any, facts: Facts) -> Any:  # noqa: ARG002
        """Give what a person writes for a value as observed."""
        return value

    def snapshots(self, reader: Reader) -> Iterator[Kept]:  # noqa: ARG002
        """Read every snapshot that a person asked for, of this kind's resources."""
        return iter(())

    def keep(self, before: R, name: str, facts: Facts) -> Call | None:  # noqa: ARG002
        """Give the call that keeps what it holds in a snapshot; None where there is none."""
        return None

    def restored(self, after: R, name: str, facts: Facts) -> R:  # noqa: ARG002
        """Give ``after`` as it is made of the snapshot of this name."""
        return after

    def fill(self, after: R, given: frozenset[str], before: R | None, facts: Facts) -> R:  # noqa: ARG002
        """Give ``after`` with what follows from the fields that were given, so that it is whole.

        ``given`` are the managed fields (null counts). Nothing that was given is changed.
        """
        return after

    def canonical(self, field_name: str, value: Any) -> Any:  # noqa: ARG002
        """Give one form for all that the service may show for this value (``planning.record``)."""
        return value

    def marks(self, desired: R, before: R | None, facts: Facts) -> Mapping[str, str]:  # noqa: ARG002
        """Give our own tags besides estate, address and applied (``secret``, ``auth``, ``acl``)."""
        return {}

    def reworded(
        self,
        call: Call,  # noqa: ARG002
        answer: Mapping[str, Any],  # noqa: ARG002
        shown: R,  # noqa: ARG002
        facts: Facts,  # noqa: ARG002
    ) -> Rewording | None:
        """Say what the service made of a value that ``call`` sent, to be remembered by our tags.

        Only where the answer to that very call gave it as it is shown now, at rest: then nobody
        else wrote it. From then on ``fold`` takes exactly that pair for the same.
        """
        return None

    def is_rewording(self, field_name: str, before: R) -> bool:  # noqa: ARG002
        """Say whether what stands there is what the service made of what we sent last."""
        return False

    def is_rotating(self, field_name: str, before: R) -> bool:  # noqa: ARG002
        """Say whether what stands there is a rotation of ours, half way: nobody else moved it."""
        return False

    def remarks(self, live: Live[R], facts: Facts) -> Iterator[str]:  # noqa: ARG002
        """Give what a plan should say of it besides differences: a rotation that is under way."""
        return iter(())

    def waits_for(self, after: R, before: R | None, facts: Facts) -> frozenset[Address]:  # noqa: ARG002
        """Give the changes that must have settled first, besides those that ``after`` refers to."""
        return frozenset()

    def implied(self, desired: R) -> frozenset[str]:  # noqa: ARG002
        """Give the fields that a spec decides without naming them, by what it says of others."""
        return frozenset()

    def follows(self, resource: R, changes: Mapping[Address, frozenset[str]]) -> str:  # noqa: ARG002
        """Say what this waits for where it will move with others; nothing: it does not.

        ``changes`` are the fields that change, by address.
        """
        return ""

    def ripples_to(self, resource: R, facts: Facts) -> frozenset[Address]:  # noqa: ARG002
        """Give what becomes busy when this is changed: a user's groups and their caches."""
        return frozenset()

    def refers_to(self, resource: R) -> frozenset[Address]:
        """Give the addresses that the fields marked RefersTo name."""
        return frozenset(references(resource))


def immutable_change(before: Resource, after: Resource) -> Unreachable | None:
    """Refuse a change of a field that is marked Immutable: only a new resource would have it."""
    changed = [
        name
        for name in sent_fields(type(before))
        if mark(type(before), name, Immutable) and getattr(before, name) != getattr(after, name)
    ]
    if not changed:
        return None
    return Unreachable(
        f"{', '.join(changed)} can't be changed in place",
        "give it a new id; both may stand while clients move, the old one goes last",
        replace=True,
        fields=tuple(changed),
    )
