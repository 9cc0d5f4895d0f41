"""How both processes write their log: an event's name, and what was told along with it."""

from __future__ import annotations

import logging

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class LineFormatter(logging.Formatter):
    """One line for each record: ``... cache.unsettled key=... why=...``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s%(told)s")

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, and below it the traceback if there is one."""
        told = ((name, value) for name, value in vars(record).items() if name not in _OWN)
        record.told = "".join(f" {name}={value}" for name, value in told if name != "told")
        return super().format(record)


def log_lines(file: str | None = None) -> None:
    """Write this process's records to a file, or to standard error, from now on."""
    handler = logging.FileHandler(file) if file else logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[handler])
