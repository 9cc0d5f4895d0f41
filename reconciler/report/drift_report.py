"""Drift as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.drift import Drift, Drifted
from reconciler.plan import FieldChange, Planned
from reconciler.report.lines import Paint, counted, duration, plain, sides, value_text, wrapped
from reconciler.report.plan_facts import Seen, Where, nowhere
from reconciler.report.plan_json import jsonable
from reconciler.report.plan_markdown import cell

FORMAT_VERSION = 1

_TITLES = {
    "changed": "has changed behind the spec",
    "missing": "is in the spec and not there (deleted, or not applied yet)",
    "not ours": "exists and does not carry our tags",
}


def drift_text(
    drift: Drift, spec: str, seen: Seen, where: Where = nowhere, paint: Paint = plain
) -> str:
    """Give the page: what drifted first, then what needs no alarm."""
    plan = drift.plan
    who = f"  as {seen.who}" if seen.who else ""
    read = f"{counted(seen.resources, 'resource')} read, {duration(seen.seconds)}"
    lines = [*sides(f"{plan.estate}  {plan.account_id} {plan.region}{who}", read), ""]
    for one in drift.drifted:
        lines += [*_drifted(one, where, paint), ""]
    lines += _apart("The spec is ahead of the estate (merged, not applied yet):", drift.ahead)
    lines += _apart("Waiting at a closed gate, as planned:", drift.at_gate)
    for pending in plan.pending:
        what = f"{pending.pending.field} -> {value_text(pending.pending.value)}"
        lines += wrapped(f"accepted by the service, not finished: {pending.address} {what}", "  ")
    if plan.pending:
        lines.append("")
    for title, addresses in (
        ("Unmanaged here, never touched:", plan.unmanaged),
        ("Ours by tag, no longer in the spec:", plan.orphans),
        ("Busy or lagging, whose they are can't be read now:", plan.unknown),
    ):
        if addresses:
            lines += wrapped(", ".join(map(str, addresses)), "  ", first=f"{title} ")
            lines.append("")
    lines += _sums(drift, spec, paint)
    return "\n".join(lines) + "\n"


def _drifted(one: Drifted, where: Where, paint: Paint) -> Iterator[str]:
    title = f"{one.address} {_TITLES[one.sort]}"
    yield from sides(title, where(one.address, None), paint=paint, style="danger")
    for change in one.fields:
        yield from _moved(change)
    rights = one.planned.rights
    if rights is not None:
        # The plan says what mending gains and loses; seen from the drift it is the other way round.
        for word, facts in (("gained", rights.loses), ("lost", rights.gains)):
            for fact in facts:
                yield from wrapped(fact, " " * 13, first=f"    {word:<9}")
    if one.planned.reaches:
        yield from wrapped(
            ", ".join(map(str, one.planned.reaches)), " " * 13, first="    reaches  "
        )
    mend = ", ".join(step.call.action for step in one.planned.steps)
    if mend:
        yield f"    mended by  reconcile apply ({mend})"


def _moved(change: FieldChange) -> Iterator[str]:
    label = f"  ~ {change.field}  "
    both = "  (the spec changed too)" if change.moved == "both" else ""
    yield from wrapped(f"spec {value_text(change.after)}", " " * (len(label) + 5), first=label)
    yield from wrapped(
        f"live {value_text(change.before)}{both}", " " * (len(label) + 5), first=" " * len(label)
    )


def _apart(title: str, planned: tuple[Planned, ...]) -> list[str]:
    if not planned:
        return []
    lines = [title]
    for one in planned:
        fields = ", ".join(change.field for change in getattr(one.change, "fields", ()))
        lines += wrapped(f"{one.address}  {fields}", "    ", first="  ")
    return [*lines, ""]


def _sums(drift: Drift, spec: str, paint: Paint) -> list[str]:
    beside = [
        f"{len(found)} {word}"
        for word, found in (
            ("ahead", drift.ahead),
            ("at a gate", drift.at_gate),
            ("scheduled", drift.plan.pending),
            ("unmanaged", drift.plan.unmanaged),
        )
        if found
    ]
    aside = f" ({', '.join(beside)})" if beside else ""
    compared = counted(drift.plan.matched, "resource")
    if not drift.drifted:
        return [paint(f"No drift. {compared} compared with {spec}{aside}.", "good")]
    return [f"Drift: {len(drift.drifted)} of {compared} in {spec}{aside}.   exit {drift.exit_code}"]


def drift_json(drift: Drift, spec: str, where: Where = nowhere) -> dict[str, Any]:
    """Give one object."""
    plan = drift.plan
    return {
        "format_version": FORMAT_VERSION,
        "estate": plan.estate,
        "account_id": plan.account_id,
        "region": plan.region,
        "spec": spec,
        "drifted": [
            {
                "address": str(one.address),
                "sort": one.sort,
                "where": where(one.address, None),
                "fields": [
                    {
                        "field": change.field,
                        "spec": jsonable(change.after),
                        "live": jsonable(change.before),
                        "moved": change.moved,
                    }
                    for change in one.fields
                ],
                "reaches": [str(address) for address in one.planned.reaches],
            }
            for one in drift.drifted
        ],
        "ahead": [str(one.address) for one in drift.ahead],
        "at_gate": [str(one.address) for one in drift.at_gate],
        "pending": [
            {"address": str(one.address), "field": one.pending.field, "when": one.pending.when}
            for one in plan.pending
        ],
        "unmanaged": [str(address) for address in plan.unmanaged],
        "orphans": [str(address) for address in plan.orphans],
        "unknown": [str(address) for address in plan.unknown],
        "exit_code": drift.exit_code,
    }


def drift_markdown(drift: Drift, spec: str) -> str:
    """Give a table for a chat or an issue."""
    plan = drift.plan
    lines = [f"### reconcile drift: `{cell(plan.estate)}` in {plan.account_id} {plan.region}", ""]
    if not drift.drifted:
        return "\n".join([*lines, f"No drift in `{cell(spec)}`."]) + "\n"
    lines += ["| address | what | spec | live |", "|-|-|-|-|"]
    for one in drift.drifted:
        if not one.fields:
            lines.append(f"| `{cell(str(one.address))}` | {_TITLES[one.sort]} | | |")
        for change in one.fields:
            spec_value, live = cell(value_text(change.after)), cell(value_text(change.before))
            lines.append(
                f"| `{cell(str(one.address))}` | `{change.field}` | `{spec_value}` | `{live}` |"
            )
    return "\n".join(lines) + "\n"
