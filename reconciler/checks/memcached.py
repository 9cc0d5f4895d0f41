"""Memcached: every node answers, in the version that was asked for. Nobody logs in there."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target, name_of
from reconciler.checks.visit import Visit
from reconciler.kind.engine_version import at_least


class Memcached(Check):
    """Asks each node for its version, in memcached's own words; reads and writes no key."""

    name = "memcached"
    proves = "every node of a memcached cluster answers, in the version asked for, over TLS if so"
    speaks = "memcached"

    def applies(self, target: Target) -> bool:
        """Say whether there are nodes."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Ask every node, and then judge: where none answers, this may be the wrong place."""
        asked = visit.target.engine_version
        expected = f"answers, version {asked or 'any'}"
        places = visit.target.of_role("node") or visit.target.endpoints
        said = {place: visit.memcached_version(place) for place in places}
        nobody = not any(answered for answered, _ in said.values())
        for place, (answered, text) in said.items():
            verdict, got = _judged(text, asked) if answered else ("refuted", text)
            if nobody:
                verdict, got = "not proven", f"{text}; no node of it answers from here"
            yield self.say(visit, name_of(place), verdict, expected, got, at=place)


def _judged(version: str, asked: str) -> tuple[Verdict, str]:
    got = f"version {version}"
    if not asked or version == asked or version.startswith(f"{asked}."):
        return "proven", got
    # As for engines: a newer one is not what was asked for, and no broken promise either.
    return ("not proven" if at_least(version, asked) else "refuted"), got
