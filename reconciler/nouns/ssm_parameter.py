"""Parameters of SSM that a cache's endpoints are published to: derived, never written by hand."""

from __future__ import annotations

from typing import Annotated, ClassVar

from reconciler.nouns.field import Ours, Required
from reconciler.nouns.resource import Address, Resource
from reconciler.nouns.user import User


class SsmParameter(Resource):
    """What ``publish`` of a cache asks for: one parameter, its name the id, in lower case."""

    kind: ClassVar[str] = "ssm_parameter"

    value: Annotated[str | None, Required()] = None
    """The endpoints as JSON, without secrets; left out: those that ``cache`` has."""
    cache: Annotated[str, Ours()] = ""
    """Whose endpoints: the address of a cache."""

    @property
    def of(self) -> Address | None:
        """Give the address of the cache whose endpoints these are."""
        return Address.parse(self.cache) if self.cache else None


def published(resource: Resource) -> SsmParameter | None:
    """Give the parameter that a cache is published to, if it says so."""
    # pydantic answers slowly for what is no field, and most of an estate is users.
    told = getattr(resource, "publish", None) if not isinstance(resource, User) else None
    if not told:
        return None
    name = told.removeprefix("ssm:")
    # Given as null: managed, and what it is to be follows from the cache.
    return SsmParameter(id=name, value=None, cache=str(resource.address))
