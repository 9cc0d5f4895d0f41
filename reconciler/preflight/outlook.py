"""What the checks ahead of an apply are handed: the changes, the world after them, and a question.

A question that nobody answers is a finding as well: what can't be known is said, never assumed.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import AwsError, CouldNotLook
from reconciler.kind import Facts
from reconciler.model import Address, Resource
from reconciler.plan import Create, Delete, Plan, Planned
from reconciler.ports import Params, Reader


class Verdict(enum.Enum):
    """What a finding means for an apply."""

    REFUSED = "the service would refuse it, or it would do harm"
    UNKNOWN = "could not be looked at"
    NOTED = "worth knowing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is known, or can't be known, before the first write."""

    address: Address
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer; ``why`` ends a sentence."""

    why: str


class Question:
    """Asks through a Reader; a refusal or silence is an answer of its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def one(
        self, service: str, operation: str, params: Params | None = None
    ) -> Mapping[str, Any] | Silence:
        """Give what one call answers."""
        try:
            return self._reader.read(service, operation, params)
        except AwsError as refused:
            return Silence(f"{refused.operation} answered {refused.code}")
        except CouldNotLook as silent:
            return Silence(str(silent))

    def every(
        self, service: str, operation: str, key: str, params: Params | None = None
    ) -> Sequence[Mapping[str, Any]] | Silence:
        """Give the items of every page."""
        try:
            return list(self._reader.pages(service, operation, key, params))
        except AwsError as refused:
            return Silence(f"{refused.operation} answered {refused.code}")
        except CouldNotLook as silent:
            return Silence(str(silent))


@dataclass(frozen=True)
class Outlook:
    """A plan, and what will be there once it has come true."""

    plan: Plan
    facts: Facts
    ask: Question

    def changes(self, *kinds: str) -> Iterator[tuple[Planned, Any, Any]]:
        """Give each change of these kinds that takes a step, with before and after.

        What no call can reach is refused already, and what waits has nothing to send.
        """
        for planned in self.plan.changes:
            after = getattr(planned.change, "after", None)
            if planned.steps and after is not None and planned.address.kind in kinds:
                yield planned, getattr(planned.change, "before", None), after

    def will_be(self, address: Address) -> Resource | None:
        """Give a resource as it will be; None: not there."""
        if (planned := self._planned.get(address)) is not None:
            return None if isinstance(planned.change, Delete) else planned.change.after
        live = self.facts.observed.get(address)
        return None if live is None else live.effective

    @functools.cached_property
    def _planned(self) -> Mapping[Address, Planned]:
        return {one.address: one for one in self.plan.changes}

    def all_of(self, kind: str) -> Iterator[Resource]:
        """Give everything of a kind that will be there, whoever owns it."""
        observed = (one for one in self.facts.observed if one.kind == kind)
        made = (
            one.address
            for one in self.plan.changes
            if isinstance(one.change, Create) and one.address.kind == kind
        )
        for address in sorted({*observed, *made}):
            if (found := self.will_be(address)) is not None:
                yield found


def changed(before: Resource | None, after: Resource, *fields: str) -> bool:
    """Say whether one of these fields is given at create, or differs."""
    if before is None:
        return any(getattr(after, one) is not None for one in fields)
    return any(getattr(before, one) != getattr(after, one) for one in fields)
