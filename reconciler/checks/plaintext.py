"""Plaintext is refused where TLS is required, and taken where both are promised."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Sort
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.guest import outside_name
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint


class Plaintext(Check):
    """Speaks without TLS, without logging in: no secret ever goes over such a line."""

    name = "plaintext"
    proves = "a client without TLS is refused where TLS is required"
    critical = True

    def applies(self, target: Target) -> bool:
        """Say whether TLS is promised at all."""
        return target.tls != "off" and not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Ask each endpoint something without TLS."""
        target = visit.target
        if target.gated:
            yield self.say(
                visit,
                "plaintext",
                "not proven",
                "refused",
                "still taken: it waits at the closed gate tls-required",
                critical=False,
            )
            return
        refused = target.tls == "required"

        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            return _plain(visit, endpoint, refused=refused)

        expected = "refused" if refused else "taken, as TLS is preferred"
        yield from self.everywhere(
            visit, "plaintext", expected, visit.places(), probe, critical=refused
        )


def _plain(visit: Visit, endpoint: Endpoint, *, refused: bool) -> tuple[Verdict, str]:
    dialled = visit.dial(endpoint)
    if not dialled.reached and dialled.sort is not Sort.NO_TLS:
        return "not proven", f"it does not answer at all: {dialled.text}"
    with visit.line(endpoint, tls=False) as line:
        # What a client would want; a PING may be answered to a replica that has not logged in yet.
        answer = line.ask("EXISTS", outside_name(visit.run, "plaintext"))
    if answer.reached:
        return ("refuted" if refused else "proven"), f"plaintext was answered: {answer.text}"
    return ("proven" if refused else "refuted"), answer.text
