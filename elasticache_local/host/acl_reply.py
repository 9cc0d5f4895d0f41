"""What ACL LIST, USERS and GETUSER say, without HOST's own user and without password hashes."""

from __future__ import annotations

import re

from elasticache_local.host import resp
from elasticache_local.host.admin import LOCAL_USER

FILTERED = frozenset({b"LIST", b"USERS", b"GETUSER"})
_SECRETS = re.compile(rb" (?:#[0-9a-f]{64}|sanitize-payload)(?= |$)")
_PASSWORDS = re.compile(rb"(\$9\r\npasswords\r\n)[*~]\d+\r\n(?:\$64\r\n[0-9a-f]{64}\r\n)*")
LOCAL = LOCAL_USER.encode()


def shown(part: bytes, reply: bytes) -> bytes:
    """Give the reply as the service shows it; ``reply`` is exactly one, as the engine sent it."""
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
