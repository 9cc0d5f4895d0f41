"""Hash slots: 16384 of them, spread evenly and contiguously, written as the service writes them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from elasticache_local.service.refusal import bad_combination, bad_value

SLOTS = 16384


def even_ranges(shards: int) -> list[str]:
    """Give each shard's range when the slots are spread evenly."""
    bounds = [round(index * SLOTS / shards) for index in range(shards + 1)]
    return [f"{low}-{high - 1}" for low, high in pairwise(bounds)]


def read_slots(text: str) -> set[int]:
    """Give the slots of ``0-99,200``, or refuse the text."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        low, _, high = part.partition("-")
        if not low.isdigit() or (high and not high.isdigit()) or part.endswith("-"):
            raise bad_value(f"Invalid slots {text}.")
        first, last = int(low), int(high or low)
        if not 0 <= first <= last < SLOTS:
            raise bad_value(f"Invalid slots {text}: slots are 0 to {SLOTS - 1}.")
        found.update(range(first, last + 1))
    return found


def slots_text(slots: Iterable[int]) -> str:
    """Give slots as ranges: ``0-99,200``."""
    ordered = sorted(slots)
    parts: list[str] = []
    start = previous = -2
    for slot in [*ordered, SLOTS + 1]:
        if slot == previous + 1:
            previous = slot
            continue
        if start >= 0:
            parts.append(f"{start}-{previous}" if previous > start else f"{start}")
        start = previous = slot
    return ",".join(parts)


def check_covered(ranges: Iterable[str]) -> None:
    """Refuse shards that don't cover every slot exactly once."""
    seen: set[int] = set()
    for text in ranges:
        slots = read_slots(text)
        if seen & slots:
            raise bad_combination("Slots of node groups overlap.")
        seen |= slots
    if len(seen) != SLOTS:
        raise bad_combination("Slots of node groups must cover all of 0-16383.")


def rebalanced(before: dict[str, str], after_ids: list[str]) -> dict[str, str]:
    """Give even shares for these shards, moving as few slots as an even share allows."""
    share, rest = divmod(SLOTS, len(after_ids))
    aims = {shard: share + (index < rest) for index, shard in enumerate(after_ids)}
    kept: dict[str, list[int]] = {}
    free: list[int] = []
    for shard, text in before.items():
        slots = sorted(read_slots(text)) if text else []
        keep = aims.get(shard, 0)
        kept[shard], moved = slots[:keep], slots[keep:]
        free += moved
    free.sort()
    after: dict[str, str] = {}
    for shard in after_ids:
        slots = kept.get(shard, [])
        missing = aims[shard] - len(slots)
        taken, free = free[:missing], free[missing:]
        after[shard] = slots_text([*slots, *taken])
    return after
