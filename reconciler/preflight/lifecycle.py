"""What the service is about to do by itself: updates that wait, and versions that run out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from reconciler.kind.engine_version import parts
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict

_LISTS = {"replication_group": "ReplicationGroupIds", "cache_cluster": "CacheClusterIds"}
_IDS = {"replication_group": "ReplicationGroupId", "cache_cluster": "CacheClusterId"}
_OPEN = ["not-applied", "waiting-to-start", "in-progress", "stopping", "stopped", "scheduling"]
_AT_ONCE = 20
"""How many ids DescribeUpdateActions takes (API reference)."""


@dataclass(frozen=True, slots=True)
class Support:
    """Until when a major version is supported, and until when for money."""

    standard: date
    extended: date


_END_2026 = Support(date(2026, 1, 31), date(2029, 1, 31))
SUPPORT: Mapping[tuple[str, int], Support] = {
    ("redis", 4): _END_2026,
    ("redis", 5): _END_2026,
    ("redis", 6): Support(date(2027, 1, 31), date(2030, 1, 31)),
}
"""ElastiCache guide, versions for Redis OSS end of life schedule; others have no date yet."""


def updates(outlook: Outlook) -> Iterator[Finding]:
    """Note service updates that are not applied to the caches that change: a call for each 20."""
    for kind, name in _LISTS.items():
        standing = [
            planned.address for planned, before, _ in outlook.changes(kind) if before is not None
        ]
        for start in range(0, len(standing), _AT_ONCE):
            some = standing[start : start + _AT_ONCE]
            told = outlook.ask.every(
                "elasticache",
                "describe_update_actions",
                "UpdateActions",
                {
                    name: [one.id for one in some],
                    "ServiceUpdateStatus": ["available"],
                    "UpdateActionStatus": _OPEN,
                },
            )
            if isinstance(told, Silence):
                text = f"whether service updates wait: {told.why}"
                yield Finding(some[0], Verdict.UNKNOWN, text)
                continue
            by_id = {one.id: one for one in some}
            for one in told:
                address = by_id.get(str(one.get(_IDS[kind], "")).lower())
                if address is not None:
                    yield Finding(address, Verdict.NOTED, _update(one))


def _update(one: Mapping[str, object]) -> str:
    severity = f"{one.get('ServiceUpdateSeverity', 'unrated')}"
    sort = f"{one.get('ServiceUpdateType', '')}".replace("-update", "")
    by = one.get("ServiceUpdateRecommendedApplyByDate")
    until = f", to be applied by {by:%Y-%m-%d}" if hasattr(by, "strftime") else ""
    what = " ".join(word for word in (severity, sort) if word)
    return f"service update {one.get('ServiceUpdateName')} ({what}) is not applied to it{until}"


def support(outlook: Outlook) -> Iterator[Finding]:
    """Note versions whose standard support has ended, or ends within a year."""
    now = outlook.facts.now
    for planned, _, after in outlook.changes(*_LISTS):
        said = parts(after.engine_version or "")
        found = SUPPORT.get((after.engine or "", said[0])) if said else None
        if now is None or found is None or (found.standard - now.date()).days > 365:
            continue
        ended = found.standard < now.date()
        what = f"standard support of {after.engine} {said[0]}"
        text = (
            f"{what} ended on {found.standard}; extended support costs more and ends on "
            f"{found.extended}"
            if ended
            else f"{what} ends on {found.standard}"
        )
        yield Finding(planned.address, Verdict.NOTED, text)
