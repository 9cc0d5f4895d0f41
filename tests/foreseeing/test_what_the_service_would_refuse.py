"""Refusals are found by reading, before the first write; each is one that the service gives."""

from __future__ import annotations

import build
import pytest
from estate import Estate

from reconciler.errors import AwsError
from reconciler.kind.asked import Asked
from reconciler.model import AuthenticationMode
from reconciler.plan import Replace
from reconciler.preflight import foresee

DENIED = AwsError("elasticache", "Any", "AccessDenied", "no", status=403)


def text_of(found) -> str:
    return " ".join(text for texts in found.refusals.values() for text in texts)


def test_a_node_type_that_the_cache_may_not_move_to(ahead):
    there = ahead().standing(build.cluster())
    wished = build.cluster(cache_node_type="cache.r6gd.xlarge")

    found = there.of(wished)

    assert "cache.t4g.small can't become cache.r6gd.xlarge" in text_of(found)
    assert there.applied(wished).failed


def test_node_types_near_to_the_wished_one_are_named_first(ahead):
    there = ahead().standing(build.cluster())

    found = there.of(build.cluster(cache_node_type="cache.r6gd.xlarge"))

    assert "the service allows cache.r7g.xlarge, cache.r6g.xlarge, cache.r5" in text_of(found)


def test_whether_a_node_type_is_allowed_is_not_known_where_the_version_changes_as_well(ahead):
    redis = build.cluster(engine="redis", engine_version="6.2", num_cache_nodes=1)
    there = ahead().standing(redis)

    found = there.of(redis.but(engine_version="7.1", cache_node_type="cache.r6gd.xlarge"))

    assert not found.refusals
    assert any("cache.r6gd.xlarge once its version has changed" in one for one in found.notes)


def test_whether_a_node_type_is_allowed_is_not_known_without_the_right_to_ask(ahead):
    there = ahead().standing(build.cluster())
    there.silent("list_allowed_node_type_modifications", DENIED)

    found = there.of(build.cluster(cache_node_type="cache.r6gd.xlarge"))

    assert not found.refusals
    assert any("not known: whether cache.t4g.small may become" in one for one in found.notes)


def test_a_version_that_is_not_offered(ahead):
    wished = build.replication_group(engine_version="8.7")

    found = ahead().of(wished)

    assert "valkey 8.7 is not offered in eu-west-1; offered: 7.2, 8.0, 8.1" in text_of(found)


@pytest.mark.parametrize(
    ("engine", "version"), [("valkey", "8.1"), ("redis", "6.x"), ("redis", "6.2"), ("redis", "7.1")]
)
def test_a_version_that_is_offered_in_the_precision_written(ahead, engine, version):
    assert not ahead().of(build.replication_group(engine=engine, engine_version=version)).refusals


def test_a_parameter_group_of_another_family(ahead):
    there = ahead().standing(build.replication_group())
    there.bench.aws(
        "create_cache_parameter_group",
        CacheParameterGroupName="theirs",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )
    wished = build.replication_group(cache_parameter_group_name="theirs")

    found = there.of(wished)

    assert "theirs is of the family redis7; valkey 8.1.0 needs one of valkey8" in text_of(found)
    assert there.applied(wished).failed


def test_something_of_others_that_is_not_there(ahead):
    wished = build.replication_group(cache_parameter_group_name="nobodys")

    found = ahead().of(wished)

    assert "names the cache parameter group nobodys, which is not in this account" in text_of(found)


def test_what_a_role_that_is_there_names_by_arn_is_not_missing(ahead):
    wished = (
        build.user(authentication_mode=AuthenticationMode(type="iam")),
        build.user_group(),
        build.replication_group(user_group_ids=("people",)),
        build.role(),
    )
    there = ahead().standing(*wished)
    tags = ["reconciler:estate", "reconciler:address"]
    there.bench.answer("iam", "untag_role", {"RoleName": "orders-client", "TagKeys": tags})

    assert text_of(there.of(*wished)) == ""


def test_a_snapshot_that_is_not_there(ahead):
    wished = build.replication_group(snapshot_name="old")

    there = ahead()

    assert "the snapshot old, which it is to be filled from, is not there" in text_of(
        there.of(wished)
    )
    assert there.applied(wished).failed


def test_a_snapshot_that_is_still_being_taken(ahead):
    there = ahead().standing(build.replication_group())
    there.bench.aws("create_snapshot", ReplicationGroupId="orders", SnapshotName="fresh")
    wished = build.replication_group("copy", snapshot_name="fresh")

    assert "the snapshot fresh is creating" in text_of(there.of(build.replication_group(), wished))

    there.bench.settle()
    assert not there.of(build.replication_group(), wished).refusals


def iam(ident: str):
    return build.user(ident, engine="redis", authentication_mode=AuthenticationMode(type="iam"))


def default_user():
    return build.user("nobody", engine="redis", user_name="default")


def redis_group(*users: str):
    return build.user_group(engine="redis", user_ids=users)


def test_users_by_iam_on_a_cache_that_runs_too_old_a_version(ahead):
    cache = build.replication_group(engine="redis", engine_version="6.2")
    there = ahead().standing(cache)
    # The spec leaves the version out, so only the account knows it.
    unsaid = build.replication_group(engine="redis", engine_version=None).but()
    wished = type(unsaid)(
        **{
            name: getattr(unsaid, name)
            for name in unsaid.model_fields_set - {"engine_version"}
        },
        user_group_ids=("people",),
    )  # fmt: skip

    found = there.of(default_user(), iam("app"), redis_group("nobody", "app"), wished)

    assert "app of people would log in by IAM, which needs redis 7.0 or later" in text_of(found)


def test_two_users_of_one_name_where_one_is_somebody_elses(ahead):
    there = ahead()
    there.bench.aws(
        "create_user", UserId="theirs", UserName="app", Engine="valkey", AccessString="off",
        AuthenticationMode={"Type": "iam"} | {"Type": "password", "Passwords": ["x" * 20]},
    )  # fmt: skip
    wished = [build.user("app"), build.user_group(user_ids=("app", "theirs"))]

    found = there.of(*wished)

    assert 'app and theirs both log in as "app"' in text_of(found)
    assert there.applied(*wished).failed


def test_a_user_group_on_a_cache_without_tls(ahead):
    plain = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
    there = ahead().standing(build.replication_group(**plain))
    cache = build.replication_group(**plain, user_group_ids=("people",))

    found = there.of(build.user(), build.user_group(), cache)

    assert "needs TLS, and it is off" in text_of(found)


def test_users_by_iam_are_taken_by_every_version_that_knows_them(ahead):
    by_iam = build.user("app", authentication_mode=AuthenticationMode(type="iam"))
    cache = build.replication_group(user_group_ids=("people",))

    assert not ahead().of(by_iam, build.user_group(), cache).refusals


def test_a_group_of_redis_without_its_user_default(ahead):
    there, wished = ahead(), (iam("app"), redis_group("app"))

    assert "needs a user whose user_name is default" in text_of(there.of(*wished))
    assert there.applied(*wished).failed


def test_a_group_of_valkey_with_a_user_that_needs_no_password(ahead):
    bare = AuthenticationMode(type="no-password-required")
    there, wished = ahead(), (build.user("app", authentication_mode=bare), build.user_group())

    assert "takes no user without a password: app" in text_of(there.of(*wished))
    assert there.applied(*wished).failed


def test_a_group_of_redis_with_its_user_default(ahead):
    assert not ahead().of(default_user(), iam("app"), redis_group("nobody", "app")).refusals


def test_a_snapshot_of_a_serverless_cache_that_is_not_there(ahead):
    found = ahead().of(build.replication_group(serverless_cache_snapshot_name="gone"))

    assert "the snapshot gone, which it is to be filled from, is not there" in text_of(found)


NET = ("subnet-0a1b2c01", "subnet-0a1b2c02", "subnet-0a1b2c03")


def net(*subnets, ident="net"):
    return build.subnet_group(ident, subnet_ids=subnets)


def placed(ahead, *others):
    there = ahead()
    there.bench.service.declare_subnets(there.bench.principal, dict.fromkeys(NET, "vpc-own"))
    cache = build.cluster(cache_subnet_group_name="net", num_cache_nodes=1)
    return there.standing(net(*NET[:2]), cache, *others), cache


def test_the_last_subnet_of_a_zone_in_which_a_node_stands(ahead):
    there, cache = placed(ahead)
    [node] = there.bench.aws("describe_cache_clusters")["CacheClusters"]
    [group] = [
        one
        for one in there.bench.aws("describe_cache_subnet_groups")["CacheSubnetGroups"]
        if one["CacheSubnetGroupName"] == "net"
    ]
    zones = {
        one["SubnetIdentifier"]: one["SubnetAvailabilityZone"]["Name"] for one in group["Subnets"]
    }
    held, free = sorted(zones, key=lambda one: zones[one] != node["PreferredAvailabilityZone"])

    found = there.of(net(free), cache)

    assert f"a node of pages stands in {zones[held]}" in text_of(found)
    assert not there.of(net(held), cache).refusals


def test_where_a_new_subnet_stands_is_not_known_unless_some_group_has_it(ahead):
    there, cache = placed(ahead)

    found = there.of(net(NET[2]), cache)

    assert not found.refusals
    assert any(f"not known: whether {NET[2]} stands in" in one for one in found.notes)
    there.standing(net(*NET[:2]), cache, net(NET[2], ident="another"))
    found = there.of(net(NET[2]), cache)
    assert not any(f"whether {NET[2]}" in one for one in found.notes)


def test_a_snapshot_that_a_serverless_cache_is_filled_from_and_that_is_not_whole(ahead):
    there = ahead().standing(build.serverless_cache("old"))
    arn = "arn:aws:elasticache:eu-west-1:123456789012:serverlesscachesnapshot:night"
    wish = build.serverless_cache(snapshot_arns_to_restore=(arn,))
    assert "the snapshot night, which it is to be filled from, is not" in text_of(there.of(wish))
    there.bench.aws(
        "create_serverless_cache_snapshot",
        ServerlessCacheName="old",
        ServerlessCacheSnapshotName="night",
    )

    making = there.of(wish)
    there.bench.settle()

    assert "the snapshot night is creating" in text_of(making)
    assert not there.of(wish).refusals


def test_a_parameter_group_for_another_version_than_the_service_takes_by_itself(ahead):
    wish = build.ReplicationGroup(
        id="orders",
        replication_group_description="d",
        engine="valkey",
        cache_node_type="cache.r7g.large",
        num_cache_clusters=2,
        cache_parameter_group_name="default.valkey7",
    )

    found = ahead().of(wish)

    assert "which the service takes where engine_version is left out" in text_of(found)
    assert ahead().applied(wish).failed


def test_a_parameter_group_without_cluster_mode_for_a_cache_in_it(ahead):
    group = build.parameter_group(parameters=None)
    wish = build.replication_group(
        num_node_groups=2, replicas_per_node_group=1, cache_parameter_group_name=group.id
    )
    flat = build.replication_group(cache_parameter_group_name=group.id, cluster_mode="disabled")

    assert "says cluster-enabled: no; cluster_mode enabled needs" in text_of(
        ahead().of(group, wish)
    )
    assert ahead().applied(group, wish).failed
    clustered = group.but(parameters={"cluster-enabled": "yes"})
    assert not ahead().of(clustered, wish).refusals
    assert not ahead().applied(clustered, wish).failed
    assert "says cluster-enabled: yes; cluster_mode disabled" in text_of(
        ahead().of(clustered, flat)
    )
    assert ahead().applied(clustered, flat).failed


@pytest.mark.parametrize("engine", ["valkey", "redis"])
def test_failover_off_with_a_parameter_group_that_brings_cluster_mode(ahead, engine):
    family, version = {"valkey": ("valkey8", "8.1"), "redis": ("redis7", "7.1")}[engine]
    group = build.parameter_group(
        cache_parameter_group_family=family, parameters={"cluster-enabled": "yes"}
    )
    named = {"engine": engine, "engine_version": version, "cache_parameter_group_name": group.id}
    alone = build.ReplicationGroup(
        id="orders",
        replication_group_description="d",
        cache_node_type="cache.r7g.large",
        num_node_groups=1,
        **named,
    )
    off = alone.model_copy(update={"automatic_failover_enabled": False})

    assert "cluster mode can't be without failover" in text_of(ahead().of(group, off))
    assert ahead().applied(group, off).failed
    assert not ahead().of(group, alone).refusals
    assert not ahead().applied(group, alone).failed


def test_tls_that_is_preferred_where_what_is_made_anew_takes_an_old_version_along(ahead):
    old = {"engine": "redis", "transit_encryption_enabled": True, "num_node_groups": 1}
    standing = {**old, "engine_version": "6.2", "cluster_mode": "enabled"}
    there = ahead().standing(build.replication_group(num_cache_clusters=None, **standing))
    made = {name: it for name, it in standing.items() if name != "engine_version"}
    wish = build.ReplicationGroup(
        id="orders",
        replication_group_description="d",
        cache_node_type="cache.r7g.large",
        transit_encryption_mode="preferred",
        **made,
    )
    told = []
    for one in (wish, wish.model_copy(update={"engine_version": "7.1"})):
        asked = Asked(replace=frozenset({wish.address}))
        facts, plan = Estate(there.bench, (one,), asked=asked).looked()
        assert isinstance(plan.changes[0].change, Replace)
        told.append(text_of(foresee(plan, facts, there.bench.reader())))

    assert "preferred needs engine version 7.0.5" in told[0]
    assert told[1] == ""


def test_whether_a_group_of_redis_takes_users_of_valkey_is_not_known(ahead):
    default = build.user("default-user", user_name="default", engine="redis")
    group = build.user_group(engine="redis", user_ids=("app", "default-user"))
    wishes = [default, build.user(), group]

    found = ahead().of(*wishes)

    assert any("whether a group of redis takes users of valkey (app)" in one for one in found.notes)
    assert ahead().applied(*wishes).failed
    assert not ahead(redis_group_takes_valkey_users=True).applied(*wishes).failed


def test_a_serverless_cache_of_memcached_that_has_the_name(ahead):
    there = ahead()
    there.bench.aws("create_serverless_cache", ServerlessCacheName="carts", Engine="memcached")
    there.bench.settle()

    found = there.of(build.serverless_cache("carts"))

    assert "a serverless cache of memcached has this name" in text_of(found)


def test_of_a_parameter_group_that_others_keep_its_mode_is_not_known(ahead):
    there = ahead()
    there.bench.aws(
        "create_cache_parameter_group",
        CacheParameterGroupName="theirs",
        CacheParameterGroupFamily="valkey8",
        Description="theirs",
    )

    found = there.of(
        build.replication_group(num_node_groups=2, cache_parameter_group_name="theirs")
    )

    assert not found.refusals
