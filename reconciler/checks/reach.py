"""Every endpoint answers, over TLS with a certificate that verifies where TLS is promised."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import DefaultUser, Target
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint


class Reach(Check):
    """Says who answers; what does not answer here is not asked again by any other check."""

    name = "reach"
    proves = "every endpoint answers; over TLS with a certificate that verifies for its name"
    critical = True

    def applies(self, target: Target) -> bool:  # noqa: ARG002
        """Say yes: without this nothing else can be proven."""
        return True

    def refusals(self, target: Target) -> int:
        """Count a PING without a login, at each address where one is needed."""
        return 0 if target.default_user is DefaultUser.OPEN else len(target.endpoints)

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Tell what dialling each endpoint brought."""
        target = visit.target
        if target.absent:
            verdict: Verdict = "refuted" if "not there" in target.absent else "not proven"
            yield self.say(visit, "cache", verdict, "a cache to connect to", target.absent)
            return
        expected = "answers" if target.tls == "off" else "answers over TLS, certificate verified"
        somebody = any(answer.reached for answer in visit.dialled.values())

        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            verdict, got = _judged(visit, visit.dial(endpoint), somebody)
            if verdict == "refuted":
                visit.tell_of(self.name, endpoint)
            return verdict, got

        yield from self.everywhere(visit, "endpoints", expected, target.endpoints, probe)


def _judged(visit: Visit, answer: Answer, somebody: bool) -> tuple[Verdict, str]:
    if answer.reached:
        return "proven", answer.text
    if answer.sort in {Sort.UNTRUSTED, Sort.NO_TLS}:
        return "refuted", answer.text
    if not visit.others_answered:
        return "not proven", f"{answer.text}; nothing at all answered from here"
    if not somebody and answer.sort is Sort.SILENT and "refused" not in answer.text:
        return "not proven", f"{answer.text}; no endpoint of this cache answered from here"
    return "refuted", answer.text
