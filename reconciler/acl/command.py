"""Command tables: the commands of an engine version, their categories, and where keys stand.

The data under tables/ is made by scripts/make_command_tables.py from running engines.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_FOLDER = Path(__file__).with_name("tables")


class Command(NamedTuple):
    """One command: ``keys`` are specifications, ``positions`` first, last, step (before 7.0)."""

    name: str
    arity: int
    categories: tuple[str, ...]
    no_auth: bool
    movable: bool
    keys: tuple[Mapping[str, Any], ...]
    positions: tuple[int, int, int] | None


class Table:
    """The commands of one engine version; sets of commands are int bit masks over ``names``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.engine: str = data["engine"]
        self.version: str = data["version"]
        self.made_from: str = data["made_from"]
        self.categories: tuple[str, ...] = tuple(data["categories"])
        self._rows: Mapping[str, Mapping[str, Any]] = data["commands"]
        self.names: tuple[str, ...] = tuple(self._rows)
        self.index: Mapping[str, int] = {name: at for at, name in enumerate(self.names)}
        major, minor = self.version.split(".")[:2]
        self.number: tuple[int, int] = (int(major), int(minor))

    @property
    def name(self) -> str:
        """Give ``valkey 8.0``."""
        return f"{self.engine} {self.version}"

    def __repr__(self) -> str:
        return f"Table({self.name})"

    @property
    def has_selectors(self) -> bool:
        """Whether it knows selectors, %R~ and subcommands as commands of their own: from 7.0."""
        return self.number >= (7, 0)

    @property
    def splits_loosely(self) -> bool:
        """Whether text may follow a closing quote inside a selector: valkey 9.1."""
        return self.engine == "valkey" and self.number >= (9, 1)

    @functools.cached_property
    def every(self) -> int:
        """All bits, containers included."""
        return (1 << len(self.names)) - 1

    @functools.cached_property
    def families(self) -> Mapping[str, int]:
        """Container -> the bits of itself and of its subcommands."""
        found: dict[str, int] = {}
        for at, name in enumerate(self.names):
            parent, bar, _ = name.partition("|")
            if bar:
                found.setdefault(parent, 1 << self.index[parent])
                found[parent] |= 1 << at
        return found

    @functools.cached_property
    def executable(self) -> int:
        """Every bit but those of containers, which can't be called alone."""
        mask = self.every
        for parent in self.families:
            mask &= ~(1 << self.index[parent])
        return mask

    @functools.cached_property
    def always(self) -> int:
        """Commands that no rule takes away: AUTH, HELLO, and from 7.0 QUIT and RESET."""
        return self._mask(
            name for name, row in self._rows.items() if "no_auth" in row.get("flags", ())
        )

    @functools.cached_property
    def members(self) -> Mapping[str, int]:
        """Category -> the commands that bear it."""
        return {
            category: self._mask(
                name for name, row in self._rows.items() if category in row["cats"]
            )
            for category in self.categories
        }

    @functools.cached_property
    def reach(self) -> Mapping[str, int]:
        """Category -> the bits that ``+@category`` sets: a container brings all its subcommands."""
        found = {}
        for category, mask in self.members.items():
            for parent, family in self.families.items():
                if mask >> self.index[parent] & 1:
                    mask |= family  # noqa: PLW2901 - the mask grows on purpose
            found[category] = mask
        return found

    def _mask(self, names: Iterable[str]) -> int:
        mask = 0
        for name in names:
            mask |= 1 << self.index[name]
        return mask

    def mask(self, names: Iterable[str]) -> int:
        """Give the bits of these commands, as far as this version has them."""
        return self._mask(name for name in names if name in self.index)

    def named(self, mask: int) -> Iterator[str]:
        """Give the names of these bits, sorted."""
        while mask:
            low = mask & -mask
            yield self.names[low.bit_length() - 1]
            mask ^= low

    def command(self, name: str) -> Command:
        """Give one command; KeyError when this version has none of that name."""
        return self._commands(name)

    @functools.cache  # noqa: B019 - tables live as long as the process
    def _commands(self, name: str) -> Command:
        row = self._rows[name]
        flags = row.get("flags", ())
        positions = row.get("positions")
        return Command(
            name,
            row["arity"],
            tuple(row["cats"]),
            "no_auth" in flags,
            "movablekeys" in flags,
            tuple(row.get("keys", ())),
            tuple(positions) if positions else None,
        )


class _Tables:
    """Every table that is shipped, oldest first; each is read when it is first asked for."""

    SHIPPED = (
        ("redis", (6, 2)),
        ("redis", (7, 0)),
        ("redis", (8, 0)),
        ("valkey", (8, 0)),
        ("valkey", (8, 1)),
        ("valkey", (9, 1)),
    )

    def __iter__(self) -> Iterator[Table]:
        return (_load(engine, version) for engine, version in self.SHIPPED)

    def __len__(self) -> int:
        return len(self.SHIPPED)

    def __getitem__(self, at: int) -> Table:
        return _load(*self.SHIPPED[at])


TABLES = _Tables()


@functools.cache
def _load(engine: str, version: tuple[int, int]) -> Table:
    path = _FOLDER / f"{engine}-{version[0]}.{version[1]}.json"
    return Table(json.loads(path.read_bytes()))


@functools.cache
def table(engine: str, version: str) -> Table:
    """Give the table for an engine version: its own, else the nearest lower one, else the lowest.

    ``Table.name`` says which it is. Valkey 7.2 began as a copy of Redis 7.2 and has none below it,
    so it is answered by redis 7.0. ValueError for an engine that is neither redis nor valkey, or a
    version without a number in front.
    """
    engine = engine.lower()
    if engine not in {"redis", "valkey"}:
        raise ValueError(f"{engine!r} has no access strings; an engine is redis or valkey")
    wanted = _number(version)
    shipped = [number for name, number in _Tables.SHIPPED if name == engine]
    if engine == "valkey" and wanted < shipped[0]:
        return _load("redis", (7, 0))
    return _load(
        engine, max((number for number in shipped if number <= wanted), default=shipped[0])
    )


def _number(version: str) -> tuple[int, int]:
    """Read ``8``, ``8.1``, ``7.1.0`` or ``6.x``; a version without a minor means its newest."""
    major, _, rest = version.strip().partition(".")
    minor = rest.partition(".")[0]
    if not major.isdigit():
        raise ValueError(f"{version!r} is not an engine version; one looks like 8.1")
    return int(major), int(minor) if minor.isdigit() else 999


def tables_in_reach(versions: Iterable[tuple[str, str]]) -> tuple[Table, ...]:
    """Give the tables for these (engine, version) pairs, each once; all when there are none.

    A bare major (``8``, as a serverless cache has it) means every table of that major, and no
    version at all every table of that engine.
    """
    wanted: set[tuple[str, tuple[int, int]]] = set()
    for engine, version in versions:
        major, dot, _ = version.strip().partition(".")
        own = [
            (name, number)
            for name, number in _Tables.SHIPPED
            if name == engine.lower()
            and (not version.strip() or (not dot and major == str(number[0])))
        ]
        if not own:
            found = table(engine, version)
            own = [(found.engine, found.number)]
        wanted.update(own)
    return tuple(_load(*one) for one in _Tables.SHIPPED if not wanted or one in wanted)
