"""Users and the groups that let them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler.nouns.cache import Gate
from reconciler.nouns.field import (
    Ids,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    RefersTo,
    Required,
    ServiceDefault,
    Texts,
    WriteOnly,
    listed,
)
from reconciler.nouns.resource import Resource
from reconciler.nouns.secret import SecretRef


class AuthenticationMode(Noun):
    """How a user proves who it is."""

    type: Literal["password", "no-password-required", "iam"]
    """How: by password, by IAM token, or not at all."""
    passwords: Annotated[tuple[SecretRef, ...] | None, BeforeValidator(listed), WriteOnly()] = None
    """One or two references; the service holds at most two passwords."""
    password_count: Annotated[int | None, Field(json_schema_extra={"hidden": True})] = None
    """What describe shows instead of passwords; not written in a spec."""

    @property
    def count(self) -> int:
        """Give how many passwords it has."""
        return len(self.passwords) if self.passwords is not None else self.password_count or 0

    def __eq__(self, other: object) -> bool:
        """Compare what the service can show: the type and how many passwords."""
        if not isinstance(other, AuthenticationMode):
            return NotImplemented
        return (self.type, self.count) == (other.type, other.count)

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash((self.type, self.count))


class Expect(Noun):
    """What a person meant, in commands: an oracle that does not come from the access string."""

    can: Texts = ()
    """Commands that must be allowed, as one would type them: ``SET orders:1 x``."""
    cannot: Texts = ()
    """Commands that must be refused."""


class User(Resource):
    """A user: who may log in, and with which rights."""

    kind: ClassVar[str] = "user"
    gate_names: ClassVar[tuple[str, ...]] = ("password-finish",)

    user_name: Annotated[
        str | None, Immutable("the API has no field for it"), ServiceDefault("the key")
    ] = None
    """The name to log in with; the key unless given. Not unique in an account."""
    engine: Annotated[LowerId | None, Required()] = None
    """redis or valkey."""
    access_string: Annotated[
        str | None, Required(), Impact("open connections get the new rights at once")
    ] = None
    """Redis ACL rules without passwords: on ~app:* -@all +@read. Equality is rights, not text."""
    authentication_mode: Annotated[AuthenticationMode | None, Required()] = None
    """password with one or two references, iam, or no-password-required."""
    expect: Annotated[Expect | None, Ours()] = None
    """What you meant, in commands: checked against the access string and on the wire."""
    rotated_by: Annotated[Literal["secretsmanager"] | None, Ours()] = None
    """Somebody else sets the password; it is proven by login, never set."""
    gates: Annotated[Mapping[str, Gate], Ours()] = {}
    """Gates of this user, closed unless opened here: password-finish."""

    @property
    def is_off(self) -> bool:
        """Whether its access string lets nobody log in; without one that is not known."""
        said = [one for one in (self.access_string or "").lower().split() if one in {"on", "off"}]
        return said[-1:] == ["off"]


class UserGroup(Resource):
    """A user group: which users may open a connection to a cache."""

    kind: ClassVar[str] = "user_group"

    engine: Annotated[LowerId | None, Required()] = None
    """redis (needs a user whose user_name is default) or valkey."""
    user_ids: Annotated[
        Ids | None,
        Required(),
        RefersTo("user"),
        Impact("connections of users who leave are dropped"),
    ] = None
    """The whole membership, by user id."""
