"""What was retired by a rotation stays out, at every address."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Sort
from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Account, Target
from reconciler.checks.visit import Visit
from reconciler.errors import ReconcilerError, SecretMissing
from reconciler.kind import Endpoint
from reconciler.ports import Login

_RETRY_EVERY_S = 0.5


class Retired(Check):
    """A rotation is only finished when the first secret opens nothing any more.

    Which one that was stands in our tag, by its store's version; a store gives such a version for a
    while only (Secrets Manager guide, versions without a stage).
    """

    name = "retired"
    proves = "what was retired by a rotation does not log in any more, at every address"

    def applies(self, target: Target) -> bool:
        """Say whether anything was retired."""
        return not target.absent and any(account.retired for account in target.accounts)

    def refusals(self, target: Target) -> int:
        """Count one for each retired secret at each address."""
        return sum(len(account.retired) for account in target.accounts) * target.width

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try what must not log in."""
        for account in visit.target.accounts:
            for number in range(len(account.retired)):
                yield from self._stays_out(visit, account, number)

    def _stays_out(self, visit: Visit, account: Account, number: int) -> Iterator[Finding]:
        subject = f"{account.label} with its retired password"
        if account.name is None:
            subject = f"the retired {account.id}"
        if not visit.target.wishes.negative:
            yield self.say(visit, subject, "not proven", "refused", NEGATIVE_OFF)
            return
        login = self._login(visit, account, number)
        if isinstance(login, str):
            yield self.say(visit, subject, "not proven", "refused", login)
            return
        until = visit.ports.clock.monotonic() + visit.patience_s

        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            return _shut_out(visit, endpoint, login, until)

        yield from self.everywhere(visit, subject, "refused", visit.places(), probe)

    @staticmethod
    def _login(visit: Visit, account: Account, number: int) -> Login | str:
        ref = account.retired[number]
        try:
            secret = visit.ports.secrets.open(ref)
        except SecretMissing:
            return f"its store no longer holds version {ref.version}"
        except ReconcilerError as err:
            return f"it could not be opened: {err}"
        if any(key.login and key.login.secret == secret for key in visit.keys(account)):
            return "it is the same as the one that is set: another key of its secret was changed"
        return Login(account.name, secret)


def _shut_out(visit: Visit, endpoint: Endpoint, login: Login, until: float) -> tuple[Verdict, str]:
    """Try a login that must be refused; nodes may learn of it a moment after the service does."""
    clock = visit.ports.clock
    while True:
        with visit.line(endpoint, login) as line:
            answer = line.login()
        if answer.sort is Sort.WRONG_PASS:
            return "proven", answer.text
        if not answer.reached:
            return "not proven", answer.text
        if clock.monotonic() >= until:
            return "refuted", "logged in"
        clock.wait(_RETRY_EVERY_S)
