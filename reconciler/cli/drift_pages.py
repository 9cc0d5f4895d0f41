"""drift --html: the folder of pages, written anew after rounds."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconciler.cli.whole_file import write_whole
from reconciler.drifting.finding import Finding
from reconciler.drifting.history import read_memory
from reconciler.errors import UsageError
from reconciler.kind import Facts
from reconciler.ports import MemoryStore
from reconciler.report.site import Door, Proof, access_of, proof_of, site


@dataclass
class Pages:
    """Where they go, which reports go with them, and what the last looks saw."""

    folder: Path
    reports: Sequence[Path] = ()
    _access: dict[str, tuple[Door, ...]] = field(default_factory=dict)
    _stale: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ready(self) -> None:
        """Make the folder and read the reports; UsageError for what will not do."""
        self._folder_made()
        self._proofs()

    def note(self, key: str, facts: Facts, findings: Iterable[Finding]) -> None:
        """Keep what a look at one estate showed, for the next writing; from any thread."""
        seen = access_of(facts, findings)
        with self._lock:
            self._access[key] = seen
            self._stale = True

    def write(self, store: MemoryStore, now: datetime) -> None:
        """Write every page whole, the first one last, and drop pages of estates that are gone."""
        with self._lock:
            if not self._stale:
                return
            access, self._stale = dict(self._access), False
        made = site(read_memory(store.read(), store.place), access, now, self._proofs())
        self._folder_made()
        for name, text in made.items():
            write_whole(self.folder / name, text)
        for old in self.folder.glob("estate-????????????.html"):
            if old.name not in made:
                old.unlink(missing_ok=True)

    def _folder_made(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--html {self.folder}: {error.strerror}") from error

    def _proofs(self) -> list[Proof]:
        return [_read(path) for path in self.reports]


def _read(path: Path) -> Proof:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text"
        raise UsageError(f"--report {path}: {why}") from None
    return proof_of(text, f"--report {path}")
