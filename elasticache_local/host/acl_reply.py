"""What ACL LIST, USERS and GETUSER and CLIENT LIST say, without HOST's own user and hashes."""

from __future__ import annotations

import re

from elasticache_local.host import resp
from elasticache_local.host.admin import LOCAL_USER

FILTERED = frozenset({b"LIST", b"USERS", b"GETUSER"})
_SECRETS = re.compile(rb" (?:#[0-9a-f]{64}|sanitize-payload)(?= |$)")
_PASSWORDS = re.compile(rb"(\$9\r\npasswords\r\n)[*~]\d+\r\n(?:\$64\r\n[0-9a-f]{64}\r\n)*")
LOCAL = LOCAL_USER.encode()
_CLIENTS = re.compile(rb"\A([$=])\d+\r\n(.*)\r\n\Z", re.DOTALL)
_OURS = re.compile(rb"^(txt:)?.* user=" + LOCAL + rb"(?: .*)?\n", re.MULTILINE)


def shown(part: bytes, reply: bytes) -> bytes:
    """Give the reply as the service shows it; ``reply`` is exactly one, as the engine sent it."""
    if part == b"CLIENT":
        return _CLIENTS.sub(_without_ours, reply)
    if not reply.startswith((b"*", b"%")):
        return reply
    if part == b"GETUSER":
        return _PASSWORDS.sub(rb"\1*0\r\n", reply, count=1)
    texts, _ = resp.read_reply(reply)
    shown_texts = [
        _SECRETS.sub(b"", text)
        for text in texts
        if text != LOCAL and not text.startswith(b"user " + LOCAL + b" ")
    ]
    return b"*%d\r\n" % len(shown_texts) + b"".join(resp.bulk(text) for text in shown_texts)


def _without_ours(reply: re.Match[bytes]) -> bytes:
    """Give a list of clients (plain or RESP3's verbatim text) without the lines of HOST's own."""
    text = _OURS.sub(rb"\1", reply[2])
    return reply[1] + b"%d\r\n" % len(text) + text + b"\r\n"
