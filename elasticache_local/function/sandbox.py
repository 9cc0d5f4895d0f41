"""One invocation in a process of its own: the package, AWS's client, the standard library, no more.

Functions run on this interpreter, whatever their runtime says, and see nothing that is installed
beside it but the runtime interface client: a package that lacks something fails here as it would
there.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from elasticache_local.function.runtime_api import Event, Outcome, RuntimeApi

_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
_BOOT = """\
import sys
client, task = sys.argv[1:3]
sys.path[:0] = [task, client]
from awslambdaric.__main__ import main
main(["bootstrap", sys.argv[3]])
"""
_TAIL = 4096
_AT_ONCE = 4
_LOOK_S = 0.02


class NoClientError(Exception):
    """AWS's runtime interface client is not installed."""


@dataclass(frozen=True)
class Function:
    """A function as it was deployed."""

    name: str
    arn: str
    handler: str
    sha256: str
    package: bytes = field(repr=False)
    timeout_s: float = 3
    memory_mb: int = 128
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How an invocation ended, and the last 4 KB of its log."""

    outcome: Outcome
    log_tail: bytes


class Sandboxes:
    """Unpacks each package once and runs a few invocations at a time; ``close`` ends them all."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="elasticache-local-functions-"))
        self._lock, self._free = threading.Lock(), threading.Semaphore(_AT_ONCE)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def run(self, function: Function, payload: bytes, environment: Mapping[str, str]) -> Ended:
        """Run it to its end, its time-out or its death."""
        with self._free:
            task = self._unpacked(function)
            client = self._client()
            request_id = str(uuid.uuid4())
            deadline = int((time.time() + function.timeout_s) * 1000)
            api = RuntimeApi(Event(request_id, function.arn, deadline, payload))
            try:
                return self._run(function, task, client, api, environment)
            finally:
                api.close()

    def close(self) -> None:
        """End what runs, and remove what was unpacked."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            _end(process)
        shutil.rmtree(self._root, ignore_errors=True)

    def _run(
        self,
        function: Function,
        task: Path,
        client: Path,
        api: RuntimeApi,
        environment: Mapping[str, str],
    ) -> Ended:
        begun = time.monotonic()
        with tempfile.TemporaryFile() as log:
            process = self._started(function, task, client, api, environment, log.fileno())
            try:
                while not api.done.wait(_LOOK_S):
                    if process.poll() is not None:
                        api.keep(_died(api.event.request_id, process.returncode))
                    elif time.monotonic() - begun > function.timeout_s:
                        api.keep(_timed_out(api.event.request_id, function.timeout_s))
            finally:
                _end(process)
                with self._lock:
                    self._running.discard(process)
            log.seek(0)
            seconds = time.monotonic() - begun
            tail = _log(api.event.request_id, log.read(), seconds, function.memory_mb)
        assert api.outcome is not None
        return Ended(api.outcome, tail)

    def _started(
        self,
        function: Function,
        task: Path,
        client: Path,
        api: RuntimeApi,
        environment: Mapping[str, str],
        log: int,
    ) -> subprocess.Popen[bytes]:
        told = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **function.variables,
            **environment,
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": api.event.request_id,
            "LAMBDA_TASK_ROOT": str(task),
            "_HANDLER": function.handler,
        }
        arguments = [str(client), str(task), function.handler]
        with self._lock:
            if self._closed:
                raise RuntimeError("the local service is stopping")
            process = subprocess.Popen(
                # -B: what is unpacked is as read-only as Lambda's own folder.
                [sys.executable, "-I", "-S", "-B", "-c", _BOOT, *arguments],
                cwd=task,
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self._running.add(process)
        return process

    def _unpacked(self, function: Function) -> Path:
        name = "".join(one if one.isalnum() else "_" for one in function.sha256)
        folder = self._root / name
        with self._lock:
            if not folder.exists():
                with zipfile.ZipFile(BytesIO(function.package)) as package:
                    package.extractall(folder)
        return folder

    def _client(self) -> Path:
        """Give a folder with the runtime interface client, and nothing else that is installed."""
        folder = self._root / "client"
        with self._lock:
            if not folder.exists():
                tops = {top for name in _CLIENT for top in _tops(name)}
                folder.mkdir()
                for top in tops:
                    (folder / top.name).symlink_to(top)
        return folder


def _tops(name: str) -> set[Path]:
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise NoClientError(
            f"functions run under {name}, which is not installed here: pip install "
            "'reconcile[local]' (Linux)"
        ) from None
    firsts = {entry.parts[0] for entry in found.files or () if ".." not in entry.parts}
    return {Path(str(found.locate_file(first))) for first in firsts}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started; it has a session of its own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _timed_out(request_id: str, seconds: float) -> Outcome:
    words = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return _unhandled("Sandbox.Timedout", words)


def _died(request_id: str, status: int) -> Outcome:
    how = f"signal: {-status}" if status < 0 else f"exit status {status}"
    words = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    return _unhandled("Runtime.ExitError", words)


def _unhandled(sort: str, words: str) -> Outcome:
    return Outcome(json.dumps({"errorType": sort, "errorMessage": words}).encode(), "Unhandled")


def _log(request_id: str, said: bytes, seconds: float, memory_mb: int) -> bytes:
    milliseconds = seconds * 1000
    end = (
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
        f"Billed Duration: {milliseconds:.0f} ms\tMemory Size: {memory_mb} MB\n"
    )
    start = f"START RequestId: {request_id} Version: $LATEST\n"
    if said and not said.endswith(b"\n"):
        said += b"\n"
    return (start.encode() + said + end.encode())[-_TAIL:]
