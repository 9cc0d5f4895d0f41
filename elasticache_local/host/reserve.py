"""Without engines: every endpoint has a port number, and nothing listens."""

from __future__ import annotations

import socket

from elasticache_local.host.ports import PortBook
from elasticache_local.want import Is, Role, Want, endpoint_names


class Reserve:
    """Answers each Want at once, as if it held."""

    def __init__(self, ports: PortBook) -> None:
        self._ports = ports

    def answer(self, want: Want) -> Is:
        """Give the Is of this Want."""
        roles: dict[str, Role] = {n.id: n.role for shard in want.shards for n in shard.nodes}
        ports = {name: self._port(want.key, name) for name in endpoint_names(want)}
        return Is(want.key, want.generation, ports, roles)

    def _port(self, key: str, name: str) -> int:
        """Give a port that nobody has now and that is in no other endpoint's name."""
        port = self._ports.last(key, name)
        while not port:
            with socket.socket() as asking:
                asking.bind(("127.0.0.1", 0))
                port = asking.getsockname()[1]
            if port in self._ports.taken():
                port = 0
        self._ports.note(key, name, port)
        return port
