"""Subnet groups: which subnets of a VPC the nodes of caches may stand in."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from reconciler.nouns.field import Impact, Required, listed
from reconciler.nouns.resource import Resource


class CacheSubnetGroup(Resource):
    """A subnet group: subnets of one VPC, by which caches are placed in it."""

    kind: ClassVar[str] = "cache_subnet_group"

    cache_subnet_group_description: Annotated[str | None, Required(), Field(min_length=1)] = None
    """What it is for."""
    subnet_ids: Annotated[
        Annotated[
            tuple[str, ...],
            BeforeValidator(listed),
            AfterValidator(lambda ids: tuple(sorted(set(ids)))),
        ]
        | None,
        Required(),
        Impact("new nodes only; a subnet that holds nodes can't be taken away"),
    ] = None
    """Subnets of one VPC, at most twenty."""
