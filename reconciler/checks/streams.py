"""A stream with a consumer group: each message handled once, none lost with a reader that dies."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.answer import Answer
from reconciler.checks.contract import Check
from reconciler.checks.courier import Courier, courier
from reconciler.checks.finding import Finding
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.checks.writer import Writer, at_work, with_ttl, writer

_GROUP = "reconcile-verify"
_READERS = ("one", "two", "three")
_MESSAGES = 9


class Streams(Check):
    """Several readers of one group; one hangs up with a message in hand, which another claims."""

    name = "streams"
    proves = "each message of a stream is handled once by its group, also when a reader dies"

    def applies(self, target: Target) -> bool:
        """Say yes wherever there is a cache: whether it may write is a wish of the spec."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Write, read, lose a reader, claim, acknowledge, delete."""
        expected = "each message handled once, none pending, the stream empty"
        chosen = writer(visit, "stream", _needs)
        if isinstance(chosen, str):
            yield self.say(visit, "stream", "not proven", expected, chosen)
            return
        with at_work(visit, chosen) as asked:
            trouble = _worked(visit, asked, chosen)
            at = asked.at
        subject = f"stream as {chosen.key.account.label}"
        yield self.outcome(visit, subject, expected, trouble, at=at)


def _worked(visit: Visit, asked: Courier, chosen: Writer) -> str:
    name = chosen.name
    if trouble := _made(asked, name):
        return trouble
    written = [str(asked.ask("XADD", name, "*", "n", str(n)).value) for n in range(_MESSAGES)]
    with courier(visit, chosen.key.login) as dying:
        in_hand = _ids(dying.ask(*_read_by(name, "dying")))
    handled = {reader: _turns(asked, name, reader) for reader in _READERS}
    claimed = _ids(asked.ask("XAUTOCLAIM", name, _GROUP, _READERS[0], "0", "0"))
    if claimed != in_hand:
        return f"the dead reader held {in_hand}, claimed was {claimed}"
    _finish(asked, name, claimed)
    idle = [reader for reader in _READERS if not handled[reader]]
    if idle:
        return f"reader {', '.join(idle)} got nothing"
    every = [ident for reader in _READERS for ident in handled[reader]] + claimed
    return _settled(asked, name, sorted(written), sorted(every))


def _made(asked: Courier, name: str) -> str:
    create = ("XGROUP", "CREATE", name, _GROUP, "$", "MKSTREAM")
    first, _ = with_ttl(asked, name, create)
    if first.value != "OK":
        return f"XGROUP CREATE answered {first.text}"
    again = asked.ask(*create)
    # What an application that starts a second time meets.
    exists = "BUSYGROUP" in again.text
    return "" if exists else f"XGROUP CREATE of a group that exists answered {again.text}"


def _turns(asked: Courier, name: str, reader: str) -> list[str]:
    """Let a reader handle its share of the messages, one by one; the last takes what is left."""
    last = reader == _READERS[-1]
    handled: list[str] = []
    while last or len(handled) < _MESSAGES // len(_READERS):
        found = _ids(asked.ask(*_read_by(name, reader)))
        if not found:
            break
        _finish(asked, name, found)
        handled.extend(found)
    return handled


def _finish(asked: Courier, name: str, ids: list[str]) -> None:
    for ident in ids:
        asked.ask("XACK", name, _GROUP, ident)
        asked.ask("XDEL", name, ident)


def _settled(asked: Courier, name: str, written: list[str], handled: list[str]) -> str:
    if handled != written:
        return f"{len(written)} messages written, handled were {len(handled)}"
    pending, length = asked.ask("XPENDING", name, _GROUP), asked.ask("XLEN", name)
    left = pending.value[0] if isinstance(pending.value, list) else pending.text
    if left != 0 or length.value != 0:
        return f"pending {left}, length {length.text}"
    return ""


def _read_by(name: str, reader: str) -> tuple[str, ...]:
    return ("XREADGROUP", "GROUP", _GROUP, reader, "COUNT", "1", "STREAMS", name, ">")


def _ids(answer: Answer) -> list[str]:
    """Give the ids in XREADGROUP ([[stream, messages]]) or XAUTOCLAIM ([next, messages, ..])."""
    match answer.value:
        case [[_, messages]] | [str(), [*messages], *_]:
            return [str(message[0]) for message in messages]
        case _:
            return []


def _needs(name: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("XGROUP", "CREATE", name, _GROUP, "$", "MKSTREAM"),
        ("EXPIRE", name, "60"),
        ("XADD", name, "*", "n", "1"),
        ("XREADGROUP", "GROUP", _GROUP, "one", "COUNT", "1", "STREAMS", name, ">"),
        ("XAUTOCLAIM", name, _GROUP, "one", "0", "0"),
        ("XACK", name, _GROUP, "0-1"),
        ("XDEL", name, "0-1"),
        ("XPENDING", name, _GROUP),
        ("XLEN", name),
    )
