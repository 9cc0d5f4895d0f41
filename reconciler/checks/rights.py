"""What each user may and may not do, as a person meant it and as the access string says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from reconciler.checks.answer import Answer
from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.may import may
from reconciler.checks.probe import Probe, asked_harmlessly, derived, judged, meant, unaskable
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
        """Count the commands that are to be refused, at each node."""
        refused = sum(
            not probe.allowed and not probe.reason
            for account in filter(_has_rights, target.accounts)
            for probe in _probes(target, account, "run")
        )
        return refused * target.node_count

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Probe every user."""
        for account in filter(_has_rights, visit.target.accounts):
            key = visit.key(account)
            probes = _probes(visit.target, account, visit.run)
            if key.missing:
                expected = f"{len(probes)} rights as declared"
                known = bool(account.secrets)
                yield self.say(
                    visit, account.label, "not proven", expected, key.missing, critical=known
                )
            else:
                yield from self._probed(visit, key, probes)

    def _probed(self, visit: Visit, key: Key, probes: list[Probe]) -> Iterator[Finding]:
        multi = may(visit.target, key.account, ("MULTI",))
        reasons = {probe: _unasked(visit, probe, multi=multi) for probe in probes}
        asked = [probe for probe in probes if not reasons[probe]]
        places = visit.nodes()
        answers = {place: _answers(visit, key, place, asked) for place in places}
        vital = _vital(probes, reasons)
        for probe in probes:
            subject, critical = f"{key.account.label}: {probe}", probe in vital
            if reasons[probe]:
                found: Iterable[Finding] = [
                    self.say(
                        visit,
                        subject,
                        "not proven",
                        probe.expected,
                        reasons[probe],
                        critical=critical,
                    )
                ]
            else:
                at = partial(_judged_at, answers, probe)
                found = self.everywhere(
                    visit, subject, probe.expected, places, at, critical=critical
                )
            for one in found:
                yield dataclasses.replace(one, user=key.account.id, command=str(probe))


def _judged_at(
    answers: Mapping[Endpoint, Mapping[Probe, Answer | str]], probe: Probe, place: Endpoint
) -> tuple[Verdict, str]:
    answer = answers[place][probe]
    return ("not proven", answer) if isinstance(answer, str) else judged(probe, answer)


def _answers(
    visit: Visit, key: Key, place: Endpoint, probes: list[Probe]
) -> dict[Probe, Answer | str]:
    """Ask all of them over one connection."""
    with visit.line(place, key.login) as line:
        return {probe: asked_harmlessly(line, probe.words) for probe in probes}


def _unasked(visit: Visit, probe: Probe, *, multi: bool) -> str:
    """Say why it is not asked; nothing when it is."""
    if not probe.allowed and not visit.target.wishes.negative:
        return NEGATIVE_OFF
    return probe.reason or unaskable(probe.words, multi=multi)


def _probes(target: Target, account: Account, run: str) -> list[Probe]:
    """Give what a person wrote, then what the access string says and nobody wrote."""
    written = list(meant(account))
    said = {(probe.words, probe.allowed) for probe in written}
    others = derived(target, account, run)
    return [*written, *(one for one in others if (one.words, one.allowed) not in said)]


def _has_rights(account: Account) -> bool:
    return account.enabled and account.name is not None and bool(account.access_string)


def _vital(probes: list[Probe], reasons: dict[Probe, str]) -> set[Probe]:
    """Give one probe that is to be allowed and one that is to be refused, asked ones first."""
    vital = set()
    for wanted in (True, False):
        candidates = [probe for probe in probes if probe.allowed is wanted]
        if candidates:
            vital.add(next((one for one in candidates if not reasons[one]), candidates[0]))
    return vital
