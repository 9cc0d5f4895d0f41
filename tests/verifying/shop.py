"""A cache made by hand and its spec: what is declared, and what describe would show."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pydantic import SecretStr
from verifying.engines import Engine, follow, hashed, until
from verifying.front import Authority, Front

from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.errors import SecretUnavailable
from reconciler.kind import Endpoint, Live, Node
from reconciler.model import (
    Address,
    AuthenticationMode,
    Expect,
    ReplicationGroup,
    Resource,
    SecretRef,
    User,
    UserGroup,
    Verify,
)
from reconciler.verify import Finding, Report, Wishes, verify

SECRETS = {
    "APP": "app-password-0001",
    "APP_NEXT": "app-password-0002",
    "REPORT": "report-password-01",
}


class Given:
    """A SecretSource over a dict."""

    def __init__(self, values: Mapping[str, str] = SECRETS) -> None:
        self.values = dict(values)

    def version(self, ref: SecretRef, salt: str) -> str:
        return "1"

    def open(self, ref: SecretRef) -> SecretStr:
        if ref.id not in self.values:
            raise SecretUnavailable(f"{ref} is not set")
        return SecretStr(self.values[ref.id])


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def with_password(*names: str) -> AuthenticationMode:
    return AuthenticationMode(
        type="password", passwords=tuple(SecretRef(store="env", id=name) for name in names)
    )


APP = User(
    id="orders-app",
    engine="valkey",
    access_string="on ~orders:* &orders:* -@all +@read +@write +@connection +@pubsub -@dangerous",
    authentication_mode=with_password("APP"),
    expect=Expect(
        can=("SET orders:1 x", "GET orders:1"), cannot=("SET carts:1 x", "FLUSHALL", "CONFIG GET *")
    ),
)
REPORT = User(
    id="orders-report",
    engine="valkey",
    access_string="on ~orders:* resetchannels -@all +@read +@connection +info +@transaction",
    authentication_mode=with_password("REPORT"),
    expect=Expect(
        can=("GET orders:1",), cannot=("SET orders:1 x", "DEL orders:1", "PUBLISH orders:x 1")
    ),
)
DEFAULT = User(
    id="default-off",
    user_name="default",
    engine="valkey",
    access_string="off ~keys* -@all +get",
    authentication_mode=AuthenticationMode(type="no-password-required"),
)
USERS = (APP, REPORT, DEFAULT)


@dataclass
class Shop:
    """One replication group: engines behind fronts, its desired and observed estate."""

    nodes: list[Engine]
    fronts: dict[str, Front]
    authority: Authority
    secrets: Given = field(default_factory=Given)
    verify: Verify = field(default_factory=lambda: Verify(writes=True))
    users: tuple[User, ...] = USERS
    mode: Literal["preferred", "required"] = "required"
    silence_s: float = 5.0
    """What a client waits for an answer: a machine that is busy may keep anybody waiting."""

    @property
    def address(self) -> Address:
        return Address("replication_group", "orders")

    @property
    def primary(self) -> Engine:
        return self.nodes[0]

    def heal(self) -> None:
        """Make everything as declared."""
        primary, *replicas = self.nodes
        primary.tell("REPLICAOF", "NO", "ONE")
        for replica in replicas:
            follow(replica, primary)
        for node in self.nodes:
            for name in node.tell("ACL", "USERS"):
                if name not in {"owner", "default"}:
                    node.tell("ACL", "DELUSER", name)
            for user in self.users:
                self.let_in(node, user)
        primary.tell("FLUSHALL")
        until(lambda: self.linked() == len(replicas), "replicas follow")

    def linked(self) -> int:
        said = self.primary.admin.info("replication")
        replicas = [value for key, value in said.items() if re.fullmatch(r"slave\d+", key)]
        return sum(replica["state"] == "online" for replica in replicas)

    @staticmethod
    def let_in(node: Engine, user: User) -> None:
        passwords = (user.authentication_mode.passwords or ()) if user.authentication_mode else ()
        rules = [hashed(SECRETS[ref.id]) for ref in passwords] or ["nopass"]
        node.set_user(user.user_name or user.id, *rules, *(user.access_string or "").split())

    @property
    def desired(self) -> dict[Address, Resource]:
        group = UserGroup(
            id="shop", engine="valkey", user_ids=tuple(user.id for user in self.users)
        )
        cache = ReplicationGroup(
            id="orders",
            engine="valkey",
            engine_version=self.primary.binary.version_text[:3],
            num_cache_clusters=len(self.nodes),
            transit_encryption_enabled=True,
            transit_encryption_mode=self.mode,
            user_group_ids=("shop",),
            verify=self.verify,
        )
        return {one.address: one for one in (*self.users, group, cache)}

    def observed(self) -> dict[Address, Live]:
        roles = ["primary", *["replica"] * (len(self.nodes) - 1)]
        names = {"primary": "", "reader": "", **{self.name(at): self.name(at) for at in range(3)}}
        endpoints = [
            Endpoint("node" if node else name, "127.0.0.1", self.fronts[name].port, True, node)
            for name, node in names.items()
        ]
        nodes = [
            Node(self.name(at), "0001", role, "available", "9.1.2") for at, role in enumerate(roles)
        ]
        live = {
            address: Live(one, "arn", "active", at_rest=True)
            for address, one in self.desired.items()
        }
        cache = self.desired[self.address]
        live[self.address] = Live(
            cache, "arn", "available", at_rest=True, endpoints=tuple(endpoints), nodes=tuple(nodes)
        )
        return live

    @staticmethod
    def name(at: int) -> str:
        return f"orders-{at + 1:03}"

    def ports(self) -> Ports:
        waits = {"connect_timeout_s": self.silence_s, "read_timeout_s": self.silence_s}
        connector = RedisConnector(self.authority.ca_file, **waits)
        return Ports(self.secrets, None, connector, WallClock())

    def verified(self, on_finding=None, **wishes) -> Report:
        asked = Wishes(**{"patience_s": 0.0, **wishes})
        return verify(
            self.desired, self.observed(), self.ports(), wishes=asked, on_finding=on_finding
        )


def refuted(report: Report) -> set[tuple[str, str]]:
    """Give check and subject of every refuted finding."""
    return {(one.check, one.subject) for one in report.findings if one.verdict == "refuted"}


def about(report: Report, check: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.check == check]
