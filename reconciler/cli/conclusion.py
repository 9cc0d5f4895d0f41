"""How an apply or a destroy ended: planned again where it came to its end, told wherever it did."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli.probing import probed_json, show_probed
from reconciler.errors import CouldNotLook, Interrupted, ReconcilerError

if TYPE_CHECKING:
    from reconciler.applying.outcome import Summary
    from reconciler.cli.asking import Ask
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.model import Address
    from reconciler.plan import PendingChange
    from reconciler.soak import Soaked


@dataclass(frozen=True)
class _End:
    """Where it stands: what the plan is by now (None: not planned again), and what ended it."""

    summary: Summary
    code: int
    left: tuple[Address, ...] | None = None
    unknown: tuple[Address, ...] = ()
    """What of the spec could not be looked at: nothing was done to it."""
    scheduled: tuple[PendingChange, ...] = ()
    """What was accepted and waits for its maintenance window."""
    ended_by: str | None = None


def conclude(
    wired: Wired,
    looked: Looked,
    summary: Summary,
    ask: Ask,
    *,
    no_wait: bool = False,
    probed: tuple[Soaked, ...] = (),
) -> int:
    """Show how it ended, and prove the end state by planning again; raises where that can't be."""
    code = summary.exit_code
    if code or no_wait:
        _show(wired, looked, ask, _End(summary, code), probed)
    else:
        try:
            again = _planned_again(wired, looked, ask)
        except ReconcilerError as raised:
            broke_off(wired, looked, summary, ask, raised, probed)
            raise
        except KeyboardInterrupt:
            broke_off(wired, looked, summary, ask, Interrupted(), probed)
            raise
        code = 1 if again.left else CouldNotLook.exit_code if again.unknown else 0
        end = _End(summary, code, again.left, again.unknown, again.scheduled)
        _show(wired, looked, ask, end, probed)
    if no_wait and not code and summary.left and wired.screen.format == "text":
        wired.screen.result(
            "Not waited for: reconcile status --watch shows it come to rest; apply goes on."
        )
    return code


def broke_off(
    wired: Wired,
    looked: Looked,
    summary: Summary,
    ask: Ask,
    raised: ReconcilerError,
    probed: tuple[Soaked, ...] = (),
) -> None:
    """Show what was done and what is left where an error ended it; the error is told last."""
    code = 128 + raised.signal if isinstance(raised, Interrupted) else raised.exit_code
    _show(wired, looked, ask, _End(summary, code, ended_by=str(raised)), probed)


@dataclass(frozen=True)
class _Again:
    """A plan after the apply: what is left of what was planned, unseen of the spec, and waiting."""

    left: tuple[Address, ...]
    unknown: tuple[Address, ...]
    scheduled: tuple[PendingChange, ...]


def _planned_again(wired: Wired, looked: Looked, ask: Ask) -> _Again:
    from reconciler.cli.looking import look, narrowed  # noqa: PLC0415

    again = look(wired, ask=dataclasses.replace(ask, targets=()), again=True).plan
    planned = {one.address for one in looked.plan.changes}
    left = tuple(one.address for one in narrowed(again, planned).changes)
    # A target was never meant to be about the others.
    meant = planned | set(looked.plan.unknown) if looked.partial else set(again.unknown)
    unknown = tuple(one for one in again.unknown if one in meant)
    waits = (one for one in again.pending if one.address in planned and one.pending.when)
    return _Again(left, unknown, tuple(waits))


def _show(wired: Wired, looked: Looked, ask: Ask, end: _End, probed: tuple[Soaked, ...]) -> None:
    from reconciler.report import apply_report  # noqa: PLC0415

    screen, spec = wired.screen, wired.spec.path
    kept = apply_report.kept_snapshots(looked.plan, end.summary)
    show_probed(wired, probed)
    match screen.format:
        case "json":
            empty = None if end.left is None else not end.left
            told = apply_report.apply_json(end.summary, spec, empty=empty)
            told |= {"kept_snapshots": list(kept), **probed_json(probed)}
            told["unknown"] = [str(one) for one in end.unknown]
            told["scheduled"] = apply_report.scheduled_json(end.scheduled)
            screen.json({**told, "ended_by": end.ended_by, "exit_code": end.code})
        case "markdown":
            screen.result(apply_report.apply_markdown(end.summary, spec, kept))
        case _:
            screen.result(_text(wired, ask, end))
            for line in apply_report.scheduled_lines(end.scheduled):
                screen.result(line)
            if kept:
                screen.result(f"Kept, and never deleted by this tool: {', '.join(kept)}")
            if end.left:
                left = ", ".join(map(str, end.left))
                screen.result(f"Planned again, and something is left: {left}; see reconcile plan")
            elif end.left is not None:
                but = ", but for what waits" if end.scheduled else ""
                screen.result(f"Planned again: nothing is left to do{but}.")
            elif end.ended_by is not None and not end.summary.left:
                screen.result("It could not be planned again: see reconcile plan for what is left.")
            if end.unknown:
                screen.result(unseen(end.unknown))


def unseen(unknown: tuple[Address, ...]) -> str:
    """Say that something of the spec was left alone because nobody could tell whose it is."""
    return (
        f"Whose these are could not be read, so nothing was done to them: "
        f"{', '.join(map(str, unknown))}; try again once they are at rest."
    )


def _text(wired: Wired, ask: Ask, end: _End) -> str:
    from reconciler.report import apply_report  # noqa: PLC0415

    verb = "Destroyed what is ours of" if ask.destroy else "Applied"
    if end.ended_by is not None and end.summary.left:
        verb = "Stopped in the middle of"
    spec, paint = wired.spec.path, wired.screen.paint
    return apply_report.apply_text(end.summary, spec, paint, verb=verb, code=end.code)
