"""More transitions: those that take several calls, gates, and other kinds' part in it."""

from __future__ import annotations

import build
from estate import Estate
from inprocess import InProcess
from transition import (
    BASE,
    DEFAULT,
    OPEN,
    PARAMETERS,
    TOKEN,
    TRANSITIONS,
    Transition,
    carts,
    orders,
    people,
    plain,
    user,
)

TOO_MANY = {
    "activedefrag": "yes",
    "active-defrag-cycle-max": "70",
    "active-defrag-cycle-min": "6",
    "active-defrag-max-scan-fields": "900",
    "active-defrag-threshold-lower": "11",
    "active-defrag-threshold-upper": "90",
    "activerehashing": "no",
    "latency-tracking": "no",
    "client-output-buffer-limit-pubsub-hard-limit": "33554431",
    "hash-max-listpack-entries": "256",
    "hash-max-listpack-value": "32",
    "hll-sparse-max-bytes": "2000",
    "min-replicas-max-lag": "11",
    "repl-backlog-ttl": "3601",
    "lfu-decay-time": "2",
    "lfu-log-factor": "9",
    "list-compress-depth": "1",
    "maxmemory-samples": "5",
    "notify-keyspace-events": "Kg",
    "set-max-intset-entries": "256",
    "slowlog-max-len": "256",
    "tcp-keepalive": "120",
    "timeout": "60",
}
SHARDED = {"num_node_groups": 1, "replicas_per_node_group": 1, "cluster_mode": "enabled"}
OTHERS = build.user_group("others", user_ids=("late",))
REDIS_ORDERS = orders(engine="redis", engine_version="7.1", user_group_ids=("people",))
OF_REDIS = build.cluster(
    engine="redis", engine_version="6.2", num_cache_nodes=1, apply_immediately=True
)


def _rotated_up_to_the_gate(bench: InProcess) -> None:
    bench.secrets.put(TOKEN, "secret-number-token-as-v2", "v2")
    assert Estate(bench, (orders(auth_token=TOKEN),)).apply().exit_code == GATED


def _one_subnet(bench: InProcess) -> None:
    bench.service.declare_subnets(
        bench.principal, dict.fromkeys(("subnet-1", "subnet-2"), "vpc-own")
    )
    Estate(bench, (build.subnet_group(subnet_ids=("subnet-1",)),)).apply()


GATED = 7

STAGED: dict[str, Transition] = {
    "TLS, from preferred to required": Transition(
        (plain(transit_encryption_enabled=True, transit_encryption_mode="preferred"),),
        (plain(transit_encryption_enabled=True, transit_encryption_mode="required", gates=OPEN),),
    ),
    "TLS, then users": Transition(
        (user(), people("app"), plain(engine="valkey", engine_version="8.1")),
        (
            user(),
            people("app"),
            plain(
                engine="valkey",
                engine_version="8.1",
                transit_encryption_enabled=True,
                transit_encryption_mode="required",
                user_group_ids=("people",),
                gates=OPEN,
            ),
        ),
    ),
    "a token is finished": Transition(
        (orders(auth_token=TOKEN),),
        (orders(auth_token=TOKEN, gates=OPEN),),
        meddle=_rotated_up_to_the_gate,
    ),
    "users give way to a token": Transition(
        BASE, (user(), people("app"), orders(auth_token=TOKEN, user_group_ids=(), gates=OPEN))
    ),
    "a token where there was no login": Transition(
        (orders(),), (orders(auth_token=TOKEN, gates=OPEN),)
    ),
    "users are let in no more": Transition(BASE, (*BASE[:2], orders(user_group_ids=()))),
    "one group of users gives way to another": Transition(
        (*BASE, user("late"), OTHERS),
        (*BASE[:2], user("late"), OTHERS, orders(user_group_ids=("others",))),
    ),
    "cluster mode is brought in": Transition((orders(),), (orders(**SHARDED, gates=OPEN),)),
    "cluster mode, taken back half way": Transition(
        (orders(),),
        (orders(cluster_mode="disabled"),),
        meddle=lambda bench: bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ClusterMode="compatible",
            ApplyImmediately=True,
        ),
    ),
    "redis becomes valkey": Transition(
        (plain(),),
        (plain(engine="valkey", engine_version="8.1", apply_immediately=True),),
    ),
    "redis becomes valkey with its users": Transition(
        (user("old-default", **DEFAULT), people("old-default", engine="redis"), REDIS_ORDERS),
        (
            user("old-default", **DEFAULT),
            user(),
            people("app", "old-default"),
            orders(user_group_ids=("people",), apply_immediately=True),
        ),
    ),
    "everything at once": Transition(
        (user(), people("app"), plain()),
        (
            user(),
            people("app"),
            orders(
                num_node_groups=2,
                replicas_per_node_group=1,
                cluster_mode="enabled",
                multi_az_enabled=True,
                cache_node_type="cache.r7g.xlarge",
                user_group_ids=("people",),
                snapshot_retention_limit=3,
                gates=OPEN,
                apply_immediately=True,
            ),
        ),
    ),
    "a smaller node": Transition(
        (orders(cache_node_type="cache.r7g.2xlarge"),), (orders(apply_immediately=True),)
    ),
    "a larger node, in its window": Transition(
        (orders(),), (orders(cache_node_type="cache.r7g.xlarge"),)
    ),
    "shards are taken away": Transition(
        (orders(num_node_groups=3, replicas_per_node_group=1),),
        (orders(num_node_groups=1, replicas_per_node_group=1),),
    ),
    "replicas of shards": Transition(
        (orders(num_node_groups=2, replicas_per_node_group=1),),
        (orders(num_node_groups=2, replicas_per_node_group=2, multi_az_enabled=True),),
    ),
    "the last replica goes, and failover": Transition(
        (orders(multi_az_enabled=True),),
        (orders(num_cache_clusters=1, automatic_failover_enabled=False, multi_az_enabled=False),),
    ),
    "failover and zones are brought in": Transition(
        (orders(num_cache_clusters=1, automatic_failover_enabled=False),),
        (orders(multi_az_enabled=True),),
    ),
    "serverless, engine and users": Transition(
        (user(), people("app"), carts(engine="redis", major_engine_version="7")),
        (user(), people("app"), carts(user_group_id="people", gates={"auth-finish": "open"})),
    ),
    "serverless, limits and no users": Transition(
        (user(), people("app"), carts(user_group_id="people", cache_usage_limits=build.LIMITS)),
        (user(), people("app"), carts(user_group_id=None, cache_usage_limits=None)),
    ),
    "subnets of a group": Transition(
        (), (build.subnet_group(cache_subnet_group_description="more"),), meddle=_one_subnet
    ),
    "more parameters than one call takes": Transition(
        (PARAMETERS,), (build.parameter_group("shop-valkey8", parameters=TOO_MANY),)
    ),
    "a cluster of redis, node and version": Transition(
        (OF_REDIS,),
        (OF_REDIS.but(cache_node_type="cache.t4g.medium", engine_version="7.1"),),
    ),
    "nodes of memcached in several zones": Transition(
        (build.cluster(apply_immediately=True),),
        (build.cluster(num_cache_nodes=3, az_mode="cross-az", apply_immediately=True),),
    ),
    "a password gives way to IAM": Transition(
        BASE, (user(authentication_mode=build.AuthenticationMode(type="iam")), *BASE[1:])
    ),
}
EVERY = TRANSITIONS | STAGED
