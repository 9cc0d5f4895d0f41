"""A plan on a terminal, at most 100 columns, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from reconciler.guard import opened_by
from reconciler.kind import Impact, Step, Wait
from reconciler.model import Address, Resource, sent_fields
from reconciler.plan import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    PendingChange,
    Plan,
    Planned,
    Replace,
    Update,
)
from reconciler.report.lines import (
    WIDTH,
    Paint,
    counted,
    duration,
    plain,
    sides,
    value_text,
    wrapped,
)
from reconciler.report.plan_facts import PlanReport, action_of, waiting_gates

_STEP_COLUMN = 53
_UNMANAGED_SHOWN = 5


def plan_text(report: PlanReport, paint: Paint = plain) -> str:
    """Give the whole page: changes first, then what needs no hand, then the sums."""
    lines = [*_header(report), ""]
    if report.plan.changes:
        for planned, alike in _folded(report):
            lines += [*_change(planned, report, paint), *_alike(alike), ""]
    lines += _pending(report.plan.pending, paint)
    lines += _kept(report.plan)
    lines += _strangers(report, paint)
    for note in report.plan.notes:
        lines += wrapped(note, "      ", first="note  ")
    if report.plan.notes:
        lines.append("")
    lines += _sums(report, paint)
    return "\n".join(lines) + "\n"


def _header(report: PlanReport) -> list[str]:
    plan, seen = report.plan, report.seen
    left = f"{plan.estate}  {plan.account_id} {plan.region}"
    if seen.who:
        left += f"  as {seen.who}"
    what = f"{counted(seen.resources, 'resource')} read in {counted(seen.calls, 'call')}"
    read = f"{what}, {duration(seen.seconds)}"
    return sides(left, read)


def _folded(report: PlanReport) -> Iterator[tuple[Planned, tuple[Address, ...]]]:
    """Give each change with the later ones that are the same edit on another resource."""
    groups: dict[object, list[Planned]] = {}
    for planned in report.plan.changes:
        key: object = planned.address
        if isinstance(planned.change, Update) and not report.show_all:
            edits = tuple(
                (f.field, value_text(f.before), value_text(f.after)) for f in planned.change.fields
            )
            key = (planned.address.kind, edits, report.refusals.get(planned.address, ()) != ())
        groups.setdefault(key, []).append(planned)
    for first, *rest in groups.values():
        yield first, tuple(one.address for one in rest)


def _alike(alike: tuple[Address, ...]) -> list[str]:
    if not alike:
        return []
    return wrapped(
        f"and {len(alike)} more alike: "
        + ", ".join(map(str, alike[:3]))
        + (", ... (--all)" if len(alike) > 3 else ""),
        "    ",
    )


def _anew(planned: Planned) -> str:
    return ": it will be made anew" if planned.steps else ""


def _title(planned: Planned) -> tuple[str, str]:
    address, change = planned.address, planned.change
    match change:
        case Create():
            return f"{address} will be created", "create"
        case Update():
            return f"{address} will be updated in place", "update"
        case Adopt(fields=fields):
            more = f" and {counted(len(fields), 'field')} changed" if fields else ""
            whose = f"is the estate {change.from_estate}'s" if change.from_estate else "is not ours"
            return f"{address} exists and {whose}: it will be adopted{more}", "update"
        case Replace():
            return f"{address} can't be changed in place{_anew(planned)}", "danger"
        case Delete():
            return f"{address} will be deleted", "danger"
        case _:
            assert_never(change)


def _change(planned: Planned, report: PlanReport, paint: Paint) -> Iterator[str]:
    title, style = _title(planned)
    if len(planned.steps) > 1:
        gates = sum(step.gate is not None for step in planned.steps)
        some = "a gate" if gates == 1 else counted(gates, "gate")
        between = f" with {some} between them" if gates else ""
        title += f", {len(planned.steps)} steps{between}"
    yield from sides(title, report.where(planned.address, None), paint=paint, style=style)
    if isinstance(planned.change, Adopt) and (other := planned.change.from_estate):
        text = f"its tags name {other}, whose next plan wants it back: reconcile forget it there"
        yield from wrapped(text, "    ")
    match planned.change:
        case Create(after=after):
            yield from _given(after, paint)
        case Update(fields=fields) | Adopt(fields=fields) | Replace(fields=fields):
            for one in fields:
                yield from _field(one, planned, report, paint)
        case Delete():
            pass
        case _:
            assert_never(planned.change)
    yield from _rights(planned, paint)
    if planned.reaches:
        yield from wrapped(
            ", ".join(map(str, planned.reaches)), "             ", first="    reaches  "
        )
    for number, step in enumerate(planned.steps, 1):
        yield from _step(number, step, planned, report.through, paint)
    if isinstance(planned.stop, Wait):
        yield from wrapped(f"then waits until {planned.stop.until}", "       ")
    for reason in report.refusals.get(planned.address, ()):
        yield from _refused(reason, paint)


def _given(after: Resource, paint: Paint) -> Iterator[str]:
    shown = [
        (name, value_text(getattr(after, name)))
        for name in (*sent_fields(type(after)), "tags")
        if getattr(after, name) not in (None, (), {})
    ]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        yield from _value(f"  {paint('+', 'create')} ", f"{name:<{width}}  ", value)


def _value(symbol: str, label: str, value: str) -> list[str]:
    indent = " " * (4 + len(label))
    first, *rest = wrapped(value, indent)
    return [f"{symbol}{label}{first[len(indent) :]}", *rest]


def _field(
    change: FieldChange, planned: Planned, report: PlanReport, paint: Paint
) -> Iterator[str]:
    where = report.where(planned.address, change.field)
    told = f"({where})" if where not in ("", report.where(planned.address, None)) else ""
    why = {"live": "changed behind the spec", "both": "spec and live both changed"}
    remark = "  ".join(part for part in (why.get(change.moved, ""), told) if part)
    before, after = value_text(change.before), value_text(change.after)
    symbol = f"  {paint('~', 'update')} "
    if change.inside:
        yield from sides(f"  ~ {change.field}", remark)
        for line in change.inside:
            yield from wrapped(line, "        ", first="      ")
    elif len(change.field) + len(before) + len(after) + len(remark) < 84:
        yield from sides(f"  ~ {change.field}  {before} -> {after}", remark)
    else:
        label = f"{change.field}  "
        yield from _value(symbol, label, before)
        arrow = " " * (len(label) + 1) + "-> "
        yield from wrapped(after, " " * (len(label) + 4), first=arrow)
        if remark:
            yield from sides("", remark)


def _rights(planned: Planned, paint: Paint) -> Iterator[str]:
    rights = planned.rights
    if rights is None or not (rights.gains or rights.loses or rights.smaller):
        return
    word = paint("GAINS", "danger") if rights.gains else "gains"
    for word_, facts in ((word, rights.gains), ("loses", rights.loses)):
        first, *rest = facts or ("nothing",)
        head, *tail = wrapped(first, " " * 13)
        yield f"    {word_}    {head.strip()}"
        yield from tail
        for fact in rest:
            yield from wrapped(fact, " " * 13)
    if rights.gains and planned.restores:
        yield "    no limit counts it: what was last applied here comes back"
    if rights.smaller:
        yield from wrapped(rights.smaller, " " * 13, first="    smaller  ")
        yield " " * 13 + "gives what is meant without those that act on every key (proven offline)"


def _gate(gate: str, step: Step, planned: Planned, through: frozenset[str]) -> Iterator[str]:
    if by := opened_by(planned, gate, through):
        yield from wrapped(f"gate {gate}, open ({by}): {step.gate_text}", "    |  ")
        return
    yield from wrapped(f"GATE {gate}, closed: {step.gate_text}", "    |  ")
    yield f"    |  open it: gates: {{{gate}: open}}, or once:"
    yield f"    |    reconcile apply --through-gate {planned.address.id}/{gate}"


def _step(
    number: int, step: Step, planned: Planned, through: frozenset[str], paint: Paint
) -> Iterator[str]:
    if step.gate:
        first, *rest = _gate(step.gate, step, planned, through)
        yield paint(first, "gate")
        yield from rest
    what = " ".join((step.call.action, *_told(step, planned.change)))
    when = f"{step.when}; {step.impact_text}"
    if step.impact >= Impact.DROPPED_USERS:
        when = paint(when, "danger")
    left, plain_when = f"    {number}  {what}", f"{step.when}; {step.impact_text}"
    column = max(_STEP_COLUMN, len(left) + 2)
    if column + len(plain_when) > WIDTH:
        column = len(left) + 2
    if column + len(plain_when) <= WIDTH:
        yield f"{left:<{column}}{when}"
    else:
        yield from wrapped(what, "       ", first=f"    {number}  ")
        yield from wrapped(plain_when, " " * 12)
    for line in step.lines:
        yield from wrapped(line, "         ", first="       ")


def _told(step: Step, change: Change) -> tuple[str, ...]:
    """Give the fields that a step is about; what a create sends stands right above it."""
    if isinstance(change, Create | Delete):
        return ()
    # A call may settle more than differs: the number of nodes follows from shards and replicas.
    about = {one.field for one in change.fields}
    return tuple(name for name in step.changes if name in about) or step.changes


def _refused(reason: str, paint: Paint) -> Iterator[str]:
    first, *rest = reason.splitlines()
    head = wrapped(first, "       ", first="    x  REFUSED  ")
    yield from (paint(line, "danger") for line in head)
    for line in rest:
        # Advice is folded; a line to be pasted stays whole.
        pasted = line.startswith(("-", "{"))
        yield from [f"       {line}"] if pasted else wrapped(line, "       ")


def _pending(pending: Iterable[PendingChange], paint: Paint) -> list[str]:  # noqa: ARG001 - as its siblings
    lines = []
    for one in pending:
        edit = f"{value_text(one.before)} -> {value_text(one.pending.value)}"
        lines += wrapped(f"{one.address}  {one.pending.field} {edit}", "      ", first="  ")
        if one.pending.when:
            lines += wrapped(one.pending.when, "      ")
            lines.append(f"      sooner: reconcile apply --now {one.address}")
    return ["Already accepted by the service, nothing to send:", *lines, ""] if lines else []


def _kept(plan: Plan) -> list[str]:
    if not plan.kept:
        return []
    told = "Snapshots of these that were made before stay; no command of this tool deletes one:"
    return [*wrapped(told, ""), *wrapped(", ".join(plan.kept), "  "), ""]


def _strangers(report: PlanReport, paint: Paint) -> list[str]:
    """Tell of what is not ours to change; where nothing is to do, the sums count the unmanaged."""
    plan, lines = report.plan, []
    if plan.unknown:
        lines.append(
            "Busy or lagging: whose they are can't be read now, so nothing is done to them:"
        )
        lines += [f"  {address}" for address in plan.unknown]
        lines.append("")
    if plan.orphans:
        lines.append(
            "Ours by tag, no longer in the spec; a plain apply never deletes (--prune does):"
        )
        lines += [f"  {paint(str(address), 'dim')}" for address in plan.orphans]
        lines.append("")
    if plan.unmanaged and (report.show_unmanaged or not plan.empty):
        shown = plan.unmanaged if report.show_unmanaged else plan.unmanaged[:_UNMANAGED_SHOWN]
        lines.append(
            f"Unmanaged here, never touched ({len(shown)} of {len(plan.unmanaged)}; "
            "reconcile import ADDRESS writes it as YAML):"
        )
        lines += [f"  {address}" for address in shown]
        if len(shown) < len(plan.unmanaged):
            lines.append("  ... (--unmanaged lists them)")
        lines.append("")
    return lines


def _sums(report: PlanReport, paint: Paint) -> list[str]:
    plan = report.plan
    beside = [
        f"{len(found)} {word}"
        for word, found in (
            ("scheduled", plan.pending),
            ("orphaned", plan.orphans),
            ("unmanaged", plan.unmanaged),
            ("unknown", plan.unknown),
        )
        if found
    ]
    if plan.empty:
        aside = f" ({', '.join(beside)})" if beside else ""
        if plan.asked.destroy:
            return [paint(f"No changes. Nothing of {plan.estate} is left to delete.", "good")]
        verb = "matches" if plan.matched == 1 else "match"
        sentence = f"No changes. {counted(plan.matched, 'resource')} {verb} {report.spec}{aside}."
        return [paint(sentence, "good")]
    counts = ", ".join(f"{number} to {word}" for word, number in report.counts().items())
    lines = [f"Plan: {counts}." + (f"  {', '.join(beside)}." if beside else "")]
    if report.partial:
        ends = plan.asked.destroy
        lines.append("partial: only --target" + ("" if ends else " and what it refers to"))
    lines += _verdict(report)
    exit_code = f"   exit {report.exit_code}" if report.ends else ""
    return [*lines, f"fingerprint {plan.fingerprint}{exit_code}"]


def _verdict(report: PlanReport) -> list[str]:
    steps = sum(len(planned.steps) for planned in report.plan.changes)
    gates = sum(len(waiting_gates(planned, report.through)) for planned in report.plan.changes)
    if report.watched:
        return ["mode: observe: this estate is watched, and apply refused."]
    way = counted(steps, "step") + (f", {counted(gates, 'closed gate')}" if gates else "")
    if any(isinstance(planned.stop, Wait) for planned in report.plan.changes):
        way += ", and those that follow a wait"
    verb = "destroy" if report.plan.asked.destroy else "apply"
    refused = sum(map(len, report.refusals.values()))
    if refused:
        first = next(address for address, reasons in report.refusals.items() if reasons)
        return wrapped(
            f"{verb} would do nothing yet: {counted(refused, 'refusal')} (first: {first}). "
            f"Without: {way}.",
            "",
        )
    return [f"{verb} would take {way}."]


def symbol_of(change: Change) -> str:
    """Give the one-letter sign of a change."""
    return {"create": "+", "update": "~", "adopt": "^", "replace": "!", "delete": "-"}[
        action_of(change)
    ]
