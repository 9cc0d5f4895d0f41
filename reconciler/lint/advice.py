"""A piece of advice, and what a rule may look at."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler import acl
from reconciler.model import Address, Resource, User
from reconciler.rights import Holder, holdings, tables_of_user

Severity = Literal["warning", "notice"]


@dataclass(frozen=True, order=True)
class Advice:
    """What a careful colleague would say: where, what, and the mend. Never a reason to stop."""

    address: Address
    field: str
    id: str
    severity: Severity
    message: str
    mend: str

    def __str__(self) -> str:
        """Give it in one line."""
        return f"{self.address}: {self.message}; {self.mend} ({self.id})"


class View:
    """A spec's resources as rules see them, with each user's rights worked out once."""

    def __init__(self, resources: Mapping[Address, Resource]) -> None:
        self.resources = resources

    @functools.cached_property
    def holders(self) -> Mapping[str, tuple[Holder, ...]]:
        """Give each user's places on the caches that it reaches."""
        return holdings(self.resources)

    @functools.cached_property
    def rights(self) -> Mapping[str, acl.Rights]:
        """Give each user's rights on the newest engine version that it reaches, if it is on."""
        found = {}
        for user in self.users():
            *_, newest = tables_of_user(user, self.holders.get(user.id, ()))
            try:
                rights = acl.rights(user.access_string or "", newest)
            except acl.AccessStringError:
                continue
            if rights.on:
                found[user.id] = rights
        return found

    def users(self) -> Iterator[User]:
        """Give the users, in order."""
        for resource in self.resources.values():
            if isinstance(resource, User):
                yield resource

    def able(self) -> Iterator[tuple[User, acl.Rights]]:
        """Give the users that are on and whose rights are known, in order."""
        for user in self.users():
            if user.id in self.rights:
                yield user, self.rights[user.id]
