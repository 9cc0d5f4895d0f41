"""How an apply ended, as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.applying.outcome import Summary
from reconciler.plan import PendingChange, Plan
from reconciler.report.lines import Paint, counted, duration, plain, value_text, wrapped
from reconciler.report.plan_json import jsonable
from reconciler.report.plan_markdown import cell

FORMAT_VERSION = 1


def kept_snapshots(plan: Plan, summary: Summary) -> tuple[str, ...]:
    """Name the snapshots that stay of what ended: those made before, and the last ones."""
    last = {
        str(step.call.params[key])
        for planned in plan.changes
        if planned.address in summary.settled
        for step in planned.steps
        for key in ("FinalSnapshotIdentifier", "FinalSnapshotName")
        if key in step.call.params
    }
    return tuple(sorted({*plan.kept, *last}))


def apply_text(
    summary: Summary,
    spec: str,
    paint: Paint = plain,
    *,
    verb: str = "Applied",
    code: int | None = None,
) -> str:
    """Give what was done and what is left, one line each; ``code`` where an error ended it."""
    lines: list[str] = []
    for failed in summary.failed:
        lines += wrapped(f"{failed.address}: {failed.reason}", "    ", first="x  ")
        for event in failed.events:
            lines += wrapped(f"the service says: {event}", "      ", first="    ")
    for gate in summary.gated:
        lines += wrapped(
            f"{gate.address} stopped at GATE {gate.gate}: {gate.text}", "    ", first="|  "
        )
        once = f"reconcile apply --through-gate {gate.address.id}/{gate.gate}"
        lines += wrapped(f"open it: gates: {{{gate.gate}: open}}, or once: {once}", "    ")
    for left in summary.left:
        lines += wrapped(f"{left.address} left: {left.why}", "    ", first="-  ")
    done = f"{counted(len(summary.settled), 'resource')} settled"
    work = f"{counted(summary.steps, 'step')}, {counted(summary.writes, 'call')}"
    sums = f"{verb} {spec}: {done} ({work}) in {duration(summary.elapsed_s)}."
    code = summary.exit_code if code is None else code
    for one in summary.reworded:
        lines += wrapped(f"{one.address}: {one.text}", "    ", first="!  ")
    lines += recorded_lines(summary)
    lines.append(
        paint(sums + (f"   exit {code}" if code else ""), "good" if code in (0, 7) else "bad")
    )
    return "\n".join(lines) + "\n"


def recorded_lines(summary: Summary) -> list[str]:
    """Say whose record of what was applied was brought up to date."""
    if not summary.recorded:
        return []
    those = ", ".join(map(str, summary.recorded))
    text = f"recorded as applied, which an earlier run or an older spec had not said: {those}"
    return wrapped(text, "    ", first="!  ")


def scheduled_lines(scheduled: Iterable[PendingChange]) -> list[str]:
    """Say what was accepted and is not there before its window: that it settled is no more."""
    lines: list[str] = []
    for one in scheduled:
        edit = f"{value_text(one.before)} -> {value_text(one.pending.value)}"
        text = f"{one.address} {one.pending.field} {edit} waits for {one.pending.when}"
        lines += wrapped(text, "    ", first="~  ")
    return lines


def scheduled_json(scheduled: Iterable[PendingChange]) -> list[dict[str, Any]]:
    """Give one object each, as the plan's ``pending`` has them."""
    return [
        {
            "address": str(one.address),
            "field": one.pending.field,
            "before": jsonable(one.before),
            "pending": jsonable(one.pending.value),
            "when": one.pending.when,
        }
        for one in scheduled
    ]


def apply_json(summary: Summary, spec: str, *, empty: bool | None) -> dict[str, Any]:
    """Give one object; ``planned_again_empty`` is null when it was not planned again."""
    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "settled": [str(one) for one in summary.settled],
        "failed": [
            {"address": str(one.address), "reason": one.reason, "events": list(one.events)}
            for one in summary.failed
        ],
        "gated": [
            {
                "address": str(one.address),
                "gate": one.gate,
                "gate_text": one.text,
                "gate_once": f"--through-gate {one.address.id}/{one.gate}",
            }
            for one in summary.gated
        ],
        "left": [{"address": str(one.address), "why": one.why} for one in summary.left],
        "reworded": [{"address": str(one.address), "text": one.text} for one in summary.reworded],
        "recorded": [str(one) for one in summary.recorded],
        "steps": summary.steps,
        "writes": summary.writes,
        "seconds": round(summary.elapsed_s, 3),
        "planned_again_empty": empty,
        "exit_code": summary.exit_code,
    }


def apply_markdown(summary: Summary, spec: str, kept: Iterable[str] = ()) -> str:
    """Give a short list."""
    lines = [f"### reconcile apply: `{cell(spec)}`", "", f"{len(summary.settled)} settled."]
    lines += [f"- failed: `{cell(str(one.address))}`: {cell(one.reason)}" for one in summary.failed]
    lines += [f"- at gate `{one.gate}`: `{cell(str(one.address))}`" for one in summary.gated]
    lines += [f"- left: `{cell(str(one.address))}`: {cell(one.why)}" for one in summary.left]
    lines += [f"- `{cell(str(one.address))}`: {cell(one.text)}" for one in summary.reworded]
    lines += [f"- kept: snapshot `{cell(name)}`" for name in kept]
    return "\n".join(lines) + "\n"
