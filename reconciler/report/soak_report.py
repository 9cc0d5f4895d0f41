"""Seconds that each cache was of no use during an apply, beside what the plan promised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.report.lines import wrapped
from reconciler.soak import Soaked


def soak_text(found: Iterable[Soaked]) -> str:
    """Give two lines a cache: what was seen, and what the plan said."""
    lines = ["probed while it was applied:"]
    for one in found:
        lines += wrapped(f"{one.address}  {_seen(one)}", "      ", first="  ")
        lines += wrapped(f"plan: {one.promised}", "          ", first="    ")
    return "\n".join(lines) + "\n"


def _seen(one: Soaked) -> str:
    if one.side is None:
        return f"not probed: {one.why}"
    side = one.side
    pause = f"longest pause {side.longest_pause_s:.3f} s of {side.made:,} questions"
    if not side.interruptions:
        return f"never unusable; {pause}"
    times = len(side.interruptions)
    still = ", and still so at the end" if side.interruptions[-1].open else ""
    told = f"{times} times, " if times > 1 else ""
    return f"unusable for {side.total_s:.3f} s ({told}{pause}){still}"


def soak_json(found: Iterable[Soaked]) -> dict[str, Any]:
    """Give what was measured; a cache that was not probed has a reason and no figures."""
    return {
        str(one.address): {"promised": one.promised, "not_probed": one.why}
        if one.side is None
        else {
            "promised": one.promised,
            "unusable_s": round(one.side.total_s, 4),
            "longest_pause_s": round(one.side.longest_pause_s, 4),
            "pings": one.side.made,
            "interruptions": [
                {
                    "began_s": round(span.began, 4),
                    "seconds": round(span.seconds, 4),
                    "ended": not span.open,
                }
                for span in one.side.interruptions
            ],
        }
        for one in found
    }
