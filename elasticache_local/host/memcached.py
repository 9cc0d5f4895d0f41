"""Keeps one memcached cluster where a server is installed: a process and an endpoint a node."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from elasticache_local.host import left_over
from elasticache_local.host.binary import Binary, banner
from elasticache_local.host.cache import folder_of
from elasticache_local.host.engine import EngineFailed, Process, ends_with
from elasticache_local.host.keeper import House
from elasticache_local.host.memcached_front import MemcachedFront
from elasticache_local.want import Is, Role, Want, endpoint_names

_logger = logging.getLogger(__name__)
_BANNER = re.compile(r"^memcached (\d+)\.(\d+)\.(\d+)")
_OLDEST = (1, 6, 10)
"""Meta commands tell their mark also of what is not there."""
_START_PATIENCE_S = 20.0
_RETRY_S = 1.0
_OPTIONS = {
    "max_item_size": "-I",
    "chunk_size": "-n",
    "chunk_size_growth_factor": "-f",
    "max_simultaneous_connections": "-c",
    "backlog_queue_limit": "-b",
}
_FLAGS = {"error_on_memory_exhausted": "-M", "cas_disabled": "-C"}


def find_memcached() -> Binary | None:
    """Give the memcached on PATH, if it is one that can be used."""
    path = shutil.which("memcached")
    if not path or not (match := _BANNER.match(banner(path))):
        return None
    version = (int(match[1]), int(match[2]), int(match[3]))
    return Binary("memcached", version, path) if version >= _OLDEST else None


@dataclass(eq=False)
class Node:
    """A node of the cluster: its endpoint stays while servers come and go."""

    id: str
    folder: Path
    listener: MemcachedFront
    engine: Process | None = None
    is_down: bool = False
    options: tuple[str, ...] = ()
    """What its server was started with."""

    @property
    def socket(self) -> str | None:
        """Where its server listens, if there is one."""
        return str(self.folder / "s") if self.engine else None


@dataclass
class Nodes:
    """What stands of the cluster."""

    members: dict[str, Node] = field(default_factory=dict)
    fronts: dict[str, MemcachedFront] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)

    def listeners(self) -> Iterator[MemcachedFront]:
        """Every front of the cluster."""
        yield from self.fronts.values()
        yield from (member.listener for member in self.members.values())


class MemcachedKeeper:
    """One cluster's loop; every Want is walked towards, one at a time."""

    def __init__(
        self, house: House, key: str, binary: Binary, after: Awaitable[None] | None = None
    ) -> None:
        self.notes: list[str] = []
        self.cache = Nodes()
        self._house, self._key, self._binary = house, key, binary
        self._want: Want | None = None
        self._names: tuple[str, ...] | None = None
        self._context: ssl.SSLContext | None = None
        self._chain_file = Path(f"{folder_of(key, '')}.pem").absolute()
        self._config = (0, "")
        """How often the list of nodes has changed, and the list."""
        self._said: Is | None = None
        self._woken = asyncio.Event()
        self._loop = asyncio.ensure_future(self._run(after))

    def follow(self, want: Want) -> None:
        """Take a newer Want."""
        if not self._want or want.generation >= self._want.generation:
            self._want = want
            self._woken.set()

    def fail_over(self, shard: str, node: str) -> None:
        """Do nothing: no node of memcached leads another."""

    def kill(self, node: str) -> None:
        """End a node's server without a word."""
        self._signal(node, signal.SIGKILL)

    def cut(self, node: str, seconds: float) -> None:
        """Let a node answer nobody for a while."""
        self._signal(node, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(seconds, self._signal, node, signal.SIGCONT)

    hold = cut

    async def close(self, *, save: bool, remove: bool) -> None:  # noqa: ARG002 - keeps nothing
        """Stop everything of this cluster: what it held is gone, as it is there."""
        self._loop.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._loop
        for listener in self.cache.listeners():
            listener.close()
        await asyncio.gather(*map(self._stop, self.cache.members.values()))
        if remove:
            self._house.ports.forget(self._key)
            self._chain_file.unlink(missing_ok=True)
            for node in self.cache.members.values():
                shutil.rmtree(node.folder, ignore_errors=True)

    async def _run(self, after: Awaitable[None] | None) -> None:
        if after:
            await after
        while True:
            await self._woken.wait()
            self._woken.clear()
            if not (want := self._want):
                continue
            try:
                await self._pass(want)
            except (EngineFailed, OSError, TimeoutError) as error:
                self._complain(want, str(error) or type(error).__name__)
            except Exception as error:
                # The loop's edge, as of the other engines.
                _logger.exception("cache.pass.failed", extra={"key": want.key})
                self._complain(want, f"a defect of the data plane: {type(error).__name__}")

    def _complain(self, want: Want, words: str) -> None:
        _logger.warning("cache.unsettled", extra={"key": want.key, "why": words})
        self._say(self._is(want, problem=words))
        asyncio.get_running_loop().call_later(_RETRY_S, self._woken.set)

    async def _pass(self, want: Want) -> None:
        cache = self.cache
        if want.tls != "off" and self._names != want.names:
            self._context = self._house.authority.server_context(want.names, self._chain_file)
            self._names = want.names
        wanted = [node.id for shard in want.shards for node in shard.nodes]
        for name in [name for name in cache.members if name not in wanted]:
            node = cache.members.pop(name)
            node.listener.close()
            await self._stop(node)
            shutil.rmtree(node.folder, ignore_errors=True)
        for name in wanted:
            if name not in cache.members:
                cache.members[name] = await self._node(name)
        await asyncio.gather(*(self._bring_up(node, want) for node in cache.members.values()))
        for name in endpoint_names(want):
            if not name.startswith("node:") and name not in cache.fronts:
                cache.fronts[name] = await self._listen(name, self._anybody)
        self._say(self._is(want))

    async def _node(self, name: str) -> Node:
        listener = await self._listen(f"node:{name}", partial(self._socket, name))
        return Node(name, folder_of(self._key, name), listener)

    async def _listen(self, name: str, pick: Callable[[], str | None]) -> MemcachedFront:
        port = self._house.ports.last(self._key, name)
        front = MemcachedFront(pick, self._told, port, self._context)
        await front.open()
        self._house.ports.note(self._key, name, front.port)
        return front

    def _socket(self, name: str) -> str | None:
        node = self.cache.members.get(name)
        return node.socket if node else None

    def _anybody(self) -> str | None:
        return next((n.socket for n in self.cache.members.values() if n.socket), None)

    async def _bring_up(self, node: Node, want: Want) -> None:
        """Start a node's server; anew where it needs other settings."""
        options = _options(want.parameters)
        if node.is_down or (node.engine and node.options == options):
            return
        if node.engine:
            await self._stop(node)
            node.listener.drop()
        engine = self._launch(node, options)
        async with asyncio.timeout(_START_PATIENCE_S):
            await _answering(engine, node.folder)
        node.engine, node.options = engine, options

    def _launch(self, node: Node, options: tuple[str, ...]) -> Process:
        node.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (node.folder / "s").unlink(missing_ok=True)
        log = os.open(node.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            process = subprocess.Popen(
                [self._binary.path, "-s", "s", "-a", "0700", "-U", "0", "-t", "1", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=node.folder,
                preexec_fn=ends_with(os.getpid()),  # noqa: PLW1509 - HOST has one thread
            )
        finally:
            os.close(log)
        left_over.note(node.folder, process.pid)
        engine = Process(self._binary, process)
        self._house.nursery.adopt(engine, partial(self._ended, node, engine))
        return engine

    def _ended(self, node: Node, engine: Process) -> None:
        if node.engine is not engine or self._loop.cancelled():
            return
        _logger.warning("node.died", extra={"node": node.id})
        node.engine, node.is_down = None, True
        node.listener.drop()
        self._woken.set()
        self._house.timers.later(self._house.orders.replace_s, self._replace, node)

    def _replace(self, node: Node) -> None:
        node.is_down = False
        self._woken.set()

    async def _stop(self, node: Node) -> None:
        engine, node.engine = node.engine, None
        if engine:
            # It keeps nothing that a word beforehand would save.
            engine.signal(signal.SIGKILL)
            await engine.gone.wait()

    def _signal(self, node: str, number: signal.Signals) -> None:
        if (found := self.cache.members.get(node)) and found.engine:
            found.engine.signal(number)

    def _told(self) -> bytes:
        """Give what auto discovery tells: the number of the list, and the nodes."""
        fronts, members = self.cache.fronts, self.cache.members.values()
        listeners = [node.listener for node in members]
        if "serverless" in fronts:
            listeners = [fronts["serverless"]]
        text = " ".join(f"127.0.0.1|127.0.0.1|{each.port}" for each in listeners)
        if text != self._config[1]:
            self._config = self._config[0] + 1, text
        return f"{self._config[0]}\n{text}\n".encode()

    def _is(self, want: Want, problem: str = "") -> Is:
        ports = {name: front.port for name, front in self.cache.fronts.items()}
        if want.sort != "serverless_cache":
            ports |= {f"node:{n.id}": n.listener.port for n in self.cache.members.values()}
        roles: dict[str, Role] = {n.id: "primary" for n in self.cache.members.values() if n.engine}
        family, version = self._binary.family, self._binary.version_text
        return Is(want.key, want.generation, ports, roles, family, version, problem)

    def _say(self, found: Is) -> None:
        if found != self._said:
            self._said = found
            self._house.say(found)


def _options(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Give the server's options for the parameters that it has options for."""
    options = ["-u", pwd.getpwuid(os.getuid()).pw_name] if os.getuid() == 0 else []
    for name, option in _OPTIONS.items():
        if value := parameters.get(name):
            options += [option, value]
    options += [option for name, option in _FLAGS.items() if parameters.get(name) == "1"]
    if (idle := parameters.get("idle_timeout", "0")) != "0":
        options += ["-o", f"idle_timeout={idle}"]
    return tuple(options)


async def _answering(engine: Process, folder: Path) -> None:
    """Return once the server answers."""
    while not engine.has_ended():
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(folder / "s"))
            writer.write(b"version\r\n")
            said = await reader.readline()
            writer.close()
            if said.startswith(b"VERSION"):
                return
        await asyncio.sleep(0.005)
    log = (folder / "log").absolute()
    raise EngineFailed(f"{engine.binary.path} ended at once; its words are in {log}")
