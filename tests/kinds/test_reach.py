"""Every wish that the service's own refusals leave reachable is reached, and by no long way round.

The judge is the local service: each candidate call is tried in each state, and a breadth-first
search over what it takes says what can be reached, and in how few calls.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any, NamedTuple

import build
import pytest
from inprocess import InProcess

from reconciler.errors import AwsError
from reconciler.kind import Unreachable
from reconciler.model import ReplicationGroup
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["replication_group"]
TOKEN = "a-token-of-sixteen-letters"
PASSWORD = "a-password-of-sixteen"
OPEN = {"tls-required": "open", "auth-finish": "open", "cluster-mode-enabled": "open"}
LOGINS = {"none": (), "redis": ("of-redis",), "valkey": ("of-valkey",)}


class State(NamedTuple):
    """What transitions are about, as describe shows it."""

    engine: str
    version: str
    tls: str | None
    login: str
    mode: str
    replicas: int
    failover: bool


MOVES: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        ("modify_replication_group", {"Engine": engine, "EngineVersion": version})
        for engine, version in (("redis", "7.1"), ("valkey", "8.1"))
    ),
    (
        "modify_replication_group",
        {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
    ),
    ("modify_replication_group", {"TransitEncryptionMode": "required"}),
    ("modify_replication_group", {"TransitEncryptionEnabled": False}),
    *(
        ("modify_replication_group", {"AuthToken": TOKEN, "AuthTokenUpdateStrategy": strategy})
        for strategy in ("ROTATE", "SET")
    ),
    ("modify_replication_group", {"AuthTokenUpdateStrategy": "DELETE"}),
    ("modify_replication_group", {"RemoveUserGroups": True}),
    (
        "modify_replication_group",
        {"RemoveUserGroups": True, "AuthToken": TOKEN, "AuthTokenUpdateStrategy": "SET"},
    ),
    *(
        ("modify_replication_group", {"UserGroupIdsToAdd": [group], **more})
        for group, other in (("of-redis", "of-valkey"), ("of-valkey", "of-redis"))
        for more in (
            {},
            {"UserGroupIdsToRemove": [other]},
            {"AuthTokenUpdateStrategy": "DELETE"},
        )
    ),
    *(
        ("modify_replication_group", {"ClusterMode": mode})
        for mode in ("disabled", "compatible", "enabled")
    ),
    *(("modify_replication_group", {"AutomaticFailoverEnabled": on}) for on in (True, False)),
    ("increase_replica_count", {"NewReplicaCount": 1}),
    ("decrease_replica_count", {"NewReplicaCount": 0}),
)


def wish(state: State) -> ReplicationGroup:
    sizes: dict[str, Any] = {"num_cache_clusters": state.replicas + 1}
    if state.mode == "enabled":
        sizes = {"num_node_groups": 1, "replicas_per_node_group": state.replicas}
    login: dict[str, Any] = {"auth_token": build.TOKEN}
    if state.login != "token":
        login = {"user_group_ids": LOGINS[state.login], "auth_token": None}
    return ReplicationGroup(
        id="orders",
        replication_group_description="any",
        engine=state.engine,
        engine_version=state.version,
        cache_node_type="cache.m7g.large",
        cluster_mode=state.mode,
        automatic_failover_enabled=state.failover,
        transit_encryption_enabled=state.tls is not None,
        auto_minor_version_upgrade=False,
        apply_immediately=True,
        gates=OPEN,
        **({"transit_encryption_mode": state.tls} if state.tls else {}),
        **sizes,
        **login,
    )


def bench(state: State) -> InProcess | None:
    """An account with a group in this state, or None where the service refuses to make it."""
    made = InProcess()
    made.secrets.put(build.TOKEN, TOKEN)
    for user, name, engine in (("app", "app", "valkey"), ("all", "default", "redis")):
        made.aws(
            "create_user",
            UserId=user,
            UserName=name,
            Engine=engine,
            AccessString="on ~* +@all",
            AuthenticationMode={"Type": "password", "Passwords": [PASSWORD]},
        )
    made.aws("create_user_group", UserGroupId="of-valkey", Engine="valkey", UserIds=["app"])
    made.aws("create_user_group", UserGroupId="of-redis", Engine="redis", UserIds=["all"])
    made.settle()
    first = state._replace(mode="disabled") if state.mode == "compatible" else state
    desired = wish(first)
    facts = build.facts([desired])
    [step], _ = unfold(KIND, None, complete(KIND, desired, None, facts), facts)
    try:
        made.writer().send(step.call)
        made.settle()
        if state.mode == "compatible":
            made.aws("modify_replication_group", **group_call({"ClusterMode": "compatible"}))
            made.settle()
    except AwsError:
        return None
    return made


def group_call(params: dict[str, Any]) -> dict[str, Any]:
    return {"ReplicationGroupId": "orders", "ApplyImmediately": True, **params}


def seen(made: InProcess) -> tuple[State, Any]:
    [live] = KIND.observe(made.reader(), frozenset())
    held = live.resource
    login = "token" if held.auth_token is not None else "none"
    for name, groups in LOGINS.items():
        if groups and held.user_group_ids == groups:
            login = name
    version = ".".join(held.engine_version.split(".")[:2])
    return (
        State(
            held.engine,
            version,
            held.transit_encryption_mode,
            login,
            held.cluster_mode,
            held.replicas_per_node_group,
            held.automatic_failover_enabled,
        ),
        live,
    )


def neighbours(state: State) -> set[State]:
    """Where one call leads, whatever we think of it."""
    found = set()
    made = bench(state)
    for operation, params in MOVES:
        if made is None:
            break
        try:
            made.aws(operation, **group_call(params))
        except AwsError:
            continue
        made.settle()
        found.add(seen(made)[0])
        made = bench(state)
    return found - {state}


@pytest.fixture(scope="module")
def ways() -> dict[State, set[State]]:
    """Every state that the service lets one create or come to, and where one call leads."""
    starts = [
        State(*values)
        for values in itertools.product(
            ("redis", "valkey"),
            ("6.2", "7.1", "8.1"),
            (None, "preferred", "required"),
            ("none", "token", "redis", "valkey"),
            ("disabled", "enabled"),
            (0, 1),
            (False, True),
        )
        if (values[0] == "valkey") is (values[1] == "8.1")
    ]
    found: dict[State, set[State]] = {}
    waiting = deque(one for one in starts if bench(one) is not None)
    while waiting:
        state = waiting.popleft()
        if state not in found:
            found[state] = neighbours(state)
            waiting.extend(found[state] - found.keys())
    return found


def distances(ways: dict[State, set[State]], start: State) -> dict[State, int]:
    far, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        for there in ways[here] - far.keys():
            far[there] = far[here] + 1
            waiting.append(there)
    return far


def is_only_by_a_detour(start: State, end: State) -> bool:
    """Whether the one way leads over a state that nobody asked for: said, never gone unasked.

    From a token to no login it is a user group; from compatible to compatible it is disabled.
    """
    by_a_group = start.login == "token" and end.login == "none"
    return by_a_group or (start.mode == end.mode == "compatible")


def test_what_the_service_lets_one_reach_is_reached_and_by_no_long_way(ways):
    wanting, long, tried = [], [], 0
    for start in sorted(ways, key=str):
        made = bench(start)
        assert made is not None
        live = build.live(seen(made)[1].resource, shards=seen(made)[1].shards)
        if live.resource.auth_token is not None:
            marks = {**live.resource.marks, "auth": build.VERSIONS[build.TOKEN]}
            live = build.live(live.resource.but(marks=marks), shards=live.shards)
        groups = [
            build.user_group("of-valkey", user_ids=("app",)),
            build.user_group("of-redis", engine="redis", user_ids=("all",)),
        ]
        for end, shortest in distances(ways, start).items():
            desired = wish(end)
            facts = build.facts([desired], [live, *groups])
            before = facts.observed[desired.address].resource
            steps, stop = unfold(KIND, before, complete(KIND, desired, before, facts), facts)
            tried += 1
            if start != end and is_only_by_a_detour(start, end):
                assert isinstance(stop, Unreachable)
            elif stop is not None:
                wanting.append((start, end, stop))
            elif len(steps) > shortest + 1:
                long.append((start, end, shortest, [step.call.params for step in steps]))

    assert (len(ways) > 60, tried > 1000) == (True, True)
    assert wanting == []
    assert long == []
