"""The wire protocol of the engines: commands out, replies in."""

from __future__ import annotations

from typing import Any

CRLF = b"\r\n"


class ReplyError(Exception):
    """The engine's own refusal; carries its words."""


class Incomplete(Exception):
    """The reply goes on after what has arrived."""


def command(*args: bytes | str | int) -> bytes:
    """Give a request as the engine reads it."""
    words = [a if isinstance(a, bytes) else str(a).encode() for a in args]
    head = b"*%d\r\n" % len(words)
    return head + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def bulk(text: bytes) -> bytes:
    """One string as a reply."""
    return b"$%d\r\n%b\r\n" % (len(text), text)


def read_reply(data: bytes, at: int = 0) -> tuple[Any, int]:
    """Give the reply at this place and where the next begins; raises Incomplete.

    Bulk strings are bytes, simple strings str, errors ReplyError *values*; maps and sets of RESP3
    are flat lists, so that both protocols are read alike.
    """
    end = data.find(CRLF, at)
    if end < 0:
        raise Incomplete
    sort, text, at = data[at : at + 1], data[at + 1 : end], end + 2
    match sort:
        case b"$" | b"=" | b"!":
            return _read_bulk(data, at, int(text))
        case b"*" | b"~" | b">" | b"%" | b"|":
            return _read_many(data, at, int(text) * (2 if sort in (b"%", b"|") else 1))
        case b":":
            return int(text), at
        case b"-":
            return ReplyError(text.decode(errors="replace")), at
        case b"_":
            return None, at
        case _:
            return text.decode(errors="replace"), at


def _read_bulk(data: bytes, at: int, size: int) -> tuple[bytes | None, int]:
    if size < 0:
        return None, at
    if len(data) < at + size + 2:
        raise Incomplete
    return data[at : at + size], at + size + 2


def _read_many(data: bytes, at: int, count: int) -> tuple[list[Any] | None, int]:
    if count < 0:
        return None, at
    found = []
    for _ in range(count):
        one, at = read_reply(data, at)
        found.append(one)
    return found, at
