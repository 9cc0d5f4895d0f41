"""Caches, groups and users in three columns with lines between: places for an SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.report.site.access import Door, links

ROW, TOP, MOST = 26, 40, 120
"""Height of a row, room above the first, and the longest column that can still be read."""
LEFT = (8, 380, 700)
WIDTH = 1000
_LONGEST = (44, 34, 34)


@dataclass(frozen=True, slots=True)
class Spot:
    """A name at its place; ``x`` and ``y`` of the text's left end."""

    address: str
    label: str
    x: int
    y: int
    drifted: bool


@dataclass(frozen=True, slots=True)
class Line:
    """From the right of one spot to the left of another."""

    x1: int
    y1: int
    x2: int
    y2: int
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn, and how high it is."""

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    height: int


def drawing(found: tuple[Door, ...], drifted: Iterable[str]) -> Drawing | None:
    """Give the picture, or None where a column would be too long to be read."""
    pairs = list(links(found))
    bare = [cache for door in found if not door.groups for cache in door.caches]
    columns = (
        list(dict.fromkeys([*(one for one, _ in pairs if not _group(one)), *bare])),
        list(dict.fromkeys(one for one, _ in pairs if _group(one))),
        list(dict.fromkeys(two for _, two in pairs if two.startswith("user/"))),
    )
    longest = max(map(len, columns), default=0)
    if not longest or longest > MOST:
        return None
    marked = frozenset(drifted)
    spots = {
        address: Spot(
            address,
            _short(address, column),
            LEFT[column],
            _height(place, len(names), longest),
            address in marked,
        )
        for column, names in enumerate(columns)
        for place, address in enumerate(names)
    }
    return Drawing(
        tuple(spots.values()),
        tuple(_line(spots, one, two) for one, two in pairs),
        TOP + longest * ROW + 8,
    )


def _group(address: str) -> bool:
    return address.startswith("user_group/")


def _height(place: int, count: int, longest: int) -> int:
    """Spread a short column over the height of the longest."""
    return TOP + round((place + 0.5) * longest * ROW / count)


def _line(spots: Mapping[str, Spot], one: str, two: str) -> Line:
    start, end = spots[one], spots[two]
    column = LEFT.index(start.x)
    reach = LEFT[column] + 7 * len(start.label) + 6
    return Line(min(reach, end.x - 40), start.y - 4, end.x - 8, end.y - 4, f"{one} lets in {two}")


def _short(address: str, column: int) -> str:
    name = address if column == 0 else address.partition("/")[2]
    limit = _LONGEST[column]
    return name if len(name) <= limit else f"{name[: limit - 1]}…"
