"""Every message that is published arrives, once and in order."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Sort
from reconciler.checks.contract import Check
from reconciler.checks.courier import courier
from reconciler.checks.finding import Finding
from reconciler.checks.line import Dead, Line
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.probe import channels
from reconciler.checks.target import Target
from reconciler.checks.visit import Key, Visit
from reconciler.checks.writer import WRITES_OFF

_MESSAGES = tuple(str(number) for number in range(1, 6))
# A client that subscribes to a pattern hears what is published under our name inside it: so
# publishing counts as writing, and is done only where the spec allows that.
_SORTS = (("pub/sub", "SUBSCRIBE", "PUBLISH"), ("sharded pub/sub", "SSUBSCRIBE", "SPUBLISH"))


class PubSub(Check):
    """One connection listens, another speaks."""

    name = "pub/sub"
    proves = "every published message arrives, once and in order"

    def applies(self, target: Target) -> bool:
        """Say yes wherever there is a cache: whether it may publish is a wish of the spec."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try both sorts."""
        expected = f"{len(_MESSAGES)} messages, once and in order"
        for subject, subscribe, publish in _SORTS:
            chosen = _publisher(visit, subscribe, publish)
            if isinstance(chosen, str):
                yield self.say(visit, subject, "not proven", expected, chosen)
                continue
            key, channel = chosen
            with courier(visit, key.login) as listener, courier(visit, key.login) as speaker:
                heard = listener.ask(subscribe, channel)
                if heard.sort is not Sort.VALUE:
                    trouble = f"{subscribe} answered {heard.text}"
                else:
                    for message in _MESSAGES:
                        speaker.ask(publish, channel, message)
                    trouble = _heard(listener.line(), channel)
                at = listener.at
            subject_by = f"{subject} as {key.account.label}"
            yield self.outcome(visit, subject_by, expected, trouble, at=at)


def _publisher(visit: Visit, subscribe: str, publish: str) -> tuple[Key, str] | str:
    if not visit.target.wishes.writes:
        return WRITES_OFF
    if silence := visit.silence(visit.target.main):
        return silence
    for key in visit.speakers():
        found = rights_of(visit.target, key.account)
        for channel in channels(found, visit.run) if found else ():
            needed = ((subscribe, channel), (publish, channel, "x"))
            if all(allowed(visit.target, found, words) for words in needed):  # type: ignore[arg-type]
                return key, channel
    return f"no user that verify can log in as may {subscribe} and {publish} on a channel of ours"


def _heard(line: Line | Dead, channel: str) -> str:
    """Give what is wrong with what arrives; nothing when all is well."""
    for message in _MESSAGES:
        arrived = line.next()
        said = arrived.value if isinstance(arrived.value, list) else []
        if said[1:] != [channel, message]:
            return f"message {message} expected, then came: {arrived.text}"
    return ""
