"""Processes that an earlier HOST left behind: found by pid and start time, and ended.

Where the kernel ends engines together with HOST (Linux) there are none; elsewhere this is the net.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

GRACE_S = 10.0
"""For how long a HOST whose CONTROL was killed may save what is kept."""
_FILE = "pid"
_HOST_FILE = "host.pid"
_LOOK_EVERY_S = 0.02


def note(folder: Path, pid: int) -> None:
    """Write down that this folder's process is this one."""
    (folder / _FILE).write_text(f"{pid} {_started(pid)}")


def follow(run: Path) -> None:
    """Wait for an earlier HOST that still saves what is kept here, then be the one noted."""
    file = run / _HOST_FILE
    end = time.monotonic() + GRACE_S
    while file.exists() and _is_the_one(file.read_text()) and time.monotonic() < end:
        time.sleep(_LOOK_EVERY_S)
    file.write_text(f"{os.getpid()} {_started(os.getpid())}")


def _is_the_one(noted: str) -> bool:
    """Whether a process still is the one that was noted."""
    pid_text, _, started = noted.partition(" ")
    # A pid alone may have been given to somebody else's process since.
    return bool(pid_text.isdigit() and started and _started(int(pid_text)) == started)


def sweep(run: Path) -> int:
    """End every process noted under ``run`` that still is the one noted; give how many."""
    ended = 0
    for file in run.glob(f"*/{_FILE}"):
        noted = file.read_text()
        if _is_the_one(noted):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(noted.partition(" ")[0]), signal.SIGKILL)
                ended += 1
        file.unlink(missing_ok=True)
    return ended


def _started(pid: int) -> str:
    """When a process began, in the system's own words; empty if there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything; field 22 counts from after it.
            state, *fields = stat.read_text().rpartition(")")[2].split()
            # One that has ended and that nobody has asked after does nothing any more.
            return "" if state == "Z" else fields[18]
        return ""
    if Path("/proc/self").exists():
        return ""
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
