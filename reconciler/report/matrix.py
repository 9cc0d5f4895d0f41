"""Who may do what, as it was proven: commands by users, one table per cache. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from reconciler.model import Address
from reconciler.report.lines import WIDTH
from reconciler.verify import Finding, Verdict

_WORST: tuple[Verdict, ...] = ("refuted", "not proven", "proven")


@dataclass(frozen=True, slots=True)
class Cell:
    """What is promised of one user and one command (``allowed``), and what came of it anywhere."""

    allowed: bool
    verdict: Verdict

    @property
    def word(self) -> str:
        """Give ``may``, ``may not``, and what speaks against it."""
        promised = "may" if self.allowed else "may not"
        return {
            "proven": promised,
            "refuted": f"{promised}: REFUTED",
            "not proven": f"{promised}?",
        }[self.verdict]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rights of one cache; a user has no cell for a command that it was not asked."""

    address: Address
    commands: tuple[str, ...]
    users: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]

    def row(self, command: str) -> Iterator[Cell | None]:
        """Give the cell of every user for one command."""
        for user in self.users:
            yield self.cells.get((command, user))


def matrices(findings: Iterable[Finding]) -> Iterator[Matrix]:
    """Give a table for each cache that has findings about rights, in their order."""
    told = [one for one in findings if one.command]
    for address, some in groupby(told, key=lambda one: one.address):
        yield _matrix(address, list(some))


def _matrix(address: Address, findings: list[Finding]) -> Matrix:
    by_place: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        by_place.setdefault((one.command, one.user), []).append(one)
    cells = {
        place: Cell(
            some[0].expected.startswith("allowed"),
            min((one.verdict for one in some), key=_WORST.index),
        )
        for place, some in by_place.items()
    }
    return Matrix(
        address,
        tuple(dict.fromkeys(one.command for one in findings)),
        tuple(dict.fromkeys(one.user for one in findings)),
        cells,
    )


def matrix_text(matrix: Matrix) -> list[str]:
    """Give the table in lines of at most 100 columns: users side by side, as many as fit."""
    first = min(max(map(len, matrix.commands)), WIDTH // 2)
    lines = []
    for users in _abreast(matrix.users, WIDTH - first - 2):
        widths = [_width(matrix, user) for user in users]
        head = "".join(f"  {user:<{width}}" for user, width in zip(users, widths, strict=True))
        lines.append(f"  {'':<{first}}{head}".rstrip())
        for command in matrix.commands:
            words = [_word(matrix, command, user) for user in users]
            told = "".join(f"  {word:<{width}}" for word, width in zip(words, widths, strict=True))
            if told.strip():
                lines.append(f"  {_short(command, first):<{first}}{told}".rstrip())
    return lines


def _abreast(users: tuple[str, ...], room: int) -> Iterator[list[str]]:
    """Give the users in lots whose columns fit beside each other."""
    lot: list[str] = []
    used = 0
    for user in users:
        width = max(len(user), len("may not: REFUTED")) + 2
        if lot and used + width > room:
            yield lot
            lot, used = [], 0
        lot.append(user)
        used += width
    if lot:
        yield lot


def _width(matrix: Matrix, user: str) -> int:
    return max(len(user), *(len(_word(matrix, command, user)) for command in matrix.commands))


def _word(matrix: Matrix, command: str, user: str) -> str:
    cell = matrix.cells.get((command, user))
    return cell.word if cell else ""


def _short(command: str, width: int) -> str:
    return command if len(command) <= width else command[: width - 3] + "..."
