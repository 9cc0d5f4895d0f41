"""Whatever was edited, applied, killed and moved by others: who did nothing is never blamed.

A history is random and seeded by the day. Beside it the test keeps who moved each field last; the
plan and drift have nothing but the record to tell it from.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

import build
import pytest
from estate import Estate
from inprocess import Killed, kill
from transition import wished

from reconciler.drifting.drift import drift_of
from reconciler.errors import AwsError
from reconciler.model import Address, ReplicationGroup

ORDERS = Address("replication_group", "orders")
OWN = build.parameter_group("own-redis7", cache_parameter_group_family="redis7", parameters={})
OTHER = build.parameter_group("own-valkey8", parameters={})
FIRST: dict[str, Any] = {
    "replication_group_description": "orders",
    "engine": "redis",
    "engine_version": "7.1",
    "cache_node_type": "cache.r7g.large",
    "num_cache_clusters": 2,
    "automatic_failover_enabled": True,
    "transit_encryption_enabled": False,
}
VALUES: dict[str, tuple[Any, ...]] = {
    "replication_group_description": ("orders", "of the shop", "of another"),
    "snapshot_retention_limit": (0, 1, 3, 9),
    "auto_minor_version_upgrade": (True, False),
    "preferred_maintenance_window": ("sun:03:00-sun:04:00", "mon:05:00-mon:06:00"),
    "cache_node_type": ("cache.r7g.large", "cache.r7g.xlarge"),
    "multi_az_enabled": (True, False),
}
THEIRS = {
    "replication_group_description": "ReplicationGroupDescription",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "cache_node_type": "CacheNodeType",
    "multi_az_enabled": "MultiAZEnabled",
}
NEEDED = ("replication_group_description", "engine", "engine_version", "cache_node_type")
"""What the spec goes on saying, so that it stays a whole one."""


@dataclass
class History:
    """An estate, who moved what last, and what was done."""

    estate: Estate
    random: random.Random
    spec: dict[str, Any] = field(default_factory=lambda: dict(FIRST))
    left: dict[str, Any] = field(default_factory=dict)
    """How we left each field; who moves it away and back again has moved nothing."""
    others: dict[str, bool] = field(default_factory=dict)
    """By field: whether somebody else moved it since."""
    applied: set[str] = field(default_factory=set)
    """What the spec has said in every state since an apply reached it."""
    told: list[str] = field(default_factory=list)
    died: bool = False

    def live(self) -> dict[str, Any]:
        """Give what stands, field by field."""
        live = self.estate.facts().observed.get(ORDERS)
        names = build.KIND["replication_group"].fields
        return {name: getattr(live.effective, name) if live else None for name in names}

    def wish(self) -> None:
        wish = ReplicationGroup(id="orders", apply_immediately=True, **self.spec)
        self.estate.wishes = (OWN, OTHER, wish)

    def edit(self) -> None:
        """Say something else, say it for the first time, or say it no more."""
        name = self.random.choice(sorted(VALUES))
        if name in self.spec and name not in NEEDED and self.random.random() < 0.4:
            del self.spec[name]
            self.applied.discard(name)
        else:
            self.spec[name] = self.random.choice(VALUES[name])
        self.told.append(f"edit {name} {self.spec.get(name, 'dropped')}")

    def upgrade(self) -> None:
        """Move engine and version, and with them the parameter group that nobody may have named."""
        self.spec |= {"engine": "valkey", "engine_version": "8.1"}
        groups = {"keep": "cache_parameter_group_name"}
        self.spec.pop(groups["keep"], None)
        self.applied.discard(groups["keep"])
        self.told.append("upgrade")

    def respell(self) -> None:
        """Say the number of nodes in the other way."""
        for name in ("num_cache_clusters", "replicas_per_node_group"):
            self.spec.pop(name, None)
            self.applied.discard(name)
        name, count = self.random.choice(
            (("num_cache_clusters", 2), ("num_cache_clusters", 3), ("replicas_per_node_group", 3))
        )
        self.spec[name] = count
        self.told.append(f"respell {name} {count}")

    def group(self) -> None:
        """Name a parameter group."""
        right = "valkey8" if self.spec["engine"] == "valkey" else "redis7"
        self.spec["cache_parameter_group_name"] = self.random.choice(
            (f"default.{right}", f"own-{right}")
        )
        self.told.append(f"group {self.spec['cache_parameter_group_name']}")

    def encrypt(self) -> None:
        """Ask for TLS, whose gate stays closed."""
        self.spec["transit_encryption_enabled"] = True
        self.told.append("encrypt")

    def meddle(self) -> None:
        """Somebody else moves something."""
        name = self.random.choice(sorted(THEIRS))
        before = self.live()
        value = self.random.choice(VALUES[name])
        params = {THEIRS[name]: value, "ApplyImmediately": True, "ReplicationGroupId": "orders"}
        try:
            self.estate.bench.answer("elasticache", "modify_replication_group", params)
        except AwsError as refused:
            self.told.append(f"meddle {name} {value}: {refused.code}")
            return
        self.estate.bench.settle()
        now = self.live()
        self.others |= {one: True for one in now if now[one] != before[one]}
        self.told.append(f"meddle {name} {value}")

    def apply(self, *, killed: bool = False) -> None:
        """Bring it about, to the end or to the call at which we die."""
        hook: dict[str, Any] = {}
        if killed:
            hook = kill(self.random.randint(1, 4), after=self.random.random() < 0.5)
        before = self.live()
        try:
            code = self.estate.apply(self.estate.bench.writer(**hook)).exit_code
            self.died = False
        except Killed:
            code, self.died = -9, True
        self.estate.bench.settle()
        now = self.live()
        ours = {one for one in now if now[one] != before[one]}
        if code in (0, 7):
            differs = self.differences()
            self.applied |= {name for name in self.spec if name not in differs}
            ours |= {name for name in self.spec if name not in differs}
        self.others |= dict.fromkeys(ours, False)
        self.left |= {one: now[one] for one in ours}
        self.told.append(f"apply -> {code}")

    def differences(self) -> dict[str, str]:
        """Give by field which side is said to have moved."""
        self.wish()
        return {
            one.field: one.moved
            for planned in self.estate.plan().changes
            if planned.address == ORDERS
            for one in planned.change.fields
        }

    def check(self) -> None:
        """Hold plan and drift to what was really done."""
        found, told = self.differences(), "\n".join(self.told)
        accused = {name for name, side in found.items() if side in ("live", "both")}
        now = self.live()
        did = {one for one in found if self.others.get(one) and now[one] != self.left.get(one)}
        assert accused <= did, f"{accused - did} of {found} did nothing:\n{told}"
        let_off = (did & self.applied) - accused
        assert not let_off, f"{let_off} of {found} let off:\n{told}"
        [*drifted] = [one for one in drift_of(self.estate.plan()).drifted if one.address == ORDERS]
        blamed = {one.field for each in drifted for one in each.fields}
        assert blamed == accused, f"drift {blamed}, plan {accused}:\n{told}"


def begun(seed: str) -> History:
    history = History(wished(OWN, OTHER), random.Random(seed))
    if history.random.random() < 0.5:
        history.spec["cache_parameter_group_name"] = "default.redis7"
    history.wish()
    history.apply()
    assert history.told == ["apply -> 0"]
    return history


def go_on(history: History) -> None:
    """Do one thing more: where a run died nobody edits before the next apply (ADR 2)."""
    roll = history.random.random()
    if roll < 0.25:
        history.meddle()
    elif roll < 0.45 or history.died:
        history.apply()
    elif roll < 0.60:
        history.apply(killed=True)
    elif roll < 0.66:
        history.group()
    elif roll < 0.72:
        history.upgrade()
    elif roll < 0.74:
        history.encrypt()
    elif roll < 0.82:
        history.respell()
    else:
        history.edit()
    history.wish()
    history.check()


def played(seed: str, length: int) -> History:
    history = begun(seed)
    for _ in range(length):
        go_on(history)
    return history


def test_a_short_history_blames_nobody_who_did_nothing():
    assert len(played("one", 12).told) == 13


@pytest.mark.slow
@pytest.mark.parametrize("number", range(40))
def test_no_history_blames_who_did_nothing_or_lets_off_who_did(number):
    history = played(f"{dt.datetime.now(tz=dt.UTC).date()}-{number}", 30)

    assert len(history.told) == 31
