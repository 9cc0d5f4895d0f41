"""One engine process: started with ports from the kernel, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import functools
import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from elasticache_local.host import left_over, resp
from elasticache_local.host.acl_reply import Shown
from elasticache_local.host.admin import LOCAL_USER, RENAMED, Admin, other_name
from elasticache_local.host.binary import Binary

FORMING_TIMEOUT_MS, NODE_TIMEOUT_MS = 500, 2000
"""Cluster node timeout while a cluster forms (nodes find each other sooner), and afterwards."""
_START_PATIENCE_S, _STOP_PATIENCE_S = 20.0, 5.0
_TRIES = 5
_HIGHEST_PORT_WITH_FIXED_BUS = 55535
_PR_SET_PDEATHSIG = 1
_OWN_ADDRESS = "127.0.0.2"


class EngineFailed(Exception):
    """The engine did not come up; says where its own words are."""


class _AddressInUse(Exception):
    """Somebody took the port between our asking and the engine's binding."""


@dataclass(frozen=True)
class Recipe:
    """What an engine is started with. ``announced_port`` is the one that clients are told."""

    binary: Binary
    folder: Path
    """Relative to HOST's working directory: a unix socket's path has room for 104 bytes."""
    secret: str = field(repr=False)
    cluster: bool = False
    announced_port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


class Process:
    """A server that runs. ``gone`` is set when its process has ended, however it ended."""

    def __init__(self, binary: Binary, process: subprocess.Popen[bytes]) -> None:
        self.binary = binary
        self.gone = asyncio.Event()
        self._process = process

    @property
    def alive(self) -> bool:
        """Whether the process still runs; True also while it is cut off."""
        return not self.gone.is_set()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there still is one."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def has_ended(self) -> bool:
        """Reap the process if it has ended."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """Give back what was held for it: it is gone."""


class Engine(Process):
    """A running engine."""

    def __init__(
        self, recipe: Recipe, process: subprocess.Popen[bytes], port: int, bus_port: int
    ) -> None:
        super().__init__(recipe.binary, process)
        self.recipe, self.port, self.bus_port = recipe, port, bus_port
        self.socket_path = str(recipe.folder / "s")
        self.admin = Admin(self.socket_path, recipe.secret)
        self.told_users: dict[str, tuple[str, ...]] = {}
        """What each user was last set to here, so that only differences are sent."""
        self.shown_users: dict[bytes, Shown] = {}
        """What is shown of the users of whom it knows something else."""
        self.told_parameters: dict[str, str] = {}
        self.first_parameters: dict[str, str] = {}
        """What parameters were before they were first set."""
        self.cluster_id = ""
        """Its id in the cluster, once asked."""
        self.is_held = False
        """Whether its fronts pass nothing on for a while."""

    async def stop(self, *, save: bool = False) -> None:
        """Shut down in the engine's own way, by force after five seconds."""
        self.signal(signal.SIGCONT)
        with contextlib.suppress(OSError, TimeoutError, resp.ReplyError):
            mode = "SAVE" if save else "NOSAVE"
            await self.admin.ask("SHUTDOWN", mode, patience_s=_STOP_PATIENCE_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_PATIENCE_S):
                await self.gone.wait()
        self.signal(signal.SIGKILL)
        await self.gone.wait()
        self.let_go()

    def let_go(self) -> None:
        """Hang up."""
        self.admin.close()


class Nursery:
    """All processes of this HOST that serve; tells of each that ends."""

    def __init__(self) -> None:
        self._engines: dict[Process, Callable[[], None]] = {}

    def watch_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to notice ends (SIGCHLD)."""
        loop.add_signal_handler(signal.SIGCHLD, self._reap)

    async def start(self, recipe: Recipe, ended: Callable[[Engine], None]) -> Engine:
        """Start an engine and wait until it answers; ``ended`` is called once when it ends."""
        recipe.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(_TRIES):
            engine = self._launch(recipe)
            self.adopt(engine, functools.partial(ended, engine))
            try:
                await _answering(engine)
            except _AddressInUse:
                continue
            except BaseException:
                engine.signal(signal.SIGKILL)
                raise
            return engine
        raise EngineFailed(f"no free port for {recipe.folder} in {_TRIES} tries")

    def adopt(self, process: Process, ended: Callable[[], None]) -> None:
        """Watch a process that was just started; ``ended`` is called once when it ends."""
        self._engines[process] = ended

    def kill_all(self) -> None:
        """End everything at once, without a word: CONTROL is gone."""
        for engine in self._engines:
            engine.signal(signal.SIGKILL)

    def _reap(self) -> None:
        for engine in [e for e in self._engines if e.has_ended()]:
            ended = self._engines.pop(engine)
            engine.gone.set()
            engine.let_go()
            ended()

    def _launch(self, recipe: Recipe) -> Engine:
        port = _free_port(
            0xFFFF if recipe.binary.knows_cluster_port else _HIGHEST_PORT_WITH_FIXED_BUS
        )
        bus_port = _free_port() if recipe.binary.knows_cluster_port else port + 10000
        (recipe.folder / "s").unlink(missing_ok=True)
        log = os.open(recipe.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            # Settings go in by pipe: the secret stands in no argument list and in no file.
            process = subprocess.Popen(
                [recipe.binary.path, "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=recipe.folder,
                preexec_fn=ends_with(os.getpid()),  # noqa: PLW1509 - HOST has one thread
            )
        finally:
            os.close(log)
        assert process.stdin
        with process.stdin as pipe, contextlib.suppress(BrokenPipeError):
            pipe.write("\n".join(_settings(recipe, port, bus_port)).encode())
        left_over.note(recipe.folder, process.pid)
        return Engine(recipe, process, port, bus_port)


async def _answering(engine: Engine) -> None:
    """Return once the engine answers PING, its data loaded."""
    async with asyncio.timeout(_START_PATIENCE_S):
        while engine.alive and not engine.has_ended():
            with contextlib.suppress(OSError, resp.ReplyError):
                await engine.admin.ask("PING")
                return
            await asyncio.sleep(0.005)
    log = engine.recipe.folder / "log"
    if "Address already in use" in log.read_text(errors="replace"):
        raise _AddressInUse
    raise EngineFailed(f"{engine.binary.path} ended at once; its words are in {log.absolute()}")


@functools.cache
def dialling_address() -> str:
    """Give the address that cluster engines dial from: their own, where loopback is wide.

    So a front knows a replica of theirs from a client without TLS. macOS has 127.0.0.1 alone.
    """
    with socket.socket() as asking:
        try:
            asking.bind((_OWN_ADDRESS, 0))
        except OSError:
            return "127.0.0.1"
    return _OWN_ADDRESS


def _settings(recipe: Recipe, port: int, bus_port: int) -> list[str]:
    known_hash = hashlib.sha256(recipe.secret.encode()).hexdigest()
    lines = [
        f"port {port}",
        "protected-mode no",
        *(f"rename-command {name} {other_name(name, recipe.secret)}" for name in RENAMED),
        "unixsocket s",
        "unixsocketperm 700",
        'save ""',
        "appendonly no",
        "loglevel warning",
        f"masteruser {LOCAL_USER}",
        f"masterauth {recipe.secret}",
        "user default off",
        f"user {LOCAL_USER} on #{known_hash} ~* &* +@all",
        # The service's default; the engines' own has been resetchannels since 7.0.
        "acl-pubsub-default allchannels",
        "repl-diskless-sync yes",
        "repl-diskless-sync-delay 0",
        # By way of a file, Valkey 9 notices only once a second that the copy is complete.
        "repl-diskless-load on-empty-db",
        # CLUSTER SLOTS hides a replica until its offset has moved, which a ping does.
        "repl-ping-replica-period 1",
        "replica-announce-ip 127.0.0.1",
        f"replica-announce-port {recipe.announced_port}" if recipe.announced_port else "",
    ]
    if recipe.binary.version >= (7, 0, 0):
        lines.append("shutdown-timeout 0")  # replicas are stopped at the same time
        lines += ["bind 127.0.0.1", f"bind-source-addr {_source(recipe)}"]
    else:
        # Redis 6.2 dials from the first address that it listens on.
        lines.append("bind " + " ".join(dict.fromkeys([_source(recipe), "127.0.0.1"])))
    if recipe.cluster:
        lines += _cluster_settings(recipe, bus_port)
    return lines + [f"{name} {value}" for name, value in recipe.settings.items()]


def _source(recipe: Recipe) -> str:
    return dialling_address() if recipe.cluster else "127.0.0.1"


def _cluster_settings(recipe: Recipe, bus_port: int) -> list[str]:
    announced = "cluster-announce-client-port"
    if not recipe.binary.knows_client_port:
        announced = "cluster-announce-port"  # replicas dial it too, so they pass the front
    lines = [
        "cluster-enabled yes",
        "cluster-config-file nodes.conf",
        f"cluster-node-timeout {FORMING_TIMEOUT_MS}",
        "cluster-allow-replica-migration no",
        # Who leads is decided in one place; CLUSTER FAILOVER still works.
        "cluster-replica-no-failover yes",
        f"{announced} {recipe.announced_port}",
        # Else the others take the address that it dials from for its own.
        "cluster-announce-ip 127.0.0.1",
    ]
    if recipe.binary.knows_cluster_port:
        lines.append(f"cluster-port {bus_port}")
    return lines


def _free_port(highest: int = 0xFFFF) -> int:
    """Give a port of 127.0.0.1 that nobody has right now."""
    while True:
        with socket.socket() as asking:
            asking.bind(("127.0.0.1", 0))
            port: int = asking.getsockname()[1]
        if port <= highest:
            return port


def ends_with(parent: int) -> Callable[[], None] | None:
    """Give what a new process does first so that the kernel ends it together with its parent.

    The bond is to the *thread* that started it, which is why HOST has one thread only.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def bond() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it ended before the bond was made

    return bond
