"""One instance, one folder: its lock, its ready file, its state; nothing is written elsewhere."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

READY = "ready.json"
STATE = "state.json"
_LOCK = "lock"
_TEMPORARY = "elasticache-local-"


class InstanceError(Exception):
    """The folder can't be used; carries the sentence for the person."""


class Instance:
    """Holds a data dir as long as the ``with`` block lasts.

    Without a folder it makes a temporary one and removes it at the end. The lock goes with the
    process, however that ends, so a folder never stays locked by somebody who is gone.
    """

    folder: Path

    def __init__(self, folder: Path | None) -> None:
        self.kept = folder is not None
        self._asked = folder
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._asked is None:
            _sweep(Path(tempfile.gettempdir()))
            self.folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY))
        else:
            self.folder = self._asked.absolute()
        self._hold()
        # Of somebody who was killed: whoever waits for the file must not read an old address.
        self._forget_ready()
        return self

    def _hold(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not "w": the holder's process id must survive a loser's attempt.
            lock = open(self.folder / _LOCK, "a+", opener=_private)  # noqa: SIM115 - kept
        except OSError as err:
            raise InstanceError(
                f"{self.folder} can't be the data dir: {err.strerror}; choose another --data-dir"
            ) from err
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise InstanceError(
                f"{self.folder} is in use by a local ElastiCache"
                f"{f' (process {holder})' if holder else ''}; stop it, or choose another --data-dir"
            ) from None
        self._lock = lock
        try:
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
        except OSError as err:
            raise self._unwritten(_LOCK, err) from err

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forget_ready()
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()

    def tell_ready(self, line: Mapping[str, Any]) -> None:
        """Write the ready file, whole or not at all."""
        self._write(READY, line)

    def save(self, state: Mapping[str, Any], *, synced: bool = True) -> int:
        """Write the state, whole or not at all; gives its length in bytes.

        ``synced``: it outlives the machine's end too, not only this process's.
        """
        return self._write(STATE, state, synced=synced)

    def load(self) -> dict[str, Any]:
        """Give the state of the last run, empty where there was none."""
        try:
            loaded = json.loads((self.folder / STATE).read_text())
        except FileNotFoundError:
            return {}
        except (ValueError, OSError) as err:
            raise self.no_state() from err
        if not isinstance(loaded, dict):
            raise self.no_state()
        return loaded

    def no_state(self) -> InstanceError:
        """Give the sentence for what stands there and can't be read."""
        return InstanceError(
            f"{self.folder / STATE} is no state of a local ElastiCache; "
            "remove it to start empty, or choose another --data-dir"
        )

    def _write(self, name: str, value: Mapping[str, Any], *, synced: bool = True) -> int:
        beside, text = self.folder / f"{name}.new", json.dumps(value)
        try:
            with open(beside, "w", opener=_private) as file:
                file.write(text)
                file.flush()
                if synced:
                    os.fsync(file.fileno())
            beside.replace(self.folder / name)
        except OSError as err:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise self._unwritten(name, err) from err
        return len(text)

    def _unwritten(self, name: str, err: OSError) -> InstanceError:
        return InstanceError(
            f"{self.folder / name} can't be written: {err.strerror}; make room there, or choose "
            "another --data-dir"
        )

    def _forget_ready(self) -> None:
        (self.folder / READY).unlink(missing_ok=True)


def _sweep(parent: Path) -> None:
    """Remove what was temporary and of which the process was killed: nobody holds its lock."""
    for folder in parent.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError), open(folder / _LOCK) as lock:  # noqa: PTH123 - as below
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Without a process id it is being made at this moment.
            if lock.read().strip():
                shutil.rmtree(folder, ignore_errors=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
