"""Transitions of an estate, what it is and what is then wished: for applies that are disturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import build
from estate import Estate
from inprocess import InProcess

from reconciler.kind.asked import Asked
from reconciler.model import Address, AuthenticationMode, Resource, SecretRef
from reconciler.spec.derived import with_derived

ONE = SecretRef(store="secretsmanager", id="test/app", key="one")
TWO = SecretRef(store="secretsmanager", id="test/app", key="two")
TOKEN = build.TOKEN
OPEN = {"tls-required": "open", "auth-finish": "open", "cluster-mode-enabled": "open"}


def password(*refs: SecretRef) -> AuthenticationMode:
    return AuthenticationMode(type="password", passwords=refs)


def user(ident: str = "app", **fields: object) -> Resource:
    return build.user(ident, **{"authentication_mode": password(ONE), **fields})


def people(*ids: str, **fields: object) -> Resource:
    return build.user_group("people", user_ids=ids, **fields)


def orders(**fields: object) -> Resource:
    return build.replication_group("orders", **fields)


def carts(**fields: object) -> Resource:
    return build.serverless_cache("carts", **fields)


MANY = {
    "maxmemory-policy": "allkeys-lru",
    "timeout": "300",
    "tcp-keepalive": "60",
    "databases": "32",
}
PARAMETERS = build.parameter_group("shop-valkey8", parameters=MANY)
DEFAULT = {"engine": "redis", "user_name": "default", "access_string": "off -@all"}
PLAIN = {"engine": "redis", "engine_version": "7.1", "transit_encryption_enabled": False}
PLAIN_ORDERS = build.replication_group("orders", **PLAIN).but(transit_encryption_mode=None)


def plain(**fields: object) -> Resource:
    """A redis group without TLS: nothing is said of the mode."""
    kept = {name: getattr(PLAIN_ORDERS, name) for name in PLAIN_ORDERS.model_fields_set - {"id"}}
    kept.pop("transit_encryption_mode")
    return type(PLAIN_ORDERS)(id="orders", **{**kept, **fields})


@dataclass(frozen=True)
class Transition:
    """From ``start``, applied first, to ``end``; in between ``versions`` move, ``meddle`` acts."""

    start: tuple[Resource, ...]
    end: tuple[Resource, ...]
    versions: Mapping[SecretRef, str] = field(default_factory=dict)
    meddle: Callable[[InProcess], object] | None = None
    asked: Asked = field(default_factory=Asked)
    takes_over: tuple[Address, ...] = ()

    def prepared(self, **bench: object) -> Estate:
        """Give the estate at its start, with the end wished for and nothing sent yet."""
        made = InProcess(**bench)
        for ref in (ONE, TWO, TOKEN):
            made.secrets.put(ref, f"secret-number-{ref.key}-of-this", "v1")
        if self.start:
            Estate(made, self.start).apply()
            made.settle()
        for ref, version in self.versions.items():
            made.secrets.put(ref, f"secret-number-{ref.key}-as-{version}", version)
        if self.meddle:
            self.meddle(made)
            made.settle()
        made.writes.clear()
        made.reads.clear()
        return Estate(made, self.end, asked=self.asked)


OWN = {"parameters": {"timeout": "300", "tcp-keepalive": "60"}, "apply_immediately": True}


def derived(*wishes: Resource) -> tuple[Resource, ...]:
    """Give what a spec makes of these: with the groups that hold parameters of their own."""
    written = {one.address: one for one in wishes}
    return tuple(with_derived(written, publishes=False)[0].values())


BASE = (user(), people("app"), orders(user_group_ids=("people",)))

WHOLE = (
    user("old-default", **DEFAULT),
    user(),
    people("app"),
    people("old-default", engine="redis").but(id="older"),
    build.parameter_group("shop-valkey8"),
    orders(user_group_ids=("people",), cache_parameter_group_name="shop-valkey8"),
    build.cluster(),
)


def _scheduled(bench: InProcess) -> None:
    """Leave a newer version waiting for the maintenance window."""
    bench.aws(
        "modify_replication_group",
        ReplicationGroupId="orders",
        EngineVersion="8.1",
        ApplyImmediately=False,
    )


TRANSITIONS: dict[str, Transition] = {
    "everything is created": Transition((), (*BASE, carts(user_group_id="people"))),
    "rights are changed": Transition(
        BASE, (user(access_string="on ~app:* -@all +@write"), *BASE[1:])
    ),
    "rights are put back": Transition(
        BASE,
        BASE,
        meddle=lambda bench: bench.aws("modify_user", UserId="app", AccessString="on ~* +@all"),
    ),
    "a password is rotated": Transition(
        BASE, (user(gates={"password-finish": "open"}), *BASE[1:]), {ONE: "v2"}
    ),
    "a second password is added": Transition(
        BASE, (user(authentication_mode=password(ONE, TWO)), *BASE[1:])
    ),
    "a user joins": Transition(BASE, (BASE[0], user("late"), people("app", "late"), BASE[2])),
    "a user leaves": Transition(
        (user(), user("late"), people("app", "late"), BASE[2]),
        (user(), user("late"), people("app"), BASE[2]),
    ),
    "the default user is swapped": Transition(
        (user("old-default", **DEFAULT), people("old-default", engine="redis")),
        (
            user("old-default", **DEFAULT),
            user("new-default", **DEFAULT),
            people("new-default", engine="redis"),
        ),
    ),
    "tags are changed": Transition(
        BASE, (user(tags={"team": "shop"}), BASE[1], orders(tags={"team": "shop"}))
    ),
    "settings of a group of nodes": Transition(
        (orders(),),
        (orders(replication_group_description="other", snapshot_retention_limit=3),),
    ),
    "parameters, and a cache that has them": Transition(
        (), (orders(cache_parameter_group_name="shop-valkey8"), PARAMETERS)
    ),
    "parameters are set and put back": Transition(
        (orders(cache_parameter_group_name="shop-valkey8"), PARAMETERS),
        (
            orders(cache_parameter_group_name="shop-valkey8"),
            build.parameter_group("shop-valkey8", parameters={"timeout": "60"}),
        ),
    ),
    "nodes of memcached are taken away": Transition(
        (build.cluster(num_cache_nodes=4, apply_immediately=True),),
        (build.cluster(apply_immediately=True, auto_minor_version_upgrade=False),),
    ),
    "replicas are added": Transition((orders(),), (orders(num_cache_clusters=4),)),
    "replicas are taken away": Transition((orders(num_cache_clusters=4),), (orders(),)),
    "a larger node": Transition(
        (orders(),), (orders(cache_node_type="cache.r7g.xlarge", apply_immediately=True),)
    ),
    "a newer engine": Transition(
        (orders(engine_version="8.0"),), (orders(engine_version="8.1", apply_immediately=True),)
    ),
    "TLS is brought in": Transition(
        (plain(),),
        (plain(transit_encryption_enabled=True, transit_encryption_mode="required", gates=OPEN),),
    ),
    "a token is rotated": Transition(
        (orders(auth_token=TOKEN, gates=OPEN),),
        (orders(auth_token=TOKEN, gates=OPEN),),
        {TOKEN: "v2"},
    ),
    "a token gives way to users": Transition(
        (user(), people("app"), orders(auth_token=TOKEN)),
        (user(), people("app"), orders(user_group_ids=("people",), gates=OPEN)),
    ),
    "shards are added": Transition(
        (orders(num_node_groups=2, replicas_per_node_group=1),),
        (orders(num_node_groups=3, replicas_per_node_group=1),),
    ),
    "serverless, several fields": Transition(
        (carts(),), (carts(description="of the shop", snapshot_retention_limit=2),)
    ),
    "everything is destroyed": Transition(
        (*WHOLE, carts(user_group_id="people")), WHOLE, asked=Asked(destroy=True)
    ),
    "what the spec no longer has is pruned": Transition(
        (user(), user("late"), people("app", "late"), orders(user_group_ids=("people",)), carts()),
        (user(), people("app"), orders(user_group_ids=("people",))),
        asked=Asked(prune=True),
    ),
    "a cache is made anew": Transition(
        (user(), people("app"), orders(user_group_ids=("people",))),
        (
            user(),
            people("app"),
            orders(user_group_ids=("people",), at_rest_encryption_enabled=False),
        ),
        asked=Asked(replace=frozenset({Address("replication_group", "orders")})),
    ),
    "a serverless cache is made anew": Transition(
        (carts(),),
        (carts(network_type="dual_stack"),),
        asked=Asked(replace=frozenset({Address("serverless_cache", "carts")})),
    ),
    "what waits for its window is brought forward": Transition(
        (orders(engine_version="8.0"),),
        (orders(engine_version="8.1"),),
        meddle=_scheduled,
        asked=Asked(now=frozenset({Address("replication_group", "orders")})),
    ),
    "parameters of its own follow a cache to another family": Transition(
        derived(orders(engine="redis", engine_version="7.1", **OWN)),
        derived(orders(engine="valkey", engine_version="8.1", **OWN)),
        asked=Asked(prune=True),
    ),
    "parameters of its own follow a cache to cluster mode": Transition(
        derived(orders(engine_version="8.1", **OWN)),
        derived(orders(engine_version="8.1", cluster_mode="compatible", gates=OPEN, **OWN)),
        asked=Asked(prune=True),
    ),
    "taken over": Transition(
        (),
        (user(access_string="on ~app:* -@all +@write"),),
        meddle=lambda bench: bench.aws(
            "create_user",
            UserId="app",
            UserName="app",
            Engine="valkey",
            AccessString="on ~app:* -@all +@read",
            Passwords=["somebodys-own-password"],
        ),
        takes_over=(Address("user", "app"),),
    ),
}


def wished(*wishes: object, **bench: object) -> Estate:
    """Give an estate in a new account, with secrets to open and nothing there yet."""
    estate = Estate(InProcess(**bench), wishes)
    for ref in (ONE, TOKEN):
        estate.bench.secrets.put(ref, "a-secret-of-this-test")
    return estate
