"""What ACL LIST, USERS and GETUSER and CLIENT LIST say, without HOST's own user and hashes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from elasticache_local.host import resp
from elasticache_local.host.admin import LOCAL_USER

FILTERED = frozenset({b"LIST", b"USERS", b"GETUSER"})
_SECRETS = re.compile(rb" (?:#[0-9a-f]{64}|sanitize-payload)(?= |$)")
_PASSWORDS = re.compile(rb"(\$9\r\npasswords\r\n)[*~]\d+\r\n(?:\$64\r\n[0-9a-f]{64}\r\n)*")
LOCAL = LOCAL_USER.encode()
_CLIENTS = re.compile(rb"\A([$=])\d+\r\n(.*)\r\n\Z", re.DOTALL)
_OURS = re.compile(rb"^(txt:)?.* user=" + LOCAL + rb"(?: .*)?\n", re.MULTILINE)


_COMMANDS = re.compile(rb"(\$8\r\ncommands\r\n)\$\d+\r\n[^\r\n]*\r\n")
_FLAGS = re.compile(rb"(\$5\r\nflags\r\n[*~])(\d+)\r\n")
_BULKS = rb"(?:\$\d+\r\n[^\r\n]*\r\n){%d}"


@dataclass(frozen=True)
class Shown:
    """What is shown of a user of whom the engine knows something else (see ``denial``)."""

    flags: Sequence[bytes]
    commands: Sequence[tuple[bytes, bytes]]
    """For the user and each selector: what the engine says, and what is shown."""


def shown(part: bytes, reply: bytes, users: Mapping[bytes, Shown], name: bytes = b"") -> bytes:
    """Give the reply as the service shows it; ``reply`` is exactly one, as the engine sent it.

    ``name`` is the user that was asked for.
    """
    if part == b"CLIENT":
        return _CLIENTS.sub(_without_ours, reply)
    if not reply.startswith((b"*", b"%")):
        return reply
    if part == b"GETUSER":
        if user := users.get(name):
            reply = _as_shown(reply, user)
        return _PASSWORDS.sub(rb"\1*0\r\n", reply, count=1)
    texts, _ = resp.read_reply(reply)
    shown_texts = [
        _SECRETS.sub(b"", _line_as_shown(text, users))
        for text in texts
        if text != LOCAL and not text.startswith(b"user " + LOCAL + b" ")
    ]
    return b"*%d\r\n" % len(shown_texts) + b"".join(resp.bulk(text) for text in shown_texts)


def _as_shown(reply: bytes, user: Shown) -> bytes:
    """Give the reply to GETUSER, which is a list or a map of RESP3."""
    if head := _FLAGS.search(reply):
        old = re.compile(_BULKS % int(head[2])).match(reply, head.end())
        flags = b"%d\r\n" % len(user.flags) + b"".join(map(resp.bulk, user.flags))
        reply = reply[: head.end(1)] + flags + reply[old.end() if old else head.end() :]
    told = (resp.bulk(text) for _, text in user.commands)
    return _COMMANDS.sub(lambda found: found[1] + next(told), reply, count=len(user.commands))


def _line_as_shown(text: bytes, users: Mapping[bytes, Shown]) -> bytes:
    """Give a line of ACL LIST; a name, which has no spaces, stays as it is."""
    user = users.get(text[5:].partition(b" ")[0])
    for said, told in sorted(user.commands, key=_longest_first) if user else ():
        text = text.replace(b" " + said, b" " + told)
    return text


def _longest_first(pair: tuple[bytes, bytes]) -> int:
    return -len(pair[0])


def _without_ours(reply: re.Match[bytes]) -> bytes:
    """Give a list of clients (plain or RESP3's verbatim text) without the lines of HOST's own."""
    text = _OURS.sub(rb"\1", reply[2])
    return reply[1] + b"%d\r\n" % len(text) + text + b"\r\n"
