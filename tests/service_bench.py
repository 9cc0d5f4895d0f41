"""The transport-free service on a stepped clock; every answer is held to the service's model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from elasticache_local.clock import SteppedClock
from elasticache_local.fault import Fault
from elasticache_local.service import Durations, Principal, Service, State
from elasticache_local.service.null_host import NullHost
from elasticache_local.service.validation import service_model
from elasticache_local.switch import Switches

ACCOUNT, REGION = "123456789012", "us-east-1"
PASSWORD = "correct-horse-battery"
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "timestamp": datetime,
}


class Bench:
    """One account of a service of its own. ``aws("CreateUser", UserId=...)`` calls it."""

    def __init__(
        self,
        normalise: Callable[[str], str],
        *,
        durations: Durations = Durations(),  # noqa: B008 - frozen
        state: State | None = None,
        seed: int = 0,
        clock: SteppedClock | None = None,
        host: Any = None,
        **switches: Any,
    ) -> None:
        self.clock = clock or SteppedClock()
        self.host: Any = host or NullHost(normalise)
        self.service = Service(
            self.clock,
            self.host,
            switches=Switches(**switches),
            durations=durations,
            state=state,
            seed=seed,
        )
        self.principal = Principal(ACCOUNT, REGION)
        # The first look makes the account's region; after it, only writes change the state.
        self.service.tagged_resources(self.principal)

    def __call__(self, action: str, **params: Any) -> dict[str, Any]:
        answer = self.service.call(action, params, self.principal)
        check_answer(action, answer)
        return answer

    def refusal(self, action: str, **params: Any) -> Fault:
        """Give the refusal; the call must leave nothing changed."""
        before = self.state_text()
        try:
            answer = self.service.call(action, params, self.principal)
        except Fault as fault:
            assert self.state_text() == before, f"{action} was refused and changed something"
            check_code(action, fault)
            return fault
        raise AssertionError(f"{action} was not refused: {answer}")

    def state_text(self) -> str:
        return json.dumps(self.service.snapshot(), sort_keys=True)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.service.move_on()

    def settle(self) -> None:
        """Let everything end but what waits for a maintenance window."""
        for _ in range(40):
            self.pass_time(0.5)

    def user(self, user_id: str = "app", **given: Any) -> str:
        wish = {"UserName": user_id, "Engine": "redis", "AccessString": "on ~* +@all"} | given
        if not {"Passwords", "AuthenticationMode", "NoPasswordRequired"} & set(given):
            wish["Passwords"] = [PASSWORD]
        self("CreateUser", UserId=user_id, **wish)
        return user_id

    def user_group(self, group_id: str = "people", **given: Any) -> str:
        if "UserIds" not in given:
            given["UserIds"] = [self.user(f"{group_id}-default", UserName="default")]
        self("CreateUserGroup", UserGroupId=group_id, **{"Engine": "redis"} | given)
        self.settle()
        return group_id

    def group(self, group_id: str = "orders", **given: Any) -> str:
        """Make a replication group: redis, cluster mode disabled, a primary and a replica."""
        wish: dict[str, Any] = {"ReplicationGroupDescription": "d", "Engine": "redis"}
        if not {"NumNodeGroups", "NodeGroupConfiguration", "ReplicasPerNodeGroup"} & set(given):
            wish["NumCacheClusters"] = 2
        self("CreateReplicationGroup", ReplicationGroupId=group_id, **wish | given)
        self.settle()
        return group_id

    def clustered(self, group_id: str = "wide", **given: Any) -> str:
        wish = {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 1} | given
        return self.group(group_id, **wish)

    def serverless(self, name: str = "jobs", **given: Any) -> str:
        self("CreateServerlessCache", ServerlessCacheName=name, **{"Engine": "valkey"} | given)
        self.settle()
        return name

    def show_user(self, user_id: str = "app") -> dict[str, Any]:
        return self("DescribeUsers", UserId=user_id)["Users"][0]

    def show_user_group(self, group_id: str = "people") -> dict[str, Any]:
        return self("DescribeUserGroups", UserGroupId=group_id)["UserGroups"][0]

    def show(self, group_id: str = "orders") -> dict[str, Any]:
        return self("DescribeReplicationGroups", ReplicationGroupId=group_id)["ReplicationGroups"][
            0
        ]

    def show_cluster(self, cluster_id: str) -> dict[str, Any]:
        found = self("DescribeCacheClusters", CacheClusterId=cluster_id, ShowCacheNodeInfo=True)
        return found["CacheClusters"][0]

    def show_serverless(self, name: str = "jobs") -> dict[str, Any]:
        return self("DescribeServerlessCaches", ServerlessCacheName=name)["ServerlessCaches"][0]

    def modify(self, group_id: str = "orders", **given: Any) -> dict[str, Any]:
        given.setdefault("ApplyImmediately", True)
        return self("ModifyReplicationGroup", ReplicationGroupId=group_id, **given)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:{name}"

    def want(self, name: str = "orders") -> Any:
        [want] = [want for want in self.host.wants.values() if want.name == name]
        return want

    def events(self, source: str | None = None) -> list[str]:
        """Give what was told, oldest first; the service lists the newest first."""
        found = self("DescribeEvents", Duration=20160)["Events"]
        return [e["Message"] for e in reversed(found) if source in (None, e["SourceIdentifier"])]


COMMON_CODES = frozenset(
    {
        "AccessDenied",
        "InvalidAction",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "MissingParameter",
        "Throttling",
    }
)


def check_code(action: str, fault: Fault) -> None:
    """Fail when an operation refuses with a code that it does not declare."""
    if action not in service_model().operation_names:
        return
    shapes = service_model().operation_model(action).error_shapes
    declared = {shape.metadata["error"].get("code", shape.name) for shape in shapes}
    assert fault.code in declared | COMMON_CODES, f"{action} does not declare {fault}"


def check_answer(action: str, answer: Any) -> None:
    """Fail when an answer holds what the model does not know, or a value of another type."""
    shape = service_model().operation_model(action).output_shape
    if shape is None:
        assert answer == {}, f"{action} answers nothing"
        return
    _check(shape, answer, action)


def _check(shape: Shape, value: Any, where: str) -> None:
    if isinstance(shape, StructureShape):
        assert isinstance(value, Mapping), f"{where} is no structure: {value!r}"
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{where} has unknown {sorted(unknown)}"
        for name, item in value.items():
            _check(shape.members[name], item, f"{where}.{name}")
    elif isinstance(shape, ListShape):
        assert isinstance(value, list), f"{where} is no list: {value!r}"
        for item in value:
            _check(shape.member, item, f"{where}[]")
    else:
        wanted = _TYPES[shape.type_name]
        assert isinstance(value, wanted), f"{where} is no {shape.type_name}: {value!r}"
        assert isinstance(value, bool) == (shape.type_name == "boolean"), f"{where}: {value!r}"
