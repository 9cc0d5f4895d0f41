"""A fresh IAM token is let in by the login check; here those that must not be are kept out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import SecretStr

from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding
from reconciler.checks.login import kept_out
from reconciler.checks.target import Account, Target
from reconciler.checks.visit import Visit
from reconciler.errors import ReconcilerError
from reconciler.ports import Login

# A token lives 15 minutes; a server may allow for a clock that is seconds off, not a minute.
_TOO_OLD = timedelta(minutes=16)
_WRONG = 5
_ELSEWHERE = ("us-east-1", "us-west-2")
_TAMPERED = 9
"""How many parameters a token has that can be tampered with; with session credentials one more."""


class Iam(Check):
    """Tokens for another cache, user or region, of another time, and tampered ones."""

    name = "iam"
    proves = (
        "IAM tokens that are expired, tampered, or for another cache, user or region are refused"
    )

    def applies(self, target: Target) -> bool:
        """Say whether anybody logs in with IAM."""
        return not target.absent and any(_is_iam(account) for account in target.accounts)

    def refusals(self, target: Target) -> int:
        """Count the wrong tokens of each user, at one address."""
        return sum(_is_iam(account) for account in target.accounts) * (_WRONG + _TAMPERED)

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try each wrong token once, at the main address."""
        for account in filter(_is_iam, visit.target.accounts):
            if not visit.target.wishes.negative:
                yield self.say(
                    visit, f"{account.label}, wrong tokens", "not proven", "refused", NEGATIVE_OFF
                )
                continue
            try:
                wrong = list(_wrong_tokens(visit, account))
            except ReconcilerError as err:
                yield self._unminted(visit, account, f"no token could be minted: {err}")
                continue
            if not wrong:
                yield self._unminted(visit, account, "there are no AWS credentials")
            for what, token in wrong:
                login = Login(account.name, token)
                verdict, got = kept_out(visit, visit.main, login)
                subject = f"{account.label}, {what}"
                yield self.say(visit, subject, verdict, "refused", got, at=visit.main)

    def _unminted(self, visit: Visit, account: Account, why: str) -> Finding:
        return self.say(visit, f"{account.label}, wrong tokens", "not proven", "refused", why)


def _is_iam(account: Account) -> bool:
    return account.how == "iam" and account.enabled


def _wrong_tokens(visit: Visit, account: Account) -> Iterator[tuple[str, SecretStr]]:
    user = account.name or account.id
    now = visit.ports.clock.now()
    minted = {
        "a token for another cache": visit.token(user, cache=f"not-{visit.target.address.id}"),
        "a token for another user": visit.token(f"not-{user}"),
        "a token for another region": visit.token(user, region=_elsewhere(visit, user)),
        "a token that has expired": visit.token(user, issued=now - _TOO_OLD),
        "a token of the future": visit.token(user, issued=now + _TOO_OLD),
    }
    for what, token in minted.items():
        if token is not None:
            yield what, token
    if (fresh := visit.token(user)) is not None:
        for parameter, token in tampered(fresh):
            yield f"a token with another {parameter}", token


def _elsewhere(visit: Visit, user: str) -> str:
    """Give a region that this cache's own token does not name."""
    fresh = visit.token(user)
    named = fresh.get_secret_value() if fresh is not None else ""
    return next(region for region in _ELSEWHERE if f"%2F{region}%2F" not in named)


def tampered(token: SecretStr) -> Iterator[tuple[str, SecretStr]]:
    """Give the token with each of its query parameters changed in turn, and which one it is."""
    head, _, query = token.get_secret_value().partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    for number, (name, _, value) in enumerate(pairs):
        other = [
            f"{key}={_other(text) if at == number else text}"
            for at, (key, _, text) in enumerate(pairs)
        ]
        if value:
            yield name, SecretStr(f"{head}?{'&'.join(other)}")


def _other(value: str) -> str:
    """Change the last letter or digit for one of its own sort, so that the form stays right."""
    last = value[-1]
    if last.isdigit():
        return value[:-1] + str((int(last) + 1) % 10)
    return value[:-1] + ("b" if last.lower() == "a" else "a")
