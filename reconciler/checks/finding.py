"""What a check says: one promise, and whether it was proven, refuted or neither."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from reconciler.model import Address

Verdict = Literal["proven", "refuted", "not proven"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise of the spec and what came of it.

    ``subject`` is whom or what it is about (``user orders-app at node orders-002``), ``where`` is
    where to look (``127.0.0.1:41233``). For *not proven* ``got`` is the reason. ``critical`` ones
    must be proven for ``--require critical``. No field ever holds a secret.
    """

    check: str
    address: Address
    subject: str
    verdict: Verdict
    expected: str
    got: str
    where: str = ""
    seconds: float = 0.0
    critical: bool = False
    user: str = ""
    command: str = ""
    """For a right: whose, and the command as one would type it; so they can stand in a table."""
    table: tuple[tuple[str, ...], ...] = ()
    """What was counted, the head first; empty where nothing was."""

    def with_table(self, table: tuple[tuple[str, ...], ...]) -> Finding:
        """Give the same finding with what was counted beside it."""
        return dataclasses.replace(self, table=table)

    def __str__(self) -> str:
        """Give the finding in one line."""
        at = f" ({self.where})" if self.where else ""
        return (
            f"{self.verdict}: {self.address} {self.check}: {self.subject}: "
            f"expected {self.expected}, got {self.got}{at}"
        )
