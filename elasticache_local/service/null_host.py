"""A data plane that has everything at once: for tests, and for a start without engines."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from elasticache_local.want import Is, Role, Want, endpoint_names


class NullHost:
    """Answers each Want at once with made-up ports; access strings go to the callable.

    ``trouble`` names caches (by their id) whose Wants are answered with a problem; while ``silent``
    nothing is answered until ``speak``.
    """

    def __init__(self, normalise: Callable[[str], str], *, first_port: int = 20000) -> None:
        self.normalise = normalise
        self.wants: dict[str, Want] = {}
        self.forgotten: list[str] = []
        self.failovers: list[tuple[str, str, str]] = []
        self.saved: list[str] = []
        self.trouble: dict[str, str] = {}
        self.silent = False
        self._answered: Callable[[Is], None] = lambda _answer: None
        self._unsaid: list[tuple[str, str, Callable[[str], None]]] = []
        self._ports = itertools.count(first_port)
        self._known: dict[str, int] = {}

    def listen(self, answered: Callable[[Is], None]) -> None:
        """Tell every Is to this function."""
        self._answered = answered

    def want(self, want: Want) -> None:
        """Have it already."""
        self.wants[want.key] = want
        if not self.silent:
            self._answered(self.answer(want))

    def forget(self, key: str) -> None:
        """Know nothing of it any more."""
        self.wants.pop(key, None)
        self.forgotten.append(key)

    def failover(self, key: str, shard: str, to_node: str) -> None:
        """Have the other node promoted already."""
        self.failovers.append((key, shard, to_node))
        want = self.wants[key]
        roles = dict(self._roles(want))
        for wanted in want.shards:
            if wanted.id == shard:
                roles |= {node.id: "replica" for node in wanted.nodes}
        roles[to_node] = "primary"
        if not self.silent:
            self._answered(self.answer(want, roles))

    def save(self, key: str, folder: str, saved: Callable[[str], None]) -> None:
        """Have it saved already; nothing is said while silent."""
        if self.silent:
            self._unsaid.append((key, folder, saved))
            return
        self.saved.append(folder)
        saved(self.trouble.get(key.rpartition("/")[2], ""))

    def discard(self, folder: str) -> None:
        """Have it no more."""
        self.saved.remove(folder)

    def speak(self) -> None:
        """Answer everything that was wanted while silent."""
        self.silent = False
        unsaid, self._unsaid = self._unsaid, []
        for key, folder, saved in unsaid:
            self.save(key, folder, saved)
        for want in list(self.wants.values()):
            self._answered(self.answer(want))

    def answer(self, want: Want, roles: dict[str, Role] | None = None) -> Is:
        """Give the Is that says that a Want holds."""
        return Is(
            key=want.key,
            generation=want.generation,
            ports={name: self._port(want.key, name) for name in endpoint_names(want)},
            roles=roles or self._roles(want),
            problem=self.trouble.get(want.name, ""),
        )

    def _roles(self, want: Want) -> dict[str, Role]:
        return {node.id: node.role for shard in want.shards for node in shard.nodes}

    def _port(self, key: str, name: str) -> int:
        place = f"{key}#{name}"
        if place not in self._known:
            self._known[place] = next(self._ports)
        return self._known[place]
