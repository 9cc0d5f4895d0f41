"""Plan x limits -> nothing, or a refusal with every reason and the line that lifts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.errors import Refused
from reconciler.kind import Impact, Step, Unreachable, Wait
from reconciler.model import Action, Address, Safety
from reconciler.plan import Adopt, Delete, Plan, Planned, Replace, other_tool

Consents = frozenset[str]
"""``action:address`` as --allow takes it."""

Written = Callable[[Address, str], str]
"""(address, field) -> where the spec says it: ``specs/prod.yaml:23:5``."""


def unsaid(address: Address, field: str) -> str:  # noqa: ARG001 - a Written without a spec
    """Give no position."""
    return ""


WORDS: Mapping[Action, str] = {
    "delete": "deletes",
    "replace": "replaces",
    "widen": "widens rights",
    "interrupt": "interrupts clients",
    "adopt": "takes over what is not ours",
    "touch": "reaches what is not ours",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change counts against a limit: the action, and what it is about."""

    action: Action
    about: str = ""


def refusals(
    plan: Plan,
    safety: Safety,
    *,
    allow: Consents = frozenset(),
    today: date,
    through: frozenset[str] = frozenset(),
    written: Written = unsaid,
) -> Mapping[Address, tuple[str, ...]]:
    """Give every reason against this plan by address, in plan order.

    ``through`` are the gates opened once (``orders/tls-required``): what stands behind a closed
    gate is not done by this apply and does not count.
    """
    agreed = consents(safety, allow, today)
    counted = {planned.address: tuple(_counted(planned, plan, through)) for planned in plan.changes}
    over = _over(counted, safety, agreed)
    found: dict[Address, tuple[str, ...]] = {}
    for planned in plan.changes:
        address, reasons = planned.address, counted[planned.address]
        asked = [
            (one.action, _refusal(address, one, over[one.action], safety, today))
            for one in reasons
            if one.action in over and not _lifted(address, one, agreed)
        ]
        stuck = [_stuck(address, one, written) for one in planned.unreachable]
        anew = [text for action, text in asked if action == "replace"] if stuck else []
        if anew:
            # What can't be changed in place and the consent that has it made anew are one refusal.
            stuck[0] = "\n".join([stuck[0], *anew])
        limits = [text for _, text in asked if text not in anew]
        found[address] = (*stuck, *_final(planned, safety, reasons), *limits)
    return {address: reasons for address, reasons in found.items() if reasons}


def guard(
    plan: Plan,
    safety: Safety,
    *,
    allow: Consents = frozenset(),
    today: date,
    through: frozenset[str] = frozenset(),
) -> None:
    """Raise Refused with every reason; called after the plan was shown and before any call."""
    found = refusals(plan, safety, allow=allow, today=today, through=through)
    if found:
        raise Refused(
            [f"{address}: {reason}" for address, some in found.items() for reason in some]
        )


def consents(safety: Safety, allow: Consents, today: date) -> Consents:
    """Give what is agreed to: once on the command line, or dated in the spec."""
    return allow | {
        f"{one.action}:{one.address}" for one in safety.allow if _holds(one.until, today)
    }


def unused(plan: Plan, safety: Safety) -> tuple[str, ...]:
    """Give a note for each entry of safety.allow that this plan has no use for."""
    wanted = _useful(plan)
    return tuple(
        f"safety.allow[{place}] ({one.action} {one.address}) matches nothing any more: remove it"
        for place, one in enumerate(safety.allow)
        if f"{one.action}:{one.address}" not in wanted
    )


def idle(plan: Plan, allow: Consents, through: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Give a note for each consent and each gate of this once that this plan has no use for."""
    gates = {
        f"{planned.address.id}/{step.gate}"
        for planned in plan.changes
        for step in planned.steps
        if step.gate
    }
    return (
        *(f"--allow {one} matches nothing in this plan" for one in sorted(allow - _useful(plan))),
        *(f"--through-gate {one} is no gate of this plan" for one in sorted(through - gates)),
    )


def _useful(plan: Plan) -> frozenset[str]:
    """Give every consent that this plan could ask for, each as ``action:address``."""
    wanted = {
        f"{reason.action}:{planned.address}"
        for planned in plan.changes
        for reason in _counted(planned, plan, None)
    }
    # They are deleted only where that is asked for as well.
    return frozenset(wanted | {f"delete:{address}" for address in plan.orphans})


def reached(planned: Planned, through: frozenset[str] | None = frozenset()) -> tuple[Step, ...]:
    """Give the steps up to the first closed gate (None: gates are taken as open)."""
    steps: list[Step] = []
    for step in planned.steps:
        if step.gate and through is not None and not is_open(planned, step.gate, through):
            break
        steps.append(step)
    return tuple(steps)


def opened_by(planned: Planned, gate: str, through: frozenset[str]) -> str:
    """Say what opens a gate: ``spec``, or once ``--through-gate``; nothing: it is closed."""
    gates = getattr(getattr(planned.change, "after", None), "gates", {})
    if gates.get(gate) == "open":
        return "spec"
    return "--through-gate" if f"{planned.address.id}/{gate}" in through else ""


def is_open(planned: Planned, gate: str, through: frozenset[str]) -> bool:
    """Say whether a gate is open: in the spec, or once by ``cache/gate``."""
    return bool(opened_by(planned, gate, through))


def _counted(planned: Planned, plan: Plan, through: frozenset[str] | None) -> Iterator[Reason]:
    """Give what of this change counts against a limit."""
    match planned.change:
        case Adopt(before=before):
            yield Reason("adopt")
            if tool := other_tool(before):
                yield Reason("touch", f"the tag {tool} says that another tool reconciles it")
        case Delete() if planned.steps:
            yield Reason("delete")
        case Replace() if planned.steps or _could_be_replaced(planned.stop):
            yield Reason("replace")
        case _:
            pass
    if planned.rights is not None and planned.rights.widens and not planned.restores:
        yield Reason("widen")
    steps = reached(planned, through)
    # Who agrees to a deletion agrees to what it does to clients.
    ends = isinstance(planned.change, Delete | Replace)
    if not ends and (
        worst := max(
            (step for step in steps if step.impact >= Impact.FAILOVER), key=_impact, default=None
        )
    ):
        yield Reason("interrupt", worst.impact_text)
    strangers = {*plan.unmanaged, *plan.unknown}
    if steps and (touched := [str(one) for one in planned.reaches if one in strangers]):
        yield Reason("touch", f"{', '.join(touched)} would feel it and is not ours")


def _could_be_replaced(stop: Wait | Unreachable | None) -> bool:
    return isinstance(stop, Wait) or (isinstance(stop, Unreachable) and stop.replace)


def _impact(step: Step) -> Impact:
    return step.impact


def _stuck(address: Address, one: Unreachable, written: Written) -> str:
    """Give why no call leads there, where that is written, and the way there."""
    places = ((name, written(address, name)) for name in one.fields)
    spots = [f"{name} at {place}" for name, place in places if place]
    return "\n".join(
        (one.reason, *([f"written: {', '.join(spots)}"] if spots else []), f"instead: {one.way}")
    )


def _final(planned: Planned, safety: Safety, reasons: Iterable[Reason]) -> Iterator[str]:
    """Give what no consent lifts."""
    hurting = {"delete", "replace", "interrupt"} & {reason.action for reason in reasons}
    if str(planned.address) in safety.protect and hurting:
        what = " and ".join(WORDS[action] for action in sorted(hurting))  # type: ignore[index]
        yield f"{what}, and safety.protect names it: take it off that list in its own commit"


def _over(
    counted: Mapping[Address, Iterable[Reason]], safety: Safety, agreed: Consents
) -> Mapping[Action, str]:
    """Give the actions of which there are more than allowed, with the count as a sentence's end."""
    over: dict[Action, str] = {}
    for action in WORDS:
        count = sum(
            any(reason.action == action for reason in reasons)
            and f"{action}:{address}" not in agreed
            for address, reasons in counted.items()
        )
        limit = getattr(safety.max, action, 0)
        if count > limit:
            name = f" (safety.max.{action})" if hasattr(safety.max, action) else ""
            over[action] = f"{count} of {limit} allowed{name}"
    return over


def _lifted(address: Address, reason: Reason, agreed: Consents) -> bool:
    return f"{reason.action}:{address}" in agreed


def _refusal(address: Address, reason: Reason, count: str, safety: Safety, today: date) -> str:
    about = f" ({reason.about})" if reason.about else ""
    until = today + timedelta(days=10)
    lapsed = any(
        (one.action, one.address) == (reason.action, str(address)) and not _holds(one.until, today)
        for one in safety.allow
    )
    entry = f'{{action: {reason.action}, address: {address}, until: {until}, why: "..."}}'
    old = "; its entry in safety.allow has expired" if lapsed else ""
    return (
        f"{WORDS[reason.action]}{about}: {count}{old}\n"
        f"--allow {reason.action}:{address}  or in safety.allow:\n- {entry}"
    )


def _holds(until: str, today: date) -> bool:
    return date.fromisoformat(until) >= today
