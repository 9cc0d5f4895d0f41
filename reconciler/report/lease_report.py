"""The lease as text and JSON: who writes, since when, where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reconciler.lease import Holder, Standing

FORMAT_VERSION = 1
_NEVER = datetime.max.replace(tzinfo=UTC)


def lease_text(estate: str, holder: Holder | None, *, ended: bool = False) -> str:
    """Give who holds it, and how to end that; or that it was ended, or that nobody does."""
    if holder is None:
        return f"{estate}: nobody holds the lease"
    record = holder.record
    if ended:
        return f"{estate}: the lease of run {record.run} ({record.who} on {record.host}) is ended"
    if not holder.holds:
        return "\n".join(
            [
                f"{estate}: nobody holds the lease any more",
                f"  last: {holder_line(holder)}",
                f"  {holder.standing.value}",
            ]
        )
    force = " --force" if holder.standing is Standing.RUNS_HERE else ""
    return "\n".join(
        [
            f"{estate}: {holder_line(holder)}",
            f"  since {moment(record.since)}, until {moment(record.until)}  {holder.path}",
            f"  {holder.standing.value}",
            f"  end it: reconcile unlock {record.run}{force}",
        ]
    )


def holder_line(holder: Holder) -> str:
    """Give one line: run, who, where."""
    record = holder.record
    return f"run {record.run} of {record.who} on {record.host} (pid {record.pid})"


def lease_json(estate: str, holder: Holder | None, *, ended: bool = False) -> dict[str, Any]:
    """Give one object; ``lease`` is null where nobody holds it."""
    return {
        "format_version": FORMAT_VERSION,
        "estate": estate,
        "lease": holder_json(holder),
        "ended": ended,
    }


def holder_json(holder: Holder | None) -> dict[str, Any] | None:
    """Give a holder's facts, or null."""
    if holder is None:
        return None
    record = holder.record
    return {
        "run": record.run,
        "who": record.who,
        "host": record.host,
        "pid": record.pid,
        "since": record.since.isoformat(),
        "until": record.until.isoformat(),
        "path": holder.path,
        "standing": holder.standing.name.lower(),
    }


def moment(when: datetime) -> str:
    """Give a time to the second; the end of time means that somebody must remove it by hand."""
    return when.strftime("%Y-%m-%d %H:%M:%S UTC") if when < _NEVER else "it is removed by hand"
