"""A token without a user keeps out who has none. That it lets in is the login check's."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.default_user import nobody_asks
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.login import kept_out, wrong_secret
from reconciler.checks.target import DefaultUser, Target
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint
from reconciler.ports import Login


class AuthToken(Check):
    """No token and a wrong token, at every address."""

    name = "auth token"
    proves = "without the AUTH token, or with another, nobody comes in"
    critical = True

    def applies(self, target: Target) -> bool:
        """Say whether the cache is promised to have an AUTH token."""
        return not target.absent and target.default_user is DefaultUser.TOKEN

    def refusals(self, target: Target) -> int:
        """Count a wrong token and two commands without one, at each address."""
        return 3 * target.width

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Knock at every address."""

        def none(endpoint: Endpoint) -> tuple[Verdict, str]:
            return nobody_asks(visit, endpoint)

        places = visit.places()
        yield from self.everywhere(visit, "no login at all", "refused", places, none)
        subject = f"a wrong {visit.target.accounts[0].id}" if visit.target.accounts else ""
        if not subject:
            return
        if not visit.target.wishes.negative:
            yield self.say(visit, subject, "not proven", "refused", NEGATIVE_OFF, critical=False)
            return
        login = Login(None, wrong_secret())

        def wrong(endpoint: Endpoint) -> tuple[Verdict, str]:
            return kept_out(visit, endpoint, login)

        yield from self.everywhere(visit, subject, "refused", places, wrong, critical=False)
