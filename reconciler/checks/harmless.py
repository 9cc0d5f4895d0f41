"""Forms of commands that show whether they are allowed and do nothing, whoever asks.

An engine looks at a command in this order: does it exist, has it the right number of arguments, may
this user run it on these keys; only then the command reads its arguments. A form that passes the
first two and dies in the last answers NOPERM without the right, and an error of its own with it.
Each was tried on redis 6.2, valkey 8.1 and 9.1, and the tests try them again on every engine that
is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.acl import NotACommand, table
from reconciler.acl.decision import question

# $1 and $2 are the first arguments of the command that somebody wrote, $get its GET if it has one,
# $pairs its keys with a value each. Nothing else of what was written goes into a form: so whatever
# somebody writes, the form dies. Commands with subcommands have a bar, as the engines write them.
DYING: Mapping[str, str] = {
    # The whole data set, the server, other people's connections.
    "flushall": "NOSUCHMODE",
    "flushdb": "NOSUCHMODE",
    "swapdb": "x y",
    "shutdown": "NOSUCH",
    "failover": "NOSUCH",
    "bgsave": "NOSUCH",
    "replicaof": "127.0.0.1 notaport",
    "slaveof": "127.0.0.1 notaport",
    "script|flush": "NOSUCH",
    "function|flush": "NOSUCH",
    "config|set": "reconcile-verify-nosuch x",
    "client|kill": "ID notanumber",
    "client|pause": "notanumber",
    "client|list": "TYPE reconcile-verify-nosuch",
    "acl|setuser": "reconcile-verify nosuchmodifier",
    "acl|deluser": "default",
    "cluster|failover": "NOSUCH",
    "cluster|reset": "NOSUCH",
    "cluster|forget": "reconcile-verify-nosuch",
    "scan": "notacursor",
    "select": "x",
    "wait": "x 0",
    "slowlog|get": "x",
    "fcall": "reconcile-verify-nosuch 0",
    # Keys: the keys that were written stay, so that the rights on them are asked.
    "set": "$1 x $get NOSUCHOPTION",
    "getex": "$1 NOSUCHOPTION",
    "setex": "$1 notanumber x",
    "psetex": "$1 notanumber x",
    "setrange": "$1 notanumber x",
    "setbit": "$1 notanumber 1",
    "incrby": "$1 notanumber",
    "decrby": "$1 notanumber",
    "incrbyfloat": "$1 notanumber",
    "expire": "$1 notanumber",
    "pexpire": "$1 notanumber",
    "expireat": "$1 notanumber",
    "pexpireat": "$1 notanumber",
    "lpop": "$1 notanumber",
    "rpop": "$1 notanumber",
    "lset": "$1 notanumber x",
    "ltrim": "$1 notanumber notanumber",
    "lrem": "$1 notanumber x",
    "linsert": "$1 NOWHERE x x",
    "lmove": "$1 $2 NOSIDE NOSIDE",
    "hincrby": "$1 x notanumber",
    "spop": "$1 notanumber",
    "zadd": "$1 notanumber x",
    "zincrby": "$1 notanumber x",
    "zremrangebyrank": "$1 notanumber notanumber",
    "zremrangebyscore": "$1 notanumber notanumber",
    "geoadd": "$1 notanumber notanumber x",
    "restore": "$1 notanumber x",
    "copy": "$1 $2 NOSUCHOPTION",
    "move": "$1 notanumber",
    "sort": "$1 NOSUCHOPTION",
    "xadd": "$1 notanid x x",
    "xtrim": "$1 NOSUCH 1",
    "getrange": "$1 notanumber notanumber",
    "getbit": "$1 notanumber",
    "lrange": "$1 notanumber notanumber",
    "lindex": "$1 notanumber",
    "zrange": "$1 notanumber notanumber",
    "hscan": "$1 notacursor",
    "sscan": "$1 notacursor",
    "zscan": "$1 notacursor",
    "xrange": "$1 notanid +",
}
"""Command -> arguments with which it dies in its own parsing."""

MISCOUNTED: Mapping[str, str] = {
    "hset": "$1 x x x",
    "hmset": "$1 x x x",
    "mset": "$pairs $1",
    "msetnx": "$pairs $1",
}
"""Command -> arguments enough for the engine, whose pairs the command itself finds incomplete."""

AS_THEY_ARE = frozenset(
    {
        *("ping", "echo", "time", "command|count", "acl|whoami", "client|id", "client|getname"),
        *("exists", "type", "ttl", "pttl", "strlen", "get", "hget", "hexists", "hlen", "llen"),
        *("scard", "sismember", "zcard", "zscore", "xlen", "cluster|slots", "cluster|info"),
        *("cluster|shards", "cluster|nodes", "cluster|keyslot", "cluster|myid"),
    }
)
"""Reads of one thing, in constant time or of the topology: harmless as somebody wrote them."""

REPLACED: Mapping[str, str] = {
    "config|get": "reconcile-verify-nosuch",
    "acl|getuser": "reconcile-verify-nosuch",
    "info": "reconcile-verify-nosuch",
    "latency|reset": "reconcile-verify-nosuch",
    "object|encoding": "$1",
}
"""Command -> arguments with which it looks for something that is not there."""

CONTAINERS = frozenset(
    {"acl", "client", "cluster", "command", "config", "function", "latency", "memory", "module"}
    | {"object", "pubsub", "script", "slowlog", "xgroup", "xinfo"}
)

_NEVER = frozenset(
    {"exec", "discard", "multi", "watch", "unwatch", "quit", "reset", "auth", "hello", "monitor"}
    | {"sync", "psync", "subscribe", "psubscribe", "ssubscribe", "asking", "readonly", "readwrite"}
)


def command_of(words: Sequence[str]) -> str:
    """Give the command's full name in lower case: ``config|get``."""
    head = words[0].lower()
    if head in CONTAINERS and len(words) > 1:
        return f"{head}|{words[1].lower()}"
    return head


def harmless_form(words: Sequence[str]) -> tuple[str, ...] | None:
    """Give the command in a form that does nothing and is allowed or refused alike; else None."""
    command = command_of(words)
    if command in AS_THEY_ARE:
        return tuple(words)
    template = DYING.get(command) or MISCOUNTED.get(command) or REPLACED.get(command)
    if template is None:
        return None
    length = command.count("|") + 1
    name, arguments = words[:length], words[length:]
    filled = [_filled(part, arguments) for part in template.split()]
    if any(part is None for part in filled):
        return None
    form = (*name, *(word for part in filled for word in part or ()))
    return form if _keys(words) <= _keys(form) else None


def _filled(part: str, arguments: Sequence[str]) -> list[str] | None:
    if part == "$get":
        return ["GET"] if any(word.lower() == "get" for word in arguments[2:]) else []
    if part == "$pairs":
        return [word for key in arguments[::2] for word in (key, "x")]
    if not part.startswith("$"):
        return [part]
    place = int(part[1:]) - 1
    return [arguments[place]] if place < len(arguments) else None


def _keys(words: Sequence[str]) -> set[str]:
    """Give the keys that the newest engine would ask rights for; none when it would not."""
    try:
        asked = question(words, table("valkey", "999"))
    except NotACommand:
        return set()
    return {asked.argv[key.at] for key in asked.keys}


def queueable(words: Sequence[str]) -> bool:
    """Whether it can be asked for inside MULTI, where rights are asked and nothing runs."""
    return command_of(words).split("|")[0] not in _NEVER
