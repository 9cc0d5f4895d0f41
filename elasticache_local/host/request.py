"""One client's stream of requests, cut where something must be looked at.

Lengths only: a request that nobody needs to see passes as the bytes it came in, however large, and
a payload that looks like a command is never taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from elasticache_local.host import resp
from elasticache_local.host.hidden import HIDDEN

SEEN = HIDDEN | frozenset(
    b"ACL AUTH CLIENT CLUSTER DISCARD EXEC HELLO MULTI PSUBSCRIBE RESET SSUBSCRIBE"
    b" SUBSCRIBE".split()
)
"""Names of the requests that are cut out; everything else passes."""
_LONGEST_HEAD = 64 * 1024
"""Bytes; the engines' own limit for a line, ample for a name."""
_LONGEST_SEEN = 8 * 1024 * 1024
_MOST_WORDS = 2**31 - 1
"""More than that every engine refuses as soon as it has read the number."""
_LONGEST_SIZE_LINE = 32
_ESCAPES = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("a"): 7}
_HEX = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that must be looked at: its words, and the bytes that it came in."""

    args: list[bytes]
    raw: bytes

    @property
    def name(self) -> bytes:
        """The command's name in capitals."""
        return self.args[0].upper()


class _NotRespError(Exception):
    """The engine will refuse these bytes and hang up."""


class Requests:
    """Where one client's stream stands between two reads."""

    def __init__(self) -> None:
        self._rest = b""
        self._words_left = 0
        self._bytes_left = 0
        self._covered = 0
        """How much of what is being fed is in what was found, which may have another form."""
        self._refused = False

    def feed(self, data: bytes) -> list[bytes | Request]:
        """Give what may go on now: spans of bytes as they are, and requests to be looked at."""
        if self._refused:
            return []
        data, self._rest = self._rest + data if self._rest else data, b""
        found: list[bytes | Request] = []
        self._covered = 0
        try:
            self._cut(data, found)
        except _NotRespError:
            # The engine says what is wrong, and hangs up; nothing after it is a request.
            self._refused = True
            return [*found, data[self._covered :]]
        self._rest = data[self._covered :]
        return found

    def _cut(self, data: bytes, found: list[bytes | Request]) -> None:
        """Fill ``found``."""
        at = start = 0
        end = len(data)
        while True:
            if self._words_left or self._bytes_left:
                at = self._pass_words(data, at)
                if self._words_left or self._bytes_left:
                    break
            if at >= end or not (head := _head(data, at)):
                break
            name, words_left, after = head
            if name.upper() not in SEEN:
                self._words_left, at = words_left, after
                continue
            if not (whole := _whole(data, at)):
                break
            request, after = whole
            if at > start:
                found.append(data[start:at])
            found.append(request)
            self._covered = start = at = after
        if at > start:
            found.append(data[start:at])
            self._covered = at

    def _pass_words(self, data: bytes, at: int) -> int:
        """Go over the words left of a request; gives where it ends, or as far as data reaches."""
        end, words, size = len(data), self._words_left, self._bytes_left
        while True:
            if size:
                if end - at < size:
                    size -= end - at
                    at = end
                    break
                at += size
                size = 0
            if not words or at >= end:
                break
            line = data.find(b"\r\n", at, at + _LONGEST_SIZE_LINE)
            if line < 0:
                if end - at >= _LONGEST_SIZE_LINE:
                    raise _NotRespError
                break
            size = _count(data, at, line, b"$") + 2
            words -= 1
            at = line + 2
        self._words_left, self._bytes_left = words, size
        return at


def _head(data: bytes, at: int) -> tuple[bytes, int, int] | None:
    """Give a request's name, how many words follow and where; None if more must come."""
    if data[at] != ord("*"):
        inline = _inline(data, at)
        return inline and (inline[0][0] if inline[0] else b"", 0, inline[1])
    line = data.find(b"\r\n", at)
    if line < 0:
        _wait(data, at)
        return None
    if data[at + 1 : at + 2] == b"-":
        return b"", 0, line + 2
    words = _count(data, at, line, b"*")
    if words > _MOST_WORDS:
        raise _NotRespError
    if not words:
        return b"", 0, line + 2
    start = line + 2
    line = data.find(b"\r\n", start)
    if line < 0:
        _wait(data, at)
        return None
    size = _count(data, start, line, b"$")
    if size > _LONGEST_HEAD:
        # No command is called so; the engine says what it thinks of it, maybe before it comes.
        return b"", words, start
    stop = line + 2 + size
    if len(data) < stop + 2:
        _wait(data, at)
        return None
    return data[line + 2 : stop], words - 1, stop + 2


def _whole(data: bytes, at: int) -> tuple[Request, int] | None:
    """Give the whole request at this place and where the next begins; None if more must come."""
    if data[at] != ord("*"):
        inline = _inline(data, at)
        # Sent on in the other form, so that quotes and escapes mean the same to everybody.
        return inline and (Request(inline[0], resp.command(*inline[0])), inline[1])
    start, line = at, data.find(b"\r\n", at)
    words = _count(data, at, line, b"*")
    args: list[bytes] = []
    at = line + 2
    for _ in range(words):
        line = data.find(b"\r\n", at)
        if line < 0:
            _wait(data, start, _LONGEST_SEEN)
            return None
        stop = line + 2 + _count(data, at, line, b"$")
        if len(data) < stop + 2:
            _wait(data, start, _LONGEST_SEEN)
            return None
        args.append(data[line + 2 : stop])
        at = stop + 2
    return Request(args, data[start:at]), at


def _inline(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    line = data.find(b"\n", at)
    if line < 0:
        _wait(data, at)
        return None
    words = split_line(data[at:line])
    if words is None:
        raise _NotRespError
    return words, line + 1


def _wait(data: bytes, at: int, longest: int = _LONGEST_HEAD) -> None:
    """Say that more must come, unless too much has come already."""
    if len(data) - at > longest:
        raise _NotRespError


def _count(data: bytes, at: int, line: int, sign: bytes) -> int:
    text = data[at + 1 : line]
    if data[at : at + 1] != sign or not text.isdigit():
        raise _NotRespError
    return int(text)


def split_line(line: bytes) -> list[bytes] | None:
    """Give the words of an inline command as engines split it; None if a quote stays open."""
    words: list[bytes] = []
    at = 0
    while True:
        while at < len(line) and line[at : at + 1].isspace():
            at += 1
        if at >= len(line):
            return words
        word = bytearray()
        while at < len(line) and not line[at : at + 1].isspace():
            quote = line[at]
            if quote not in b"\"'":
                word.append(quote)
                at += 1
                continue
            closed = _quoted(line, at + 1, quote, word)
            # A closing quote must end the word.
            if closed is None or (closed < len(line) and not line[closed : closed + 1].isspace()):
                return None
            at = closed
        words.append(bytes(word))


def _quoted(line: bytes, at: int, quote: int, word: bytearray) -> int | None:
    """Fill ``word`` up to the closing quote; gives the place after it, None if there is none."""
    while at < len(line):
        byte = line[at]
        if byte == quote:
            return at + 1
        follow = line[at + 1] if byte == ord("\\") and at + 1 < len(line) else None
        if follow is None or (quote == ord("'") and follow != quote):
            word.append(byte)
            at += 1
        elif quote == ord('"') and follow == ord("x") and set(line[at + 2 : at + 4]) <= _HEX:
            word += bytes.fromhex(line[at + 2 : at + 4].decode())
            at += 4
        else:
            word.append(_ESCAPES.get(follow, follow) if quote == ord('"') else follow)
            at += 2
    return None
