"""What a field is: marks that stand on the field and nowhere else, and forms that many share."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

_Mark = TypeVar("_Mark")


@dataclass(frozen=True, slots=True)
class Immutable:
    """Can't be changed in place; ``why`` names the source."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Holds the id of another resource of this kind, if the spec has it.

    ``loose``: a name that the spec does not have is plain text, somebody else's or the service's
    own; otherwise it must stand in the spec or in ``unmanaged``.
    """

    kind: str
    loose: bool = False


@dataclass(frozen=True, slots=True)
class WriteOnly:
    """Never read back; a mark in a tag remembers which version was set."""


@dataclass(frozen=True, slots=True)
class ServiceDefault:
    """What the service uses when the field is left out at create, in words; null means this."""

    text: str


@dataclass(frozen=True, slots=True)
class Required:
    """Must be given: the service asks for it at create and has no default."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a right value looks like, in words: said when a value is of another form."""

    text: str


@dataclass(frozen=True, slots=True)
class AtCreate:
    """Sent when it is made, and silent afterwards: no describe shows it, or no call changes it."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own key: never sent to the service."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What changing it does to clients, in words."""

    text: str


def _folded(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({one.lower() for one in ids}))


def listed(value: object) -> object:
    """Give a tuple for what YAML or an answer has as a list."""
    return tuple(value) if isinstance(value, list | set | frozenset) else value


# The service stores ids in lower case, and their order carries no meaning.
Ids = Annotated[tuple[str, ...], BeforeValidator(listed), AfterValidator(_folded)]
LowerId = Annotated[str, AfterValidator(str.lower)]
Texts = Annotated[tuple[str, ...], BeforeValidator(listed)]


class Noun(BaseModel):
    """A frozen value with no unknown keys and no silent conversions."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=False,
        # An input may be a password; pydantic would print it.
        hide_input_in_errors=True,
    )


def marks_of(noun: type[BaseModel], field: str) -> tuple[object, ...]:
    """Give what is said on a field: Immutable, RefersTo, Required, Ours and so on."""
    return tuple(noun.model_fields[field].metadata)


@functools.cache
def mark(noun: type[BaseModel], field: str, sort: type[_Mark]) -> _Mark | None:
    """Give the field's mark of this sort, or None."""
    return next((found for found in marks_of(noun, field) if isinstance(found, sort)), None)
