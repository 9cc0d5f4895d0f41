"""Each user logs in with its own secret at every address; a wrong one and a stranger stay out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from pydantic import SecretStr

from reconciler.checks.answer import Sort
from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import ANYONE, Account, Target
from reconciler.checks.visit import Key, Visit
from reconciler.kind import Endpoint
from reconciler.ports import Login


class LogsIn(Check):
    """Users are not replicated between nodes: one may know another password than the rest."""

    name = "login"
    proves = "each user logs in with its secret at every address; a wrong one and a stranger do not"
    critical = True

    def applies(self, target: Target) -> bool:
        """Say whether anybody is promised to come in."""
        return bool(target.accounts) and not target.absent

    def refusals(self, target: Target) -> int:
        """Count a wrong secret for each user with one, and one stranger, at each address."""
        with_secret = [one for one in target.accounts if one.enabled and one.secrets and one.name]
        return (len(with_secret) + _named(target)) * target.width

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Log in, and try to with what must not do."""
        for account in visit.target.accounts:
            if account.how == "open":
                yield from self._open(visit)
            elif account.enabled:
                yield from self._comes_in(visit, account)
            elif account.name != "default":
                yield from self._switched_off(visit, account)
        if visit.target.accounts == (ANYONE,):
            return
        if not visit.target.wishes.negative:
            yield self.say(
                visit, "wrong secrets", "not proven", "refused", NEGATIVE_OFF, critical=False
            )
            return
        for account in visit.target.accounts:
            if account.enabled and account.secrets and account.name is not None:
                wrong = Login(account.name, wrong_secret())
                yield from self._stays_out(visit, f"{account.label} with a wrong password", wrong)
        if _named(visit.target):
            stranger = Login(f"reconcile-verify-{visit.run}", wrong_secret())
            yield from self._stays_out(visit, "an unknown user", stranger)

    def _open(self, visit: Visit) -> Iterator[Finding]:
        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            with visit.line(endpoint) as line:
                answer = line.ask("PING")
            if answer.sort is Sort.VALUE:
                return "proven", answer.text
            return ("not proven" if visit.is_dead(endpoint) else "refuted"), answer.text

        yield from self.everywhere(
            visit, ANYONE.label, "comes in without a login", visit.places(), probe
        )

    def _comes_in(self, visit: Visit, account: Account) -> Iterator[Finding]:
        for key in visit.keys(account):
            if key.login is None:
                has_secret = bool(account.secrets)
                yield self.say(
                    visit, key.label, "not proven", "logs in", key.missing, critical=has_secret
                )
                continue
            yield from self._lets_in(visit, key, key.login)

    def _lets_in(self, visit: Visit, key: Key, login: Login) -> Iterator[Finding]:
        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            answer = visit.login(endpoint, login)
            if answer.sort is Sort.VALUE:
                return "proven", "logged in"
            if answer.sort is Sort.WRONG_PASS:
                visit.tell(self.name, answer.text, "invalid username-password pair")
            return ("not proven" if visit.is_dead(endpoint) else "refuted"), answer.text

        yield from self.everywhere(visit, key.label, "logs in", visit.places(), probe)

    def _stays_out(self, visit: Visit, subject: str, login: Login) -> Iterator[Finding]:
        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            return kept_out(visit, endpoint, login)

        places = visit.places()
        yield from self.everywhere(visit, subject, "refused", places, probe, critical=False)

    def _switched_off(self, visit: Visit, account: Account) -> Iterator[Finding]:
        key = visit.key(account)
        subject = f"{account.label}, which is off"
        if not visit.target.wishes.negative:
            yield self.say(visit, subject, "not proven", "refused", NEGATIVE_OFF, critical=False)
        elif key.login is None:
            yield self.say(visit, subject, "not proven", "refused", key.missing, critical=False)
        else:
            yield from self._stays_out(visit, subject, key.login)


def kept_out(visit: Visit, endpoint: Endpoint, login: Login) -> tuple[Verdict, str]:
    """Try a login that must be refused, once."""
    with visit.line(endpoint, login) as line:
        answer = line.login()
    if answer.sort is Sort.WRONG_PASS:
        return "proven", answer.text
    return ("refuted" if answer.reached else "not proven"), (
        "logged in" if answer.reached else answer.text
    )


def wrong_secret() -> SecretStr:
    """Give a secret that is nobody's."""
    return SecretStr(secrets.token_urlsafe(24))


def _named(target: Target) -> bool:
    return any(account.name is not None for account in target.accounts)
