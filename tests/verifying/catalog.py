"""A cluster made by hand, with an AUTH token: two shards of a primary and a replica."""

from __future__ import annotations

from dataclasses import dataclass, field

from verifying.engines import Engine, hashed, until
from verifying.shop import Given, WallClock

from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.kind import Endpoint, Live, Node
from reconciler.model import (
    Address,
    External,
    ReplicationGroup,
    Resource,
    SecretRef,
    Verify,
)
from reconciler.verify import Report, Wishes, verify

TOKEN = "catalog-token-0001"
SETTINGS = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "1000"),
    *("--cluster-require-full-coverage", "no"),
)
_HALVES = ((0, 8191), (8192, 16383))


@dataclass
class Catalog:
    """Nodes 0 and 1 are primaries; 2 follows 0, 3 follows 1."""

    nodes: list[Engine]
    secrets: Given = field(default_factory=lambda: Given({"TOKEN": TOKEN}))
    verify: Verify = field(default_factory=lambda: Verify(writes=True))
    shards: int = 2
    replicas: int = 1
    locked: bool = True
    silence_s: float = 5.0
    """What a client waits for an answer: a machine that is busy may keep anybody waiting."""

    @classmethod
    def formed(cls, nodes: list[Engine]) -> Catalog:
        found = cls(nodes)
        found.heal_users()
        for epoch, node in enumerate(nodes, 1):
            node.tell("CLUSTER SET-CONFIG-EPOCH", epoch)
        for node, (first, last) in zip(nodes, _HALVES, strict=False):
            node.tell("CLUSTER ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            nodes[0].tell("CLUSTER MEET", "127.0.0.1", node.port)
        names = [node.tell("CLUSTER MYID") for node in nodes]
        for node in nodes:
            until(lambda node=node: all(name in node.raw("CLUSTER NODES") for name in names), "met")
        for replica, name in zip(nodes[2:], names, strict=False):
            replica.tell("CLUSTER REPLICATE", name)
        for name, primary in (("b", nodes[0]), ("a", nodes[1])):
            # A replica that was sent nothing yet is not told of in CLUSTER SLOTS.
            until(lambda one=primary: "cluster_state:ok" in one.raw("CLUSTER INFO"), "it is up")
            primary.raw("SET", name, 1)
            primary.raw("DEL", name)
        for node in nodes:
            until(lambda node=node: found.is_whole(node), "the cluster is whole")
            # Short while it is formed, for its start waits so long; then nobody may be taken for
            # dead, and promoted over, because the machine is busy.
            node.tell("CONFIG", "SET", "cluster-node-timeout", "60000")
        return found

    @staticmethod
    def is_whole(node: Engine) -> bool:
        said = node.raw("CLUSTER SLOTS")
        return len(said) == len(_HALVES) and all(len(one) == 4 for one in said)

    def unlock(self) -> None:
        """Make it a cache that anyone in its network may use."""
        self.locked = False
        for node in self.nodes:
            node.set_user("default", "on", "nopass", "~*", "&*", "+@all")

    def heal_users(self) -> None:
        for node in self.nodes:
            node.set_user("default", "on", hashed(TOKEN), "~*", "&*", "+@all")

    @property
    def address(self) -> Address:
        return Address("replication_group", "catalog")

    @property
    def desired(self) -> dict[Address, Resource]:
        cache = ReplicationGroup(
            id="catalog",
            engine="valkey",
            engine_version=self.nodes[0].binary.version_text[:3],
            num_node_groups=self.shards,
            replicas_per_node_group=self.replicas,
            transit_encryption_enabled=False,
            auth_token=SecretRef(store="env", id="TOKEN") if self.locked else None,
            verify=self.verify,
        )
        return {cache.address: cache}

    def observed(self) -> dict[Address, Live]:
        place = Endpoint("configuration", "127.0.0.1", self.nodes[0].port, tls=False)
        nodes = tuple(
            Node(f"catalog-{number}", "0001", "", "available", "9.1.2")
            for number in range(len(self.nodes))
        )
        live = Live(
            self.desired[self.address],
            *("arn", "available"),
            at_rest=True,
            endpoints=(place,),
            nodes=nodes,
        )
        return {self.address: live}

    @property
    def external(self) -> External:
        return External(
            addresses=tuple(f"127.0.0.1:{node.port}" for node in self.nodes),
            cluster=True,
            password=SecretRef(store="env", id="TOKEN"),
            engine_version="9.1",
            verify=self.verify,
        )

    def ports(self) -> Ports:
        waits = {"connect_timeout_s": self.silence_s, "read_timeout_s": self.silence_s}
        return Ports(self.secrets, None, RedisConnector(**waits), WallClock())

    def verified(self, **wishes) -> Report:
        asked = Wishes(**{"patience_s": 0.0, **wishes})
        return verify(self.desired, self.observed(), self.ports(), wishes=asked)

    def verified_as_external(self, **wishes) -> Report:
        asked = Wishes(**{"patience_s": 0.0, **wishes})
        return verify({}, {}, self.ports(), external={"six": self.external}, wishes=asked)
