"""Steps of one change: our tags where it is taken over, the user's tags, then the kind's own."""

from __future__ import annotations

import dataclasses
from typing import Any

from reconciler.kind import Facts, Kind, Next, Step, Unreachable, Wait
from reconciler.model import Resource
from reconciler.planning import replacement
from reconciler.planning.complete import carried_along, managed
from reconciler.planning.record import without
from reconciler.ports import Call

LONGEST = 40
"""More steps than any transition has: a kind that does not end is a defect, not a long plan."""


def next_step(
    kind: Kind[Any], before: Resource | None, after: Resource | None, facts: Facts
) -> Next:
    """Give the first step from ``before`` towards ``after``, tags included."""
    if before is not None and after is not None:
        if step := _tag_step(kind, before, after, facts):
            return step
        found = kind.next_step(before, after, facts)
        refused = isinstance(found, Unreachable) and found.replace
        if refused and before.address in facts.asked.replace:
            return replacement.first_step(kind, before, after, facts, found)  # type: ignore[arg-type]
        return found
    found = kind.next_step(before, after, facts)
    kept = replacement.begun(after.address, facts) if after is not None else None
    return found if kept is None else replacement.made_of(found, kept)


def unfold(
    kind: Kind[Any], before: Resource | None, after: Resource | None, facts: Facts
) -> tuple[tuple[Step, ...], Wait | Unreachable | None]:
    """Give all steps in order, and why they end early if they do.

    The last step of a whole change also records what was applied. By construction the steps without
    their head are the steps from the head's ``leaves``.
    """
    steps: list[Step] = []
    while len(steps) < LONGEST:
        match next_step(kind, before, after, facts):
            case Step() as step:
                step = _forgetting(kind, before, step, facts)
                steps.append(step)
                if step.leaves is None and after is not None and before is not None:
                    facts = replacement.afterwards(before, facts)
                    after = replacement.aim(kind, facts.desired[after.address], None, facts)
                before = step.leaves
            case None:
                return (*steps[:-1], *map(_recording(after), steps[-1:])), None
            case stop:
                return tuple(steps), stop
    raise AssertionError(f"{kind.name}: no end after {LONGEST} steps, last {steps[-1].call}")


def _tag_step(kind: Kind[Any], before: Resource, after: Resource, facts: Facts) -> Step | None:
    """Take over and set the user's tags in one call of its own (a tag write needs rest)."""
    ours = {
        name: after.marks[name]
        for name in ("estate", "address")
        if name in after.marks and before.marks.get(name) != after.marks[name]
    }
    theirs = {
        key: value
        for key, value in (after.tags or {}).items()
        if (before.tags or {}).get(key) != value
    }
    if not ours and not theirs:
        return None
    leaves = before.but(
        marks={**before.marks, **ours}, tags={**(before.tags or {}), **theirs} or before.tags
    )
    call = tag_call(kind, before, theirs, ours, facts)
    return Step(
        call,
        leaves,
        changes=tuple(["tags"] * bool(theirs)),
        impact_text="nobody cut off",
        lines=("from here on it is owned by this estate",) if ours else (),
    )


def tag_call(
    kind: Kind[Any], resource: Resource, tags: dict[str, str], marks: dict[str, str], facts: Facts
) -> Call:
    """Give the call that writes these tags and marks; apply uses it for intent and record."""
    written = type(resource)(id=resource.id, tags=tags, marks=marks)
    live = facts.observed.get(resource.address)
    arn = live.arn if live is not None else kind.arn(facts, resource.id)
    return kind.tag_call(arn, facts.tags(written))


def _forgetting(kind: Kind[Any], before: Resource | None, step: Step, facts: Facts) -> Step:
    """Drop from the record, before the call, what this step moves and the spec no longer says.

    Remembered, it would accuse others of it as soon as the spec says something of it again.
    """
    desired = None if before is None else facts.desired.get(before.address)
    if before is None or desired is None or step.leaves is None:
        return step
    carried = carried_along(kind, managed(kind, desired, before), before, step.leaves)
    held = step.leaves.marks.get("applied", "")
    left = without(kind, held, carried)
    if not carried or left == held:
        return step
    leaves = step.leaves.but(marks={**step.leaves.marks, "applied": left})
    return dataclasses.replace(step, leaves=leaves, intent={**step.intent, "applied": left})


def _recording(after: Resource | None) -> Any:
    applied = after.marks.get("applied") if after is not None else None

    def record(step: Step) -> Step:
        if step.leaves is None or not applied or step.leaves.marks.get("applied") == applied:
            return step
        leaves = step.leaves.but(marks={**step.leaves.marks, "applied": applied})
        return dataclasses.replace(step, leaves=leaves, record={**step.record, "applied": applied})

    return record
