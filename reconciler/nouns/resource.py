"""What every resource of an estate has: an address, tags, our marks."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from reconciler.nouns.field import AtCreate, LowerId, Noun, Ours, ServiceDefault, Texts, mark


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a resource stands: ``replication_group/orders``."""

    kind: str
    id: str

    def __str__(self) -> str:
        """Give ``kind/id``."""
        return f"{self.kind}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``kind/id``; ValueError when there is no slash."""
        kind, slash, ident = text.partition("/")
        if not (kind and slash and ident):
            raise ValueError(f"{text!r} is not an address; one looks like user/orders-app")
        return cls(kind, ident.lower())


def is_built_in(address: Address) -> bool:
    """Say whether every account has it from the start: it can't be tagged, changed or owned.

    The user ``default``, the parameter groups ``default.<family>``, and the subnet group
    ``default`` of the default VPC.
    """
    match address.kind:
        case "user" | "cache_parameter_group":
            return address.id.split(".")[0] == "default"
        case "cache_subnet_group":
            return address.id == "default"
        case _:
            return False


class Resource(Noun):
    """Anything of the estate that ElastiCache keeps.

    ``id`` is the key in the spec, in lower case as the service stores it. ``tags`` holds the user's
    tags, never ours; ``marks`` holds ours by short name (estate, address, applied, secret, auth,
    acl).
    """

    kind: ClassVar[str]
    gate_names: ClassVar[tuple[str, ...]] = ()
    """The gates that one of its kind can have, where ``gates`` opens them."""

    id: Annotated[LowerId, Field(json_schema_extra={"hidden": True})] = ""
    """The key of the entry."""
    tags: Annotated[Mapping[str, str] | None, ServiceDefault("no tags")] = None
    """Tags; the listed keys are managed, others are left alone."""
    ignore_changes: Annotated[Texts, Ours()] = ()
    """Fields that are set at create and never compared again (an autoscaler owns them)."""
    # A factory: pydantic would make a deep copy of {} for each of thousands.
    marks: Annotated[Mapping[str, str], Ours(), Field(json_schema_extra={"hidden": True})] = Field(
        default_factory=dict
    )

    @property
    def address(self) -> Address:
        """Give the kind and the id."""
        return Address(self.kind, self.id)

    def __hash__(self) -> int:
        """Hash by identity: equal resources have equal addresses."""
        return hash((self.kind, self.id))

    def but(self, **changes: Any) -> Self:
        """Give a copy with these fields changed (they count as given)."""
        return self.model_copy(update=changes)


@functools.cache
def sent_fields(noun: type[Resource]) -> tuple[str, ...]:
    """Give the fields that the service knows and that can be compared, in order.

    ``id``, ``tags``, our own keys and what counts at create only are not among them.
    """
    return tuple(
        name
        for name in noun.model_fields
        if name not in {"id", "tags", "marks"}
        and mark(noun, name, Ours) is None
        and mark(noun, name, AtCreate) is None
    )
