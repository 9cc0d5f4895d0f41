"""What the service hides of CLUSTER, taken from each user by the engine itself too.

For a front sees requests, and not what a script calls. So each user of an engine in cluster
mode is set twice in one transaction: as wanted, to hear how the engine describes that, and without
the hidden parts. What ACL LIST and GETUSER say of the second is shown as the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from elasticache_local.host.acl_reply import Shown
from elasticache_local.host.engine import Engine
from elasticache_local.host.hidden import HIDDEN_PARTS
from elasticache_local.host.resp import ReplyError

EXEC = ("EXEC",)
_NAME = "cluster"
_HIDDEN = frozenset(part.decode().lower() for part in HIDDEN_PARTS[b"CLUSTER"])
# Redis 6.2 can't take away a part: who had all of it gets these instead (its CLUSTER HELP).
_LEFT = (
    *("count-failure-reports", "countkeysinslot", "getkeysinslot", "help", "info", "keyslot"),
    *("myid", "nodes", "replicas", "slaves", "slots"),
)
_WITH_IT = frozenset({"all", "admin", "dangerous", "slow"})
"""Categories that CLUSTER is in (ACL CAT of redis 6.2.14)."""


async def hidden_parts(engine: Engine) -> Sequence[str]:
    """Give the parts of CLUSTER that this engine has and nobody may call; none without clusters."""
    if not engine.recipe.cluster or engine.binary.version < (7, 0, 0):
        return ()
    told = await engine.admin.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", f"{_NAME}|*")
    parts = (each.decode().partition("|")[2] for each in told)
    return sorted(_HIDDEN.intersection(parts))


def without(words: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    """Give the rules of a user, and of each selector, without these; or as redis 6.2 can."""
    if not parts:
        return _as_6_2(words)
    taken = [f"-{_NAME}|{part}" for part in parts]
    cut: list[str] = []
    for word in words:
        if word.endswith(")"):
            cut += [word[:-1], *taken, ")"]
        else:
            cut.append(word)
    return (*cut, *taken)


def setting(name: str, words: Sequence[str], parts: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the commands that set this user; the last one's answer is for ``outcome``."""
    told = ("ACL", "GETUSER", name)
    wanted, cut = (("ACL", "SETUSER", name, *each) for each in (words, without(words, parts)))
    return [("MULTI",), wanted, told, cut, told, EXEC]


def outcome(answer: Any) -> Shown:
    """Give what is shown of a user that was set so; raises ReplyError where it was refused."""
    if isinstance(answer, ReplyError):
        raise answer
    for each in answer:
        if isinstance(each, ReplyError):
            raise each
    _, wanted, _, cut = answer
    pairs = zip(_commands(cut), _commands(wanted), strict=True)
    return Shown(flags=wanted[1], commands=tuple(pairs))


def _commands(told: Any) -> Iterator[bytes]:
    fields = dict(zip(told[::2], told[1::2], strict=True))
    yield fields[b"commands"]
    for selector in fields.get(b"selectors", ()):
        yield from _commands(selector)


def _as_6_2(words: Sequence[str]) -> tuple[str, ...]:
    cut = [w for w in words if w.lower().removeprefix(f"+{_NAME}|") not in _HIDDEN]
    has_it = False
    for word in map(str.lower, cut):
        rule = word[1:].removeprefix("@")
        if word in ("reset", "nocommands") or (word[:1] == "-" and rule in _WITH_IT | {_NAME}):
            has_it = False
        elif word == "allcommands" or (word[:1] == "+" and rule in _WITH_IT | {_NAME}):
            has_it = True
    if not has_it:
        return tuple(cut)
    return (*cut, f"-{_NAME}", *(f"+{_NAME}|{part}" for part in _LEFT))
