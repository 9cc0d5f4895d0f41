"""Caches, groups and users in three columns with lines between: places for an SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.report.site.access import Door, links

ROW, TOP, MOST = 30, 34, 120
"""Height of a row, room above the first, and the longest column that can still be read."""
LEFT, WIDE = (2, 392, 702), (310, 230, 296)
"""Where each column's boxes begin, and how wide they are."""
BOX = 22
WIDTH = 1000
_LONGEST = (42, 30, 40)
_MARK = " · drifted"


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in its box; ``x`` and ``y`` of the box's left top."""

    address: str
    label: str
    x: int
    y: int
    wide: int
    drifted: bool


@dataclass(frozen=True, slots=True)
class Line:
    """From the right of one box to the left of another."""

    x1: int
    y1: int
    x2: int
    y2: int
    title: str
    drifted: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn, and how high it is."""

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    height: int
    partial: bool = False
    """Whether only what drifted is drawn, and what it reaches: all would be too much."""


def drawing(found: tuple[Door, ...], drifted: Iterable[str]) -> Drawing | None:
    """Give the picture; of too many what drifted, or None where that can't be read either."""
    marked = frozenset(drifted)
    pairs = list(links(found))
    bare = [cache for door in found if not door.groups for cache in door.caches]
    columns = _columns(pairs, bare)
    partial = max(map(len, columns)) > MOST
    if partial:
        pairs = _touched(pairs, marked)
        columns = _columns(pairs, [one for one in bare if one in marked])
    longest = max(map(len, columns))
    if not longest or longest > MOST:
        return None
    spots = {
        address: Spot(
            address,
            _label(address, column, drifted=address in marked),
            LEFT[column],
            _height(place, len(names), longest),
            WIDE[column],
            address in marked,
        )
        for column, names in enumerate(columns)
        for place, address in enumerate(names)
    }
    return Drawing(
        tuple(spots.values()),
        tuple(_line(spots, one, two) for one, two in pairs),
        TOP + longest * ROW + 8,
        partial,
    )


def _columns(pairs: list[tuple[str, str]], bare: list[str]) -> tuple[list[str], ...]:
    return (
        list(dict.fromkeys([*(one for one, _ in pairs if not _group(one)), *bare])),
        list(dict.fromkeys(one for one, _ in pairs if _group(one))),
        list(dict.fromkeys(two for _, two in pairs if two.startswith("user/"))),
    )


def _touched(pairs: list[tuple[str, str]], marked: frozenset[str]) -> list[tuple[str, str]]:
    """Give the lines to what drifted, and from there on to each cache that feels it."""
    near = [pair for pair in pairs if marked.intersection(pair)]
    groups = {one for pair in near for one in pair if _group(one)}
    return [
        (one, two)
        for one, two in pairs
        if (one in groups and two in marked) or (two in groups and not _group(one))
    ]


def _group(address: str) -> bool:
    return address.startswith("user_group/")


def _height(place: int, count: int, longest: int) -> int:
    """Spread a short column over the height of the longest."""
    return TOP + round((place + 0.5) * longest * ROW / count) - BOX // 2


def _line(spots: Mapping[str, Spot], one: str, two: str) -> Line:
    start, end = spots[one], spots[two]
    half = BOX // 2
    return Line(
        start.x + start.wide,
        start.y + half,
        end.x,
        end.y + half,
        f"{one} lets in {two}",
        end.drifted or start.drifted,
    )


def _label(address: str, column: int, *, drifted: bool) -> str:
    name = address if column == 0 else address.partition("/")[2]
    mark = _MARK if drifted else ""
    limit = _LONGEST[column] - len(mark)
    return (name if len(name) <= limit else f"{name[: limit - 1]}…") + mark
