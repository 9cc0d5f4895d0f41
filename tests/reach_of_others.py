"""What serverless caches, clusters of nodes, and users with their group can come to."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import build
from inprocess import InProcess
from reach_of_groups import PASSWORD, SIZES, nothing, people
from reachable import Domain

from reconciler.model import AuthenticationMode, CacheUsageLimits, UsageRange

OTHER = "another-password-of-it"


class Serverless(NamedTuple):
    engine: str
    version: str
    group: str | None
    most: int | None
    description: str | None
    kept: int


def serverless(bench: InProcess) -> Serverless:
    [cache] = bench.aws("describe_serverless_caches")["ServerlessCaches"]
    limits = cache.get("CacheUsageLimits") or {}
    return Serverless(
        cache["Engine"],
        cache["MajorEngineVersion"],
        cache.get("UserGroupId"),
        limits.get("DataStorage", {}).get("Maximum"),
        (cache.get("Description") or "").strip() or None,
        cache["SnapshotRetentionLimit"],
    )


def serverless_wish(state: Serverless) -> list[Any]:
    limits = state.most and CacheUsageLimits(data_storage=UsageRange(maximum=state.most))
    return [
        build.ServerlessCache(
            id="carts",
            engine=state.engine,
            major_engine_version=state.version,
            user_group_id=state.group,
            cache_usage_limits=limits,
            description=state.description,
            snapshot_retention_limit=state.kept,
            gates={"auth-finish": "open"},
        )
    ]


CARTS = {"ServerlessCacheName": "carts"}
SERVERLESS = Domain(
    people,
    [
        ("create_serverless_cache", {**CARTS, "Engine": engine, "MajorEngineVersion": version})
        for engine, version in (("redis", "7"), ("valkey", "7"), ("valkey", "8"))
    ],
    [
        ("modify_serverless_cache", {**CARTS, **change})
        for change in (
            *(
                {"Engine": engine, "MajorEngineVersion": version}
                for engine, version in (("redis", "7"), ("valkey", "7"), ("valkey", "8"))
            ),
            {"UserGroupId": "of-valkey"},
            {"UserGroupId": "of-redis"},
            {"RemoveUserGroup": True},
            *({"CacheUsageLimits": {"DataStorage": {"Maximum": n, "Unit": "GB"}}} for n in (0, 9)),
            *({"Description": text} for text in (" ", "x")),
            *({"SnapshotRetentionLimit": days} for days in (0, 1)),
        )
    ],
    serverless,
    serverless_wish,
)


class Nodes(NamedTuple):
    count: int
    version: str
    node: str
    minor: bool


def nodes(bench: InProcess) -> Nodes:
    [cluster] = bench.aws("describe_cache_clusters")["CacheClusters"]
    return Nodes(
        cluster["NumCacheNodes"],
        cluster["EngineVersion"],
        cluster["CacheNodeType"],
        cluster["AutoMinorVersionUpgrade"],
    )


PAGES: dict[str, Any] = {"CacheClusterId": "pages", "ApplyImmediately": True}
NODES = Domain(
    nothing,
    [
        (
            "create_cache_cluster",
            {
                "CacheClusterId": "pages",
                "Engine": "memcached",
                "EngineVersion": "1.5.16",
                "CacheNodeType": SIZES[0],
                "NumCacheNodes": 1,
            },
        )
    ],
    [
        ("modify_cache_cluster", {**PAGES, **change})
        for change in (
            *({"NumCacheNodes": n} for n in (1, 2, 3)),
            {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0002"]},
            {"NumCacheNodes": 2, "CacheNodeIdsToRemove": ["0003"]},
            {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0002", "0003"]},
            *({"EngineVersion": one} for one in ("1.6.17", "1.6.22")),
            *({"CacheNodeType": one} for one in SIZES),
            *({"AutoMinorVersionUpgrade": on} for on in (True, False)),
        )
    ],
    nodes,
    lambda state: [
        build.CacheCluster(
            id="pages",
            engine="memcached",
            engine_version=state.version,
            cache_node_type=state.node,
            num_cache_nodes=state.count,
            auto_minor_version_upgrade=state.minor,
            apply_immediately=True,
        )
    ],
)


class People(NamedTuple):
    engine: str
    login: str
    passwords: int
    group: str
    members: tuple[str, ...]


def members(bench: InProcess) -> People:
    [user] = bench.aws("describe_users", UserId="app")["Users"]
    [group] = bench.aws("describe_user_groups", UserGroupId="people")["UserGroups"]
    login = user["Authentication"]
    return People(
        user["Engine"],
        login["Type"],
        login.get("PasswordCount") or 0,
        group["Engine"],
        tuple(sorted(group["UserIds"])),
    )


REFS = {1: (build.PASSWORD,), 2: (build.PASSWORD, build.OTHER_PASSWORD)}


def people_wish(state: People) -> list[Any]:
    kinds = {"no-password": "no-password-required"}
    return [
        build.user(
            engine=state.engine,
            access_string="on ~* +@all",
            authentication_mode=AuthenticationMode(
                type=kinds.get(state.login, state.login),  # type: ignore[arg-type]
                passwords=REFS.get(state.passwords),
            ),
            gates={"password-finish": "open"},
        ),
        build.user("old-default", user_name="default", engine="redis", access_string="on ~* +@all"),
        build.user_group(engine=state.group, user_ids=state.members),
    ]


def recorded(resource: Any) -> dict[str, str]:
    """The versions of the passwords that a user has, as our tag remembers them."""
    mode = getattr(resource, "authentication_mode", None)
    held = REFS.get(mode.count if mode is not None else 0, ())
    return {"secret": "+".join(build.VERSIONS[one] for one in held)} if held else {}


def some_people(bench: InProcess) -> None:
    people(bench)
    bench.settle()
    for group in ("of-valkey", "of-redis"):
        bench.aws("delete_user_group", UserGroupId=group)
        bench.settle(60)


MEMBERS = Domain(
    some_people,
    [
        ("create_user_group", {"UserGroupId": "people", "Engine": engine, "UserIds": users})
        for engine, users in (("valkey", ["app"]), ("redis", ["old-default"]))
    ],
    [
        *(
            ("modify_user", {"UserId": "app", **change})
            for change in (
                *(
                    {**engine, **login}
                    for engine, login in itertools.product(
                        ({}, {"Engine": "redis"}, {"Engine": "valkey"}),
                        (
                            {},
                            {"AuthenticationMode": {"Type": "iam"}},
                            {"AuthenticationMode": {"Type": "no-password-required"}},
                            {
                                "AuthenticationMode": {
                                    "Type": "password",
                                    "Passwords": [PASSWORD],
                                }
                            },
                            {
                                "AuthenticationMode": {
                                    "Type": "password",
                                    "Passwords": [PASSWORD, OTHER],
                                }
                            },
                        ),
                    )
                ),
            )
            if change
        ),
        *(
            ("modify_user_group", {"UserGroupId": "people", **change})
            for change in (
                *(
                    {**engine, **users}
                    for engine, users in itertools.product(
                        ({}, {"Engine": "redis"}, {"Engine": "valkey"}),
                        (
                            {},
                            *(
                                {f"UserIdsTo{way}": [one]}
                                for way in ("Add", "Remove")
                                for one in ("app", "old-default")
                            ),
                            {"UserIdsToAdd": ["app"], "UserIdsToRemove": ["old-default"]},
                            {"UserIdsToAdd": ["old-default"], "UserIdsToRemove": ["app"]},
                        ),
                    )
                ),
            )
            if change
        ),
    ],
    members,
    people_wish,
    recorded,
)
