"""Who does not say who he is stays out, where the user default is shut off."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Sort
from reconciler.checks.contract import NEGATIVE_OFF, Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.guest import outside_name
from reconciler.checks.login import kept_out, wrong_secret
from reconciler.checks.target import DefaultUser, Target
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint
from reconciler.ports import Login


class DefaultUserOff(Check):
    """Tries commands without logging in, and logging in as default."""

    name = "default user"
    proves = "nobody comes in without a name, or as default, where default is shut off"
    critical = True

    def applies(self, target: Target) -> bool:
        """Say whether default is promised to be kept out in some way."""
        return not target.absent and target.default_user in {DefaultUser.OFF, DefaultUser.PASSWORD}

    def refusals(self, target: Target) -> int:
        """Count two commands without a login and, where it is off, a login, at each address."""
        return (2 + (target.default_user is DefaultUser.OFF)) * target.width

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Knock at every address."""

        def unknown(endpoint: Endpoint) -> tuple[Verdict, str]:
            return nobody_asks(visit, endpoint)

        places = visit.places()
        yield from self.everywhere(visit, "no login at all", "refused", places, unknown)
        if visit.target.default_user is DefaultUser.PASSWORD:
            return
        if not visit.target.wishes.negative:
            yield self.say(
                visit, "user default", "not proven", "refused", NEGATIVE_OFF, critical=False
            )
            return
        login = Login("default", wrong_secret())

        def as_default(endpoint: Endpoint) -> tuple[Verdict, str]:
            return kept_out(visit, endpoint, login)

        yield from self.everywhere(visit, "user default", "refused", places, as_default)


def nobody_asks(visit: Visit, endpoint: Endpoint) -> tuple[Verdict, str]:
    """Ask two harmless things without a login; both must be refused for want of one."""
    with visit.line(endpoint) as line:
        answers = [line.ask("PING"), line.ask("EXISTS", outside_name(visit.run, "nobody"))]
    for answer in answers:
        if not answer.reached:
            return "not proven", answer.text
        if answer.sort is not Sort.NO_AUTH:
            return "refuted", f"answered without a login: {answer.text}"
    return "proven", answers[0].text
