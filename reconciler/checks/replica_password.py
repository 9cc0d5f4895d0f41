"""Replicas of an external target know the password of their primary: compared, never concluded.

A replication link that is up proves nothing: it stays up until the connection is reset, so a wrong
or missing password shows itself only at the next failover.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target
from reconciler.checks.visit import Key, Visit, nobody_may
from reconciler.kind import Endpoint
from reconciler.ports import Login

_QUESTION = ("CONFIG", "GET", "masterauth")


class ReplicaPassword(Check):
    """Reads masterauth where that is permitted, and says whether it is the password or not."""

    name = "replica password"
    proves = "every node of an external target would log in to its primary again"

    def applies(self, target: Target) -> bool:
        """Say whether it is an external target with a password and more than one node."""
        several = len(target.endpoints) > 1
        return not target.managed and several and any(one.secrets for one in target.accounts)

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Compare at every node."""
        expected = "masterauth is the password"
        keys = [key for key in visit.speakers(_QUESTION) if key.login is not None]
        if not keys:
            yield self.say(visit, "masterauth", "not proven", expected, nobody_may(*_QUESTION))
            return

        def probe(place: Endpoint) -> tuple[Verdict, str]:
            return _compared(visit, keys[0], place)

        yield from self.everywhere(visit, "masterauth", expected, visit.places(), probe)


def _compared(visit: Visit, key: Key, place: Endpoint) -> tuple[Verdict, str]:
    assert key.login is not None
    with visit.line(place, key.login) as line:
        answer, user = line.ask(*_QUESTION), line.ask("CONFIG", "GET", "masteruser")
    if not isinstance(answer.value, list) or not isinstance(user.value, list):
        odd = user if isinstance(answer.value, list) else answer
        # Our own words: an answer itself may hold the password.
        why = odd.sort.value if odd.reached else odd.text
        return "not proven", f"CONFIG GET was not answered: {why}"
    if (user.value[1:] or [""])[0] not in {"", key.login.user or "default"}:
        return "not proven", "it logs in as another user, whose password is not ours to know"
    held = (answer.value[1:] or [""])[0]
    if not held:
        return "refuted", "masterauth is not set"
    same = _is_secret(held, key.login)
    return ("proven", "equal") if same else ("refuted", "masterauth is another password")


def _is_secret(held: str, login: Login) -> bool:
    return hmac.compare_digest(held.encode(), login.secret.get_secret_value().encode())
