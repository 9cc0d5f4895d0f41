"""A rotation: what it will do and how far it is, what happened, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.kind.overlap import short
from reconciler.model import User
from reconciler.report.lines import Paint, plain, sides, wrapped
from reconciler.rotate import Ended, Proof
from reconciler.rotation import FINISH, Rotation, Standing

FORMAT_VERSION = 1

_INDENT = " " * 13
_DONE = {
    # How many of the stages below are behind us.
    Standing.AT_REST: 0,
    Standing.PENDING: 1,
    Standing.MOVED: 1,
    Standing.BESIDE: 2,
    Standing.HANDED: 4,
}


def rotation_text(found: Rotation, where: str = "", paint: Paint = plain) -> str:
    """Give the page that is shown before anything is written."""
    lines = sides(f"{found.address}: {found.standing.value}", where, paint=paint, style="bold")
    for number, ref in enumerate(found.refs):
        known = f", current is {short(found.want[number])}" if ref.moves else ""
        lines += wrapped(f"{ref}{known}", _INDENT, first="    secret   ")
    lines += wrapped(
        ", ".join(_named(one, found) for one in found.have), _INDENT, first="    set      "
    )
    reached = ", ".join(map(str, found.reaches)) or "nothing: no cache lets it in"
    lines += wrapped(reached, _INDENT, first="    reaches  ")
    if found.shares:
        shared = ", ".join(map(str, found.shares))
        text = (
            f"{shared} has another key in the same secret: its value is kept, and its version "
            "moves on: a plan will say so, and set the same again"
        )
        lines += wrapped(text, _INDENT, first="    beside   ")
    lines += _stages(found, paint)
    return "\n".join(lines) + "\n"


def _named(version: str, found: Rotation) -> str:
    stored = found.stored
    parts = {} if stored is None else {stored.current: "current", stored.previous: "previous"}
    if stored is not None and stored.pending:
        parts[stored.pending] = "pending"
    part = parts.get(version)
    return short(version) + (f" ({part})" if part else "")


def _stages(found: Rotation, paint: Paint) -> Iterator[str]:
    done = _DONE[found.standing]
    sets, retires = _calls(found)
    staged = found.stored is None or found.stored.staged
    store = found.refs[0].store
    first = f"{store} keeps a new random value" + (
        ", pending: nobody gets it yet" if staged else ": whoever asks now gets it"
    )
    if found.standing is Standing.MOVED or found.stored is None:
        first = "the new one is kept where the spec says"
    hand_out = f"{store} hands the new one out" if staged else "the new one is handed out already"
    stages = [first, f"{sets}: both log in", "both are proven by login at every address", hand_out]
    for number, text in enumerate(stages, 1):
        mark = "done  " if number <= done else ""
        yield from wrapped(f"{mark}{text}", "       ", first=f"    {number}  ")
    gate = FINISH[found.address.kind]
    text = f"GATE {gate}: every client must use the new one first; then --finish"
    yield from (paint(line, "gate") for line in wrapped(text, "    |  "))
    yield from wrapped(f"{retires}: the first no longer logs in", "       ", first="    5  ")
    yield from wrapped("that is proven at every address", "       ", first="    6  ")


def _calls(found: Rotation) -> tuple[str, str]:
    if found.address.kind == User.kind:
        return "ModifyUser passwords", "ModifyUser passwords"
    return "ModifyReplicationGroup AuthToken ROTATE", "ModifyReplicationGroup AuthToken SET"


def proof_text(proof: Proof, paint: Paint = plain) -> str:
    """Give what logging in showed, what is well in one line each."""
    lines: list[str] = []
    for sign, style, some in (
        ("+", "good", proof.proven),
        ("x", "danger", proof.refuted),
        ("?", "gate", proof.unproven),
    ):
        for one in some:
            lines += [paint(line, style) for line in wrapped(one, "      ", first=f"    {sign} ")]
    return "\n".join(lines)


def ended_text(ended: Ended, *, finish: bool, paint: Paint = plain) -> str:
    """Give one sentence on how it ended, and what is next."""
    found = ended.rotation
    address = found.address
    more: tuple[str, ...] = ()
    match ended.end:
        case "at the gate":
            going = " and ".join(map(short, found.going)) or "the first"
            text = (
                f"Stopped at the gate {FINISH[address.kind]}: both log in. Once every client uses "
                f"the new one, this retires {going}:"
            )
            more = (f"  reconcile rotate {address} --finish",)
        case "done" if finish and not found.retired:
            text = f"{address}: no rotation stood at the gate, so nothing was retired."
        case "done":
            text = f"{address}: what is set logs in" + (
                ", what was retired does not." if found.retired else "."
            )
        case "refuted":
            text = (
                f"{address}: a login did not go as it must, so nothing more is done. Both stay "
                "set; look at what is above, then rotate again: it goes on from here."
            )
        case "not proven":
            text = (
                f"{address}: it could not be proven at every address, so nothing more is done. "
                "Mend what is above, then rotate again: it goes on from here."
            )
        case "stopped":
            why = "; ".join(
                [one.reason for one in ended.summary.failed]
                + [one.why for one in ended.summary.left]
            )
            text = f"{address}: {why}. Rotate again: it goes on from what is there."
    return "\n".join(paint(line, _style(ended)) for line in (*wrapped(text, ""), *more))


def _style(ended: Ended) -> str:
    return {"done": "good", "at the gate": "gate"}.get(ended.end, "danger")


def rotate_json(ended: Ended, proofs: Sequence[Proof]) -> dict[str, Any]:
    """Give how it ended as one object; versions only, no value is known here."""
    found = ended.rotation
    last = proofs[-1] if proofs else Proof()
    return {
        "format_version": FORMAT_VERSION,
        "address": str(found.address),
        "standing": found.standing.name.lower(),
        "end": ended.end,
        "set": list(found.have),
        "wanted": list(found.want),
        "retired": list(found.retired),
        "reaches": list(map(str, found.reaches)),
        "proven": list(last.proven),
        "refuted": list(last.refuted),
        "not_proven": list(last.unproven),
        "exit_code": ended.exit_code,
    }
