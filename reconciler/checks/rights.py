"""What each user may and may not do, as a person meant it and as the access string says."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.hello import hello
from reconciler.checks.may import may
from reconciler.checks.probe import Probe, asked_harmlessly, derived, judged, meant
from reconciler.checks.target import Account, Target
from reconciler.checks.visit import Key, Visit
from reconciler.kind import Endpoint


class RightsHold(Check):
    """Asks as the user itself, on every node: rights are not replicated between nodes."""

    name = "rights"
    proves = "each user may do what it should, and nothing that it should not"
    critical = True

    def applies(self, target: Target) -> bool:
        """Say whether it has users with access strings."""
        return not target.absent and any(_has_rights(account) for account in target.accounts)

    def refusals(self, target: Target) -> int:
        """Count the commands that are to be refused, at each address."""
        refused = sum(
            not probe.allowed and not probe.reason
            for account in filter(_has_rights, target.accounts)
            for probe in (*meant(account), *derived(target, account, "run"))
        )
        return refused * len(target.endpoints)

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Probe every user."""
        found = hello(visit, visit.target.main)
        version = "" if isinstance(found, str) else found.version
        for account in filter(_has_rights, visit.target.accounts):
            key = visit.key(account)
            probes = [*meant(account), *derived(visit.target, account, visit.run, version)]
            vital = _vital(probes)
            if key.missing:
                yield self.say(
                    visit,
                    account.label,
                    "not proven",
                    f"{len(probes)} rights as declared",
                    key.missing,
                    critical=bool(account.secrets),
                )
                continue
            for probe in probes:
                yield from self._probed(visit, key, probe, critical=probe in vital)

    def _probed(self, visit: Visit, key: Key, probe: Probe, *, critical: bool) -> Iterator[Finding]:
        subject = f"{key.account.label}: {probe}"
        negative = visit.target.wishes.negative
        reason = probe.reason or ("" if probe.allowed or negative else NEGATIVE_OFF)
        if reason:
            yield self.say(visit, subject, "not proven", probe.expected, reason, critical=critical)
            return
        multi = may(visit.target, key.account, ("MULTI",))

        def at(endpoint: Endpoint) -> tuple[Verdict, str]:
            with visit.line(endpoint, key.login) as line:
                answer = asked_harmlessly(line, probe.words, multi=multi)
            return ("not proven", answer) if isinstance(answer, str) else judged(probe, answer)

        places = visit.places()
        yield from self.everywhere(visit, subject, probe.expected, places, at, critical=critical)


def _has_rights(account: Account) -> bool:
    return account.enabled and account.name is not None and bool(account.access_string)


def _vital(probes: list[Probe]) -> set[Probe]:
    """Give one probe that is to be allowed and one that is to be refused."""
    return {
        next(probe for probe in probes if probe.allowed is wanted and not probe.reason)
        for wanted in (True, False)
        if any(probe.allowed is wanted and not probe.reason for probe in probes)
    }
