"""What was retired by a rotation, or was set before, stays out at every address."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Sort
from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Account, Target
from reconciler.checks.visit import Visit
from reconciler.errors import ReconcilerError, SecretMissing
from reconciler.kind import Endpoint
from reconciler.model import SecretRef
from reconciler.ports import Login

_RETRY_EVERY_S = 0.5


class Retired(Check):
    """A rotation is only finished when the first secret opens nothing any more.

    Which one that was stands in our tag, by its store's version; a store gives such a version for a
    while only (Secrets Manager guide, versions without a stage). Where no rotation of ours was
    made, a secret that is another one than the spec's (the recorded one, the store's previous) must
    not log in beside it either: so is found what a ROTATE by somebody else left valid.
    """

    name = "retired"
    proves = "what was retired, or is only the store's previous version, does not log in any more"

    def applies(self, target: Target) -> bool:
        """Say whether anything was retired, or may have been set before."""
        old = (account.retired or account.before for account in target.accounts if account.enabled)
        return not target.absent and any(old)

    def refusals(self, target: Target) -> int:
        """Count one for each retired secret at each address, and one for a store's previous.

        Whether there is a previous one only its store knows: so many at most.
        """
        enabled = [account for account in target.accounts if account.enabled]
        previous = sum(any(ref.stage for ref in account.before) for account in enabled)
        return (sum(len(account.retired) for account in enabled) + previous) * target.width

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try what must not log in."""
        for account in visit.target.accounts:
            if account.enabled:
                for ref in account.retired:
                    yield from self._retired(visit, account, ref)
                if account.before:
                    yield from self._before(visit, account)

    def _retired(self, visit: Visit, account: Account, ref: SecretRef) -> Iterator[Finding]:
        subject = _subject(account, "retired")
        if not visit.target.wishes.negative:
            yield self.say(visit, subject, "not proven", "refused", NEGATIVE_OFF)
            return
        login = _opened(visit, account, ref)
        if login is None:
            login = f"its store no longer holds version {ref.version}"
        elif login in [key.login for key in visit.keys(account)]:
            login = "it is the same as the one that is set: another key of its secret was changed"
        yield from self._stays_out(visit, subject, login)

    def _before(self, visit: Visit, account: Account) -> Iterator[Finding]:
        """Try what was set before, if there is any and the one that is promised logs in."""
        subject = _subject(account, "old")
        if not visit.target.wishes.negative:
            yield self.say(visit, subject, "not proven", "refused", NEGATIVE_OFF)
            return
        key = visit.key(account)
        if key.login is None:
            return
        tried: list[Login | str | None] = [None, key.login]
        for ref in account.before:
            login = _opened(visit, account, ref)
            if login in tried:
                continue
            tried.append(login)
            # Until the store's newer one is set, the one before is what clients have.
            if visit.login(visit.main, key.login).sort is Sort.VALUE:
                yield from self._stays_out(visit, subject, login or "")

    def _stays_out(self, visit: Visit, subject: str, login: Login | str) -> Iterator[Finding]:
        """Knock with it at every address; a text says why it can't be tried."""
        if isinstance(login, str):
            yield self.say(visit, subject, "not proven", "refused", login)
            return
        until = visit.ports.clock.monotonic() + visit.patience_s

        def probe(endpoint: Endpoint) -> tuple[Verdict, str]:
            return _shut_out(visit, endpoint, login, until)

        yield from self.everywhere(visit, subject, "refused", visit.places(), probe)


def _subject(account: Account, which: str) -> str:
    if account.name is None:
        return f"the {which} {account.id}"
    return f"{account.label} with its {which} password"


def _opened(visit: Visit, account: Account, ref: SecretRef) -> Login | str | None:
    """Give the login, None where its store has no such version, or why it can't be opened."""
    try:
        return Login(account.name, visit.ports.secrets.open(ref))
    except SecretMissing:
        return None
    except ReconcilerError as err:
        return f"it could not be opened: {err}"


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
