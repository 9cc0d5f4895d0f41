"""Functions of Lambda: the one that verifies from inside a VPC. Specs can't write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from reconciler.nouns.field import LowerId, RefersTo, Required, ServiceDefault, listed
from reconciler.nouns.resource import Resource

Set = Annotated[
    tuple[str, ...],
    BeforeValidator(listed),
    AfterValidator(lambda some: tuple(sorted(set(some)))),
]


class LambdaFunction(Resource):
    """A function, its package by digest, and where in a VPC it runs."""

    kind: ClassVar[str] = "lambda_function"

    role: Annotated[LowerId | None, Required(), RefersTo("iam_role", loose=True)] = None
    """The role that it runs as."""
    runtime: Annotated[str | None, Required()] = None
    """The language and its version."""
    handler: Annotated[str | None, Required()] = None
    """What is called in it."""
    code_sha256: Annotated[str | None, Required()] = None
    """The digest of its package, in Base64 as the service shows it."""
    architecture: Annotated[Literal["x86_64", "arm64"] | None, ServiceDefault("x86_64")] = None
    """The processor that the package is for."""
    description: Annotated[str | None, ServiceDefault("none")] = None
    """What it is for."""
    timeout: Annotated[Annotated[int, Field(ge=1, le=900)] | None, ServiceDefault("3 seconds")] = (
        None
    )
    """For how many seconds it may run."""
    memory_size: Annotated[
        Annotated[int, Field(ge=128, le=10240)] | None, ServiceDefault("128")
    ] = None
    """Megabytes; the processor's share goes with them."""
    environment: Annotated[Mapping[str, str] | None, ServiceDefault("none")] = None
    """Variables; none of them is secret."""
    subnet_ids: Annotated[Set | None, ServiceDefault("none: outside of any VPC")] = None
    """The subnets that it reaches caches from."""
    security_group_ids: Annotated[Set | None, ServiceDefault("none")] = None
    """What it may reach there."""
