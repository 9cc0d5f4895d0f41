"""The engine and version that answer are those that were asked for."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.hello import hello
from reconciler.checks.target import Target
from reconciler.checks.visit import Hello, Visit
from reconciler.kind import Endpoint


class Engine(Check):
    """Reads HELLO, which every user may call."""

    name = "engine"
    proves = "the engine and version that answer are those that were asked for"

    def applies(self, target: Target) -> bool:
        """Say whether a version was asked for."""
        return not target.absent and bool(target.engine_version)

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Ask every address which engine it is."""
        target = visit.target
        asked = f"{target.engine} {target.engine_version}".strip()

        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            found = hello(visit, endpoint)
            if isinstance(found, str):
                return "not proven", found
            verdict, got = judged(found, target.engine, target.engine_version)
            if verdict == "refuted" and target.pending & {"engine", "engine_version"}:
                return "not proven", f"{got}; {asked} is accepted and not reached yet"
            return verdict, got

        yield from self.everywhere(visit, "engine", asked, visit.places(), probe)


def judged(found: Hello, engine: str, version: str) -> tuple[Verdict, str]:
    """Compare at the precision that was written; a newer version is told, an older one refuted."""
    if engine and found.server != engine:
        # A service may serve a redis cache with another server: told, not a broken promise.
        return "not proven", f"it says it is {found}"
    wanted, used = _numbers(version), _numbers(found.version)
    if used[: len(wanted)] == wanted:
        return "proven", str(found)
    return ("refuted" if used < wanted else "not proven"), f"it says it is {found}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
