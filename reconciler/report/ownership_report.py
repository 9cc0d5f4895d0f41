"""What adopt and forget will write, and how it ended: text and JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from reconciler.adopt import Adoption
from reconciler.applying.outcome import Summary
from reconciler.forget import keys_of
from reconciler.kind import Live
from reconciler.model import Address
from reconciler.plan import Plan
from reconciler.report.lines import Paint, counted, duration, plain, wrapped
from reconciler.report.plan_json import jsonable

FORMAT_VERSION = 1


def adoption_text(found: Adoption) -> str:
    """Give the tags that each will bear, whose they were, and what is ours already."""
    lines = [f"{one}  is ours already" for one in found.owned]
    for planned in found.plan.changes:
        held = found.left.get(planned.address)
        whose = f"  (its tags name the estate {held})" if held else ""
        lines.append(f"{planned.address}  will be adopted{whose}")
        tags = planned.steps[0].call.params["Tags"] if planned.steps else ()
        lines += [f"    + {tag['Key']} = {tag['Value']}" for tag in tags]
        lines += _notes(planned.address, found.plan)
    if not found.plan.empty:
        lines.append("Two tags each and nothing else. Afterwards a plan says:")
    return "\n".join([*lines, ""])


def _notes(address: Address, plan: Plan) -> Iterator[str]:
    for note in plan.notes:
        if note.startswith(f"{address} "):
            yield from wrapped(note, "          ", first="    note  ")


def forgetting_text(
    some: Iterable[Live[Any]], bare: Iterable[Address], tag_prefix: str, spec: Collection[Address]
) -> str:
    """Give the tags that each will lose, and a word on those that the spec still names."""
    lines = [f"{one}  bears no tag of ours" for one in sorted(bare)]
    for live in some:
        lines.append(f"{live.address}  will be forgotten, and stays as it is")
        lines += [f"    - {key}" for key in keys_of(live, tag_prefix)]
        if live.address in spec:
            lines.append(
                "    note  the spec names it: take it out, or the next plan asks to adopt it"
            )
    return "\n".join([*lines, ""])


def ended_text(verb: str, summary: Summary, paint: Paint = plain) -> str:
    """Give how it ended: ``verb`` is Adopted or Forgotten."""
    lines: list[str] = []
    for failed in summary.failed:
        lines += wrapped(f"{failed.address}: {failed.reason}", "    ", first="x  ")
        for event in failed.events:
            lines += wrapped(f"the service says: {event}", "      ", first="    ")
    for left in summary.left:
        lines += wrapped(f"{left.address} left: {left.why}", "    ", first="-  ")
    what = counted(len(summary.settled), "resource")
    sums = f"{verb}: {what} ({counted(summary.writes, 'call')}) in {duration(summary.elapsed_s)}."
    code = summary.exit_code
    lines.append(paint(sums + (f"   exit {code}" if code else ""), "bad" if code else "good"))
    return "\n".join(lines) + "\n"


def ended_json(summary: Summary, **beside: Any) -> dict[str, Any]:
    """Give one object, with what else is to be told."""
    return {
        "format_version": FORMAT_VERSION,
        **{name: jsonable(value) for name, value in beside.items()},
        "settled": [str(one) for one in summary.settled],
        "failed": [
            {"address": str(one.address), "reason": one.reason, "events": list(one.events)}
            for one in summary.failed
        ],
        "left": [{"address": str(one.address), "why": one.why} for one in summary.left],
        "writes": summary.writes,
        "exit_code": summary.exit_code,
    }
