"""Processes that an earlier HOST left behind: found by pid and start time, and ended.

Where the kernel ends engines together with HOST (Linux) there are none; elsewhere this is the net.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

_FILE = "pid"


def note(folder: Path, pid: int) -> None:
    """Write down that this folder's process is this one."""
    (folder / _FILE).write_text(f"{pid} {_started(pid)}")


def sweep(run: Path) -> int:
    """End every process noted under ``run`` that still is the one noted; give how many."""
    ended = 0
    for file in run.glob(f"*/{_FILE}"):
        pid_text, _, started = file.read_text().partition(" ")
        # A pid alone may have been given to somebody else's process since.
        if pid_text.isdigit() and started and _started(int(pid_text)) == started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid_text), signal.SIGKILL)
                ended += 1
        file.unlink(missing_ok=True)
    return ended


def _started(pid: int) -> str:
    """When a process began, in the system's own words; empty if there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything; field 22 counts from after it.
            return stat.read_text().rpartition(")")[2].split()[19]
        return ""
    if Path("/proc/self").exists():
        return ""
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
