"""What was sent and what became of it, one JSON object a line: for people, never read as state.

A line is on the disk before the call that it announces is made. Secrets stand as their references.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from reconciler import own_folder
from reconciler.model import Address
from reconciler.ports import Call, Clock


class Journal(Protocol):
    """Where apply writes down what it is about to do, and what came of it."""

    def intent(self, address: Address, call: Call, before: object) -> int:
        """Write down a call that is about to be made and what was seen before; give its number."""
        ...

    def outcome(self, number: int, told: str) -> None:
        """Write down what became of it: ``accepted``, a code and its words, or how it settled."""
        ...


class FileJournal:
    """One file a run, ``<UTC time>-<run>.jsonl`` with mode 0600; made at the first line."""

    def __init__(self, folder: Path, run: str, clock: Clock) -> None:
        self._folder, self._run, self._clock = folder, run, clock
        self._file: int | None = None
        self._number = 0
        self.path: Path | None = None

    def intent(self, address: Address, call: Call, before: object) -> int:
        """Write down a call that is about to be made and what was seen before; give its number."""
        self._number += 1
        self._line(
            {
                "number": self._number,
                "intent": f"{call.service}:{call.action}",
                "address": str(address),
                "params": call.params,
                "before": before,
            }
        )
        return self._number

    def outcome(self, number: int, told: str) -> None:
        """Write down what became of it."""
        self._line({"number": number, "outcome": told})

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _line(self, facts: dict[str, Any]) -> None:
        line = {
            "at": self._clock.now().isoformat(timespec="milliseconds"),
            "run": self._run,
            **facts,
        }
        os.write(self._opened(), json.dumps(line, default=_plain).encode() + b"\n")
        os.fsync(self._opened())

    def _opened(self) -> int:
        if self._file is None:
            own_folder.make(self._folder)
            stamp = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
            self.path = self._folder / f"{stamp}-{self._run}.jsonl"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
            self._file = os.open(self.path, flags, 0o600)
        return self._file


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return str(value)
