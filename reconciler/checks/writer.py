"""Where a guest may write: as whom, and under which name of ours; cleaned up whatever happens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.courier import Courier, courier, nowhere_to_write
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.probe import inside
from reconciler.checks.visit import Key, Visit

TTL_S = 60
"""How long anything that verify writes may stay, should it be killed before it cleans up."""

WRITES_OFF = "left out: nothing is written here (verify.writes: false)"

_READ_WRITE = 3
_FULL = 0.9

Commands = Callable[[str], tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and under which name."""

    key: Key
    name: str


def writer(visit: Visit, purpose: str, needed: Commands) -> Writer | str:
    """Give the first user that may run all that is needed on a name of ours, or why there is none.

    ``needed`` gives the commands for a name.
    """
    if not visit.target.wishes.writes:
        return WRITES_OFF
    if nowhere := nowhere_to_write(visit):
        return nowhere
    for key in visit.speakers():
        found = rights_of(visit.target, key.account)
        for name in inside(found, visit.run, _READ_WRITE, purpose) if found else ():
            if all(allowed(visit.target, found, words) for words in needed(name)):  # type: ignore[arg-type]
                return _unless_full(visit) or Writer(key, name)
    commands = ", ".join(dict.fromkeys(words[0] for words in needed("x")))
    return f"no user that verify can log in as may {commands} on a key that could be ours"


def _unless_full(visit: Visit) -> str:
    answer = visit.asked(visit.main, "INFO", "memory")
    if answer is None or not isinstance(answer.value, str):
        return ""
    said = dict(line.partition(":")[::2] for line in answer.value.splitlines())
    used, most = int(said.get("used_memory", 0)), int(said.get("maxmemory", 0))
    return f"left out: memory is {used / most:.0%} full" if most and used > _FULL * most else ""


@contextlib.contextmanager
def at_work(visit: Visit, chosen: Writer, *names: str) -> Iterator[Courier]:
    """Give a courier for this writer; what it wrote under these names is removed afterwards."""
    with courier(visit, chosen.key.login) as asked:
        try:
            yield asked
        finally:
            for name in names or (chosen.name,):
                _removed(asked, name)


def _removed(asked: Courier, name: str) -> None:
    for words in (("UNLINK", name), ("DEL", name), ("EXPIRE", name, "1")):
        if asked.ask(*words).sort is Sort.VALUE:
            return


def with_ttl(asked: Courier, name: str, *commands: tuple[str, ...]) -> list[Answer]:
    """Run commands that write this key and give it its TTL at once."""
    answers = [asked.ask(*words) for words in commands]
    return [*answers, asked.ask("EXPIRE", name, str(TTL_S))]
