"""The local ElastiCache of this folder: found, started, seeded and stopped, as a process."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler import own_folder
from reconciler.errors import ReconcilerError
from reconciler.model import (
    Cache,
    CacheCluster,
    CacheSubnetGroup,
    ReplicationGroup,
    Resource,
    SecretRef,
    ServerlessCache,
)

FOLDER = Path(".reconcile/local")
IDLE_S = 1800
_START_S = 60
_STOP_S = 20
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


class LocalServiceError(ReconcilerError):
    """The local ElastiCache could not be started, reached or stopped."""


@dataclass(frozen=True)
class Running:
    """A local ElastiCache that answers; as its ready line says."""

    endpoint_url: str
    control_url: str
    ca_file: str
    pid: int
    access_key_id: str
    secret_access_key: str
    engines: tuple[Any, ...]

    @classmethod
    def of(cls, ready: Mapping[str, Any]) -> Running:
        """Read a ready line; other members are left for others."""
        return cls(
            endpoint_url=str(ready["endpoint_url"]),
            control_url=str(ready["control_url"]),
            ca_file=str(ready["ca_file"]),
            pid=int(ready["pid"]),
            access_key_id=str(ready["access_key_id"]),
            secret_access_key=str(ready["secret_access_key"]),
            engines=tuple(ready.get("engines", ())),
        )


def find(folder: Path = FOLDER) -> Running | None:
    """Give the local ElastiCache of this folder when it answers, else None."""
    try:
        running = Running.of(json.loads((folder / "ready.json").read_text()))
        control(running, "GET", "status")
    except (OSError, ValueError, KeyError, TypeError, LocalServiceError):
        return None
    return running


def start(folder: Path = FOLDER, *, speed: float = 1.0, engines: bool = True) -> Running:
    """Start one that outlives this command and stops by itself after 30 idle minutes."""
    for module in ("moto", "flask", "cryptography"):
        if importlib.util.find_spec(module) is None:
            raise LocalServiceError(
                f"the local ElastiCache needs {module}: pip install 'reconcile[local]'"
            )
    command = [
        sys.executable, "-m", "elasticache_local",
        "--data-dir", str(folder), "--idle-timeout", str(IDLE_S), "--speed", f"{speed:g}",
    ]  # fmt: skip
    if not engines:
        command.append("--no-engines")
    with _stop_is_raised():
        child, said_before = _launch(command, folder)
        try:
            line = _first_line(child, _START_S)
        except BaseException:
            # Told to stop before it was ready: nobody else knows of it yet.
            child.terminate()
            child.wait(_STOP_S)
            raise
    if line:
        with contextlib.suppress(ValueError, KeyError):
            return Running.of(json.loads(line))
    if found := _started_by_another(child, folder):
        return found
    if child.poll() is None:
        child.terminate()
    words = _tail(folder, said_before)
    raise LocalServiceError(f"the local ElastiCache did not start; its last words:\n{words}")


def fetch_engine(package: str) -> tuple[str, str, str]:
    """Let an engine be fetched; gives its family, its version and where it is."""
    argv = [sys.executable, "-m", "elasticache_local.fetch", package]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalServiceError(f"no engine was fetched: {done.stderr.strip()}")
    family, version, path = done.stdout.strip().split(" ", 2)
    return family, version, path


@contextlib.contextmanager
def _stop_is_raised() -> Iterator[None]:
    """Let SIGTERM end this command by an exception, so that what it starts is ended too."""
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _launch(command: list[str], folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the process; gives it with the length of the log so far."""
    try:
        own_folder.make(folder)
        with (folder / "log").open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
            return child, log.tell()
    except OSError as error:
        raise LocalServiceError(
            f"the local ElastiCache keeps its state in {folder}, which can't be used: "
            f"{error.strerror}; -C DIR works in another folder"
        ) from None


def _started_by_another(child: subprocess.Popen[bytes], folder: Path) -> Running | None:
    """Give the one that another command started at the same moment: it is as good."""
    deadline = time.monotonic() + _START_S
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1)  # its output ends a moment before it does
    while child.poll() is not None and time.monotonic() < deadline:
        if found := find(folder):
            return found
        if not _is_held(folder):
            break
        time.sleep(0.1)
    return None


def _is_held(folder: Path) -> bool:
    """Say whether the process that locked the folder lives, or is just about to write who it is."""
    try:
        holder = (folder / "lock").read_text().strip()
    except OSError:
        return False
    return _alive(int(holder)) if holder.isdigit() else True


def _first_line(child: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Give the child's first line of output, or nothing when it ended or time ran out."""
    assert child.stdout is not None
    with child.stdout as out:
        descriptor, line, deadline = out.fileno(), b"", time.monotonic() + seconds
        while not line.endswith(b"\n") and time.monotonic() < deadline:
            if not select.select([descriptor], [], [], 0.2)[0]:
                continue
            piece = os.read(descriptor, 65536)
            if not piece:
                break
            line += piece
    return line


def _tail(folder: Path, since: int) -> str:
    with contextlib.suppress(OSError):
        said = (folder / "log").read_bytes()[since:].decode(errors="replace")
        return "\n".join(said.splitlines()[-5:])
    return "(none)"


def stop(folder: Path = FOLDER) -> bool:
    """Stop the one of this folder and wait until its process is gone; False when none ran."""
    running = find(folder)
    deadline = time.monotonic() + _STOP_S
    while running is None and _is_held(folder) and time.monotonic() < deadline:
        time.sleep(0.1)  # it holds the folder and is not ready yet
        running = find(folder)
    if running is None:
        return False
    with contextlib.suppress(LocalServiceError):
        control(running, "POST", "shutdown", {})
    deadline = time.monotonic() + _STOP_S
    while time.monotonic() < deadline:
        if not _alive(running.pid):
            return True
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    raise LocalServiceError(f"process {running.pid} was asked to stop and has not ended yet")


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError, OSError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def control(
    running: Running,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    timeout_s: float = 30,
) -> Mapping[str, Any]:
    """Call the control surface and give its JSON answer."""
    if not running.control_url.startswith(_LOOPBACK):
        raise LocalServiceError(f"{running.control_url} is not an address of this machine")
    request = urllib.request.Request(  # noqa: S310 - checked above: loopback only
        f"{running.control_url.rstrip('/')}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        # A proxy from the environment must not stand between us and loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=timeout_s) as answer:
            found = json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            words = _reason(error.read())
        raise LocalServiceError(f"the local ElastiCache refused {path}: {words}") from None
    except (OSError, ValueError) as error:
        raise LocalServiceError(f"the local ElastiCache does not answer: {error}") from None
    assert isinstance(found, dict)
    return found


def _reason(answer: bytes) -> str:
    """Give the sentence of a refusal."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(answer)["error"])
    return answer.decode(errors="replace")[:300]


def stand_in(ref: SecretRef) -> SecretRef:
    """Give the secret that stands for a variable or a file which this machine does not have."""
    return SecretRef(store="secretsmanager", id=f"reconcile-local/{ref.store}/{ref.id.strip('/')}")


def seed(
    running: Running,
    account_id: str,
    region: str,
    resources: Iterable[Resource],
    refs: Iterable[SecretRef],
) -> Mapping[str, Any]:
    """Make what the spec takes for granted: subnets, security groups, keys, secrets; idempotent.

    Gives the answer of the control surface: the key pair of this account, and what was ``made``.
    """
    wished = list(resources)
    caches = [one for one in wished if isinstance(one, Cache | CacheCluster)]
    subnet_groups = {
        one.cache_subnet_group_name
        for one in caches
        if isinstance(one, ReplicationGroup | CacheCluster)
    } - {one.id for one in wished if isinstance(one, CacheSubnetGroup)}
    subnets = {
        sub
        for one in wished
        if isinstance(one, ServerlessCache | CacheSubnetGroup)
        for sub in one.subnet_ids or ()
    }
    keys: dict[tuple[str, str], set[str]] = {}
    for ref in refs:
        kept = ref if ref.store in ("secretsmanager", "ssm") else stand_in(ref)
        keys.setdefault((kept.store, kept.id), set()).update({kept.key} if kept.key else ())
    return control(
        running,
        "POST",
        "seed",
        {
            "account_id": account_id,
            "region": region,
            "cache_subnet_groups": sorted(name for name in subnet_groups if name),
            "security_group_ids": sorted(
                {one for c in caches for one in c.security_group_ids or ()}
            ),
            "subnet_ids": sorted(subnets),
            "kms_key_ids": sorted(
                {one.kms_key_id for one in caches if isinstance(one, Cache) and one.kms_key_id}
            ),
            "secrets": [
                {"store": store, "id": ident, "keys": sorted(names)}
                for (store, ident), names in sorted(keys.items())
            ],
        },
    )
