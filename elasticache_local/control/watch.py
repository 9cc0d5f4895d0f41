"""The data plane with a memory: what was last wanted of each cache, and what it last was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from elasticache_local.host.link import HostGone
from elasticache_local.want import Host, Is, Want


class DataPlane(Host, Protocol):
    """A Host that people can also break, count and stop."""

    def kill_node(self, key: str, node: str) -> None:
        """End a node's engine without a word."""
        ...

    def cut_node(self, key: str, node: str, seconds: float) -> None:
        """Let a node answer nobody for so long."""
        ...

    def hold_node(self, key: str, node: str, seconds: float) -> None:
        """Let a node's fronts pass nothing on for so long."""
        ...

    def pace(self, speed: float) -> None:
        """Let what is put off come so many times as fast."""
        ...

    def advance(self, seconds: float) -> None:
        """Let this much of the service's time pass at once."""
        ...

    def engines(self) -> Sequence[Mapping[str, str]]:
        """Give the engines that were found."""
        ...

    def status(self) -> Mapping[str, Any]:
        """Give what runs: engines found, and each cache's nodes and connections."""
        ...

    def stop(self) -> None:
        """End everything."""
        ...


class WatchedHost:
    """A Host that remembers, so that status can say what was asked for beside what runs."""

    def __init__(self, inner: DataPlane) -> None:
        self.inner = inner
        self._lock = threading.Lock()
        self._wants: dict[str, Want] = {}
        self._found: dict[str, Is] = {}
        inner.listen(self._note)

    def listen(self, answered: Callable[[Is], None]) -> None:
        """Tell every Is to this function."""
        self.inner.listen(answered)

    def want(self, want: Want) -> None:
        """Make this true, in its own time."""
        with self._lock:
            self._wants[want.key] = want
        self.inner.want(want)

    def forget(self, key: str) -> None:
        """Stop and remove everything of this cache."""
        with self._lock:
            self._wants.pop(key, None)
            self._found.pop(key, None)
        self.inner.forget(key)

    def failover(self, key: str, shard: str, to_node: str) -> None:
        """Promote a replica."""
        self.inner.failover(key, shard, to_node)

    def save(self, key: str, folder: str, saved: Callable[[str], None]) -> None:
        """Keep what the cache holds now under this name."""
        self.inner.save(key, folder, saved)

    def discard(self, folder: str) -> None:
        """Remove what was saved under this name."""
        self.inner.discard(folder)

    def normalise(self, access_string: str) -> str:
        """Give the string as the scratch engine stores it, or raise BadAccessString."""
        return self.inner.normalise(access_string)

    def status(self) -> Mapping[str, Any]:
        """Give what runs; nothing while the data plane is away."""
        try:
            return self.inner.status()
        except HostGone:
            return {}

    def caches(self) -> Iterator[tuple[Want, Is | None]]:
        """Give each cache as it was last wanted and last found, in order of their keys."""
        with self._lock:
            pairs = [(want, self._found.get(key)) for key, want in sorted(self._wants.items())]
        yield from pairs

    def keys_of_node(self, node: str) -> list[str]:
        """Give the caches that have a node of this id; ids repeat across accounts and regions."""
        return [
            want.key
            for want, _ in self.caches()
            if any(each.id == node for shard in want.shards for each in shard.nodes)
        ]

    def _note(self, found: Is) -> None:
        with self._lock:
            if found.key in self._wants:
                self._found[found.key] = found
