"""Every message that is published arrives, once and in order."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.announced import slot_of
from reconciler.checks.answer import Answer, Sort
from reconciler.checks.contract import Check
from reconciler.checks.courier import Courier, courier, nowhere_to_write, start_of
from reconciler.checks.finding import Finding
from reconciler.checks.line import Dead, Line
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.probe import channels
from reconciler.checks.target import Target
from reconciler.checks.visit import Key, Visit
from reconciler.checks.writer import WRITES_OFF
from reconciler.kind import Endpoint

_MESSAGES = tuple(str(number) for number in range(1, 6))
# Others than the first, which may still be on their way to the node that is listened at then.
_ACROSS = tuple(str(number) for number in range(6, 11))
# A client that subscribes to a pattern hears what is published under our name inside it: so
# publishing counts as writing, and is done only where the spec allows that.
_SORTS = (("pub/sub", "SUBSCRIBE", "PUBLISH"), ("sharded pub/sub", "SSUBSCRIBE", "SPUBLISH"))


class PubSub(Check):
    """One connection listens, another speaks: at the same node, and at another one."""

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
                trouble = _told(heard, subscribe) or _spoken(
                    speaker, publish, channel, listener.line()
                )
                at = listener.at
            subject_by = f"{subject} as {key.account.label}"
            if heard.sort is Sort.UNKNOWN and not visit.target.engine_version:
                # Nobody said which version it is, so nobody promised that it has the command.
                unknown = f"its engine has no {subscribe}"
                yield self.say(visit, subject_by, "not proven", expected, unknown, at=at)
                continue
            yield self.outcome(visit, subject_by, expected, trouble, at=at)
            others = _elsewhere(visit, channel, sharded=publish == "SPUBLISH")
            # Where the login fails that is told by the check of logins.
            place = next((one for one in others if _comes_in(visit, key, one)), None)
            if place is not None:
                trouble = _across(visit, key, (subscribe, publish, channel), place)
                across = f"{subject} across nodes as {key.account.label}"
                each = (
                    f"{len(_MESSAGES)} messages, each once" if visit.target.clustered else expected
                )
                # Where the speaker's own node is gone, that is what this comes of too.
                yield self.outcome(
                    visit, across, each, trouble, at=at if visit.told_of(at) else place
                )


def _publisher(visit: Visit, subscribe: str, publish: str) -> tuple[Key, str] | str:
    if not visit.target.wishes.writes:
        return WRITES_OFF
    if nowhere := nowhere_to_write(visit):
        return nowhere
    for key in visit.speakers():
        found = rights_of(visit.target, key.account)
        for channel in channels(found, visit.run) if found else ():
            needed = ((subscribe, channel), (publish, channel, "x"))
            if all(allowed(visit.target, found, words) for words in needed):  # type: ignore[arg-type]
                return key, channel
    return f"no user that verify can log in as may {subscribe} and {publish} on a channel of ours"


def _across(visit: Visit, key: Key, words: tuple[str, str, str], place: Endpoint) -> str:
    """Listen at one node to what is said at another; gives what is wrong."""
    subscribe, publish, channel = words
    with visit.line(place, key.login) as line, courier(visit, key.login) as speaker:
        if visit.target.clustered:
            # A replica sends clients away unless they say that they know where they are.
            line.ask("READONLY")
        heard = line.ask(subscribe, channel)
        # Between nodes of a cluster the engine keeps no order: measured on valkey 9.1, where the
        # first message after a while came last.
        ordered = not visit.target.clustered
        return _told(heard, subscribe) or _spoken(
            speaker, publish, channel, line, messages=_ACROSS, ordered=ordered
        )


def _comes_in(visit: Visit, key: Key, place: Endpoint) -> bool:
    with visit.line(place, key.login) as line:
        return line.login().sort is Sort.VALUE and line.ask("PING").reached


def _elsewhere(visit: Visit, channel: str, *, sharded: bool) -> list[Endpoint]:
    """Give other nodes than the one that is spoken to; a channel of a shard stays in it."""
    target = visit.target
    if not target.clustered:
        main = start_of(visit)
        others = target.of_role("reader") or target.of_role("node")
        return [one for one in others if one != main and not visit.is_dead(one)]
    announced = visit.announced() if not target.serverless else ""
    if isinstance(announced, str):
        return []
    shards, owner = announced.shards, announced.owner(slot_of(channel))
    near = sorted(shards.get(owner, ())) if owner else []
    far = [one for one in announced.members if one != owner and one not in near]
    tls = target.tls != "off"
    return [one.endpoint(tls=tls) for one in (near if sharded else [*far, *near])]


def _told(answer: Answer, command: str) -> str:
    return "" if answer.sort is Sort.VALUE else f"{command} answered {answer.text}"


def _spoken(
    speaker: Courier,
    publish: str,
    channel: str,
    line: Line | Dead,
    *,
    messages: tuple[str, ...] = _MESSAGES,
    ordered: bool = True,
) -> str:
    """Publish, and give what is wrong with what arrives."""
    for message in messages:
        if trouble := _told(speaker.ask(publish, channel, message), publish):
            return trouble
    arrived: list[str] = []
    while len(arrived) < len(messages):
        answer = line.next()
        said = answer.value if isinstance(answer.value, list) else []
        if len(said) != 3 or said[1] != channel:
            return f"message {messages[len(arrived)]} expected, then came: {answer.text}"
        if said[2] in messages or messages is _MESSAGES:
            arrived.append(said[2])
    right = arrived if ordered else sorted(arrived, key=int)
    return "" if right == list(messages) else f"what came was {', '.join(arrived)}"
