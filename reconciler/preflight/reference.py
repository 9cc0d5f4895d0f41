"""What a change names must be there: the spec names things of others by id, unread until now."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kind import references
from reconciler.model import Address, is_built_in
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict

_READ = frozenset({"user", "user_group", "cache_parameter_group", "cache_subnet_group"})


def missing_references(outlook: Outlook) -> Iterator[Finding]:
    """Refuse a change that names what neither stands in the account nor in the spec."""
    for planned in outlook.plan.changes:
        after = getattr(planned.change, "after", None)
        if not planned.steps or after is None:
            continue
        for address in sorted(set(references(after))):
            # A role names some by ARN: those of elsewhere, and as it is observed all of them.
            by_arn = address.id.startswith("arn:")
            if address.kind in _READ and not by_arn and not _is_there(outlook, address):
                sort = address.kind.replace("_", " ")
                text = (
                    f"names the {sort} {address.id}, which is not in this account and region; "
                    "write it in the spec, or name one that is there"
                )
                yield Finding(planned.address, Verdict.REFUSED, text)


def taken_names(outlook: Outlook) -> Iterator[Finding]:
    """Refuse a new serverless cache by the name of one of memcached: those are kept by others."""
    for planned, before, _ in outlook.changes("serverless_cache"):
        if before is not None:
            continue
        told = outlook.ask.every("elasticache", "describe_serverless_caches", "ServerlessCaches")
        names = set() if isinstance(told, Silence) else {one["ServerlessCacheName"] for one in told}
        if planned.address.id in names:
            text = "a serverless cache of memcached has this name; give this one another id"
            yield Finding(planned.address, Verdict.REFUSED, text)


def _is_there(outlook: Outlook, address: Address) -> bool:
    return is_built_in(address) or outlook.will_be(address) is not None
