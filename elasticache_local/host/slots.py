"""Hash slots as ranges of text: ``0-100,200``."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterable, Iterator

SLOTS = 16384


def read_slots(text: str) -> set[int]:
    """Give the slots that the text names."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.strip().partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def ranges(slots: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give the same slots as first and last of each unbroken run, in order."""
    first = last = None
    for slot in sorted(slots):
        if last is not None and slot == last + 1:
            last = slot
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = slot
    if first is not None and last is not None:
        yield first, last


def slot_of(key: bytes) -> int:
    """Give the slot that a key is in: of the part in its first braces, where that is not empty."""
    opened = key.find(b"{")
    closed = key.find(b"}", opened + 1)
    tag = key[opened + 1 : closed] if 0 <= opened < closed - 1 else key
    return crc_hqx(tag, 0) % SLOTS
