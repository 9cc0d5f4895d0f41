"""Which estates drift looks at, and how each is wired: its own spec, role and doors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.looking import Looked, look, where
from reconciler.cli.screen import Screen
from reconciler.cli.wiring import Wired
from reconciler.drifting.blame import blamed
from reconciler.drifting.drift import Drift, drift_of
from reconciler.drifting.finding import Finding
from reconciler.drifting.history import By, Memory, read_memory
from reconciler.drifting.remember import Place
from reconciler.drifting.tell import Teller
from reconciler.drifting.watch import View, Watched
from reconciler.errors import SpecError, UsageError
from reconciler.model import Address
from reconciler.ports import Clock, MemoryStore
from reconciler.spec import load
from reconciler.spec.acks import Acks, read_acks
from reconciler.spec.loaded import Spec

if TYPE_CHECKING:
    from reconciler.aws.session import Session


@dataclass
class Sighted:
    """What a look at one spec gave besides its round: for a page."""

    spec: Spec | None = None
    looked: Looked | None = None
    acks: Acks | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Estates:
    """Makes a Watched of a spec, each time anew: the spec is read again, sessions stay open."""

    screen: Screen
    local: bool
    store: MemoryStore
    clock: Clock
    teller: Teller | None = None
    blames: bool = False
    _sessions: dict[object, Session] = field(default_factory=dict)
    _places: dict[Path, Place] = field(default_factory=dict)
    _locks: dict[object, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watched(self, path: Path, sighted: Sighted | None = None) -> Watched:
        """Give the estate of a spec; one that can't be read is watched as what it was."""
        kept = sighted or Sighted()
        problem: Exception | None = None
        try:
            kept.spec = load(path)
        except (SpecError, UsageError) as error:
            # Kept for the look: an estate whose spec is broken is one that can't be looked at.
            problem = error
        place = self._place(path, kept.spec)

        def view() -> View:
            if problem is not None:
                raise problem
            assert kept.spec is not None
            return self._view(kept.spec, kept)

        blame = self._blame(kept) if self.blames else None
        return Watched(place, view, self.store, self.clock, self.teller, blame)

    def wired(self, spec: Spec) -> Wired:
        """Give the doors of a spec; those of one account and role share a session."""
        return Wired(spec, self.screen, self.local, opened=self._session)

    def _view(self, spec: Spec, kept: Sighted) -> View:
        kept.acks = read_acks(spec.path)
        kept.looked = look(self.wired(spec))
        drift = drift_of(kept.looked.plan)
        return View(
            drift,
            kept.looked.facts,
            spec.estate.drift,
            dict(_lines(drift, spec)),
            kept.acks.days,
        )

    def forget(self, paths: Iterable[Path]) -> None:
        """Let go of specs that are gone, so that another file may be of their estate."""
        for path in paths:
            self._places.pop(path, None)

    def _place(self, path: Path, spec: Spec | None) -> Place:
        if spec is not None:
            aws = spec.estate.aws
            place = Place(aws.account_id, aws.region, spec.estate.estate, str(path))
            for other, taken in self._places.items():
                if taken.key == place.key and other != path:
                    words = f"{other} and {path} are both of estate {place.key}: name one of them"
                    raise UsageError(words)
            self._places[path] = place
        elif path not in self._places:
            self._places[path] = _remembered(
                read_memory(self.store.read(), self.store.place), str(path)
            )
        return self._places[path]

    def _session(self, spec: Spec, make: Callable[[], Session]) -> Session:
        # Locally each spec is seeded on its own: what it names is made when its session opens.
        key = (spec.estate.aws, spec.sha256 if self.local else "")
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._sessions:
                self._sessions[key] = make()
            return self._sessions[key]

    def _blame(self, kept: Sighted) -> Callable[[tuple[Finding, ...]], Mapping[str, By]]:
        def blame(findings: tuple[Finding, ...]) -> Mapping[str, By]:
            from reconciler.aws.trail import Trail  # noqa: PLC0415 - only --who

            assert kept.spec is not None
            wired = self.wired(kept.spec)
            found, notes = blamed(findings, Trail(wired.reading, self.clock))
            kept.notes += notes
            return found

        return blame


def _lines(drift: Drift, spec: Spec) -> Iterator[tuple[tuple[Address, str], str]]:
    place = partial(where, spec=spec)
    for one in drift.drifted:
        yield (one.address, ""), place(one.address, None)
        for change in one.fields:
            yield (one.address, change.field), place(one.address, change.field)


def _remembered(memory: Memory, path: str) -> Place:
    for one in memory.estates.values():
        if one.spec == path:
            return Place(one.account_id, one.region, one.estate, path)
    return Place("", "", Path(path).stem, path)


def opened_url(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Give the URL that is meant: itself, or where env:NAME or file:PATH say it stands."""
    kind, _, rest = text.partition(":")
    if kind == "env":
        if not environ.get(rest):
            raise UsageError(f"--notify {text}: there is no variable {rest}")
        return environ[rest].strip()
    if kind == "file" and not rest.startswith("//"):
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not a text"
            raise UsageError(f"--notify {text}: {why}") from None
    return text
