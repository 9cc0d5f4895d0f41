"""Secrets that the spec asks apply to make: a random value where the store has none."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from reconciler.errors import SecretMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.applying.journal import Journal
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.model import Address, SecretRef


def with_secrets_made(wired: Wired, looked: Looked, journal: Journal) -> Looked:
    """Make what the planned changes need and is not there, and plan with its versions.

    What is there is never overwritten: making is refused by the store where somebody was faster,
    and a key is put beside those of its secret. Killed in between, the next apply finds it made.
    """
    from reconciler.ports import Call  # noqa: PLC0415
    from reconciler.rotate import new_value  # noqa: PLC0415

    made = False
    for address, ref in _wanting(looked):
        store = wired.writing_secrets.store_of(ref)
        if store is None or not _is_missing(wired, ref):
            continue
        number = journal.intent(address, Call(ref.store, "create_secret", {"Secret": ref}), None)
        told = "no answer"
        try:
            store.create(ref, new_value())
            told = "accepted"
        finally:
            journal.outcome(number, told)
        made = True
        wired.screen.say(f"{ref.plain} was made, with a random value")
    return _planned_again(wired, looked) if made else looked


def _wanting(looked: Looked) -> Iterator[tuple[Address, SecretRef]]:
    """Give the references of planned changes that apply may make, each once."""
    from reconciler.spec.loaded import references  # noqa: PLC0415

    seen: set[SecretRef] = set()
    for planned in looked.plan.changes:
        wished = looked.facts.desired.get(planned.address)
        for ref in references(wished):
            if ref.create and ref not in seen:
                seen.add(ref)
                yield planned.address, ref


def _is_missing(wired: Wired, ref: SecretRef) -> bool:
    try:
        wired.writing_secrets.open(ref)
    except SecretMissing:
        return True
    return False


def _planned_again(wired: Wired, looked: Looked) -> Looked:
    """Plan from the same observation: what was agreed to, with the versions recorded."""
    from reconciler.cli.looking import narrowed  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415
    from reconciler.observing.confirm import confirmed  # noqa: PLC0415

    wired.forget_versions()
    facts = dataclasses.replace(
        looked.facts, secret_versions=wired.secret_versions, stored=wired.stored
    )
    facts, plan = confirmed(EVERY_KIND, wired.reader.fresh(), facts)
    plan = narrowed(plan, (one.address for one in looked.plan.changes))
    return dataclasses.replace(looked, facts=facts, plan=plan)
