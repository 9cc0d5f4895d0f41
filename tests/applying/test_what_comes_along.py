"""What comes along with a change and shows in no value of its own: promised when it is there."""

from __future__ import annotations

import build
import pytest
from estate import Estate
from inprocess import InProcess
from transition import carts, orders, plain

from reconciler.kind import Unreachable
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.preflight import foresee

A_WEEK_S = 8 * 24 * 3600
OWN = {"valkey7": "own-valkey7", "valkey8": "own-valkey8"}


def standing(*wishes) -> InProcess:
    """An account in which these have been brought about."""
    bench = InProcess()
    bench.secrets.put(build.PASSWORD, "a-password-of-sixteen")
    bench.secrets.put(build.TOKEN, "a-token-of-sixteen-letters")
    summary = Estate(bench, wishes).apply()
    assert (summary.failed, summary.left) == ((), ())
    bench.settle()
    return bench


def groups():
    return [
        build.parameter_group(name, cache_parameter_group_family=family, parameters=None)
        for family, name in OWN.items()
    ]


@pytest.mark.parametrize(
    ("first", "then"), [("default.valkey7", "default.valkey8"), tuple(OWN.values())]
)
def test_a_parameter_group_that_goes_with_a_version_waits_for_the_window_with_it(first, then):
    bench = standing(*groups(), orders(engine_version="7.2", cache_parameter_group_name=first))
    estate = Estate(
        bench, [*groups(), orders(engine_version="8.1", cache_parameter_group_name=then)]
    )

    summary = estate.apply()

    assert summary.failed == ()
    assert [one.why.split(" runs")[0] for one in summary.left] == [
        "waits until engine_version 8.1.0"
    ]
    bench.settle(A_WEEK_S)
    assert estate.plan().empty


def test_a_parameter_group_of_memcached_waits_with_its_version():
    bench = standing(build.cluster(engine_version="1.5.16"))
    wish = build.cluster(engine_version="1.6.22", cache_parameter_group_name="default.memcached1.6")
    estate = Estate(bench, [wish])

    assert estate.apply().failed == ()
    bench.settle(A_WEEK_S)
    assert estate.plan().empty


def test_zones_that_come_with_more_nodes_wait_for_the_window_with_them():
    bench = standing(build.cluster())
    estate = Estate(bench, [build.cluster(num_cache_nodes=4, az_mode="cross-az")])

    summary = estate.apply()

    assert summary.failed == ()
    [left] = summary.left
    assert left.why.startswith("waits until the nodes that bring cross-az are there (")
    bench.settle(A_WEEK_S)
    assert estate.plan().empty


@pytest.mark.parametrize(
    "more", [{}, {"cache_parameter_group_name": "default.valkey8"}], ids=["left out", "given"]
)
def test_what_is_brought_forward_brings_its_parameter_group(more):
    bench = standing(orders(engine_version="7.2"))
    Estate(bench, [orders(engine_version="8.1")]).apply()
    before = Estate(bench, [orders(engine_version="8.1", multi_az_enabled=True, **more)])

    [planned] = before.plan().changes
    summary = before.apply()

    assert planned.steps[-1].leaves.cache_parameter_group_name == "default.valkey8"
    assert (summary.failed, summary.left) == ((), ())
    assert before.plan().empty


def test_a_version_that_is_brought_forward_leaves_the_group_of_the_one_that_ran_behind():
    old = build.parameter_group("old", cache_parameter_group_family="redis6.x", parameters=None)
    new = build.parameter_group("new", parameters={"cluster-enabled": "yes"})
    bench = standing(old, new, plain(engine_version="6.2", cache_parameter_group_name="old"))
    shards = {"cluster_mode": "enabled", "num_node_groups": 1, "replicas_per_node_group": 1}
    wish = plain(engine="valkey", engine_version="8.1", cache_parameter_group_name="new", **shards)
    assert [one.address.id for one in Estate(bench, [old, new, wish]).apply().left] == ["orders"]
    estate = Estate(bench, [old, new, wish.model_copy(update={"multi_az_enabled": True})])

    summary = estate.apply()

    assert (summary.failed, [one.gate for one in summary.gated]) == ((), ["cluster-mode-enabled"])


@pytest.mark.parametrize(
    ("wished", "asked"),
    [
        (
            {"engine_version": "8.1"},
            Asked(now=frozenset({build.address("replication_group/orders")})),
        ),
        ({"engine_version": "8.2", "apply_immediately": True}, Asked()),
    ],
    ids=["now", "at once"],
)
def test_a_parameter_group_that_another_scheduled_does_not_come_along(wished, asked):
    ours, others = (build.parameter_group(name, parameters=None) for name in ("ours", "others"))
    named = {"cache_parameter_group_name": "ours"}
    bench = standing(ours, others, orders(engine_version="8.0", **named))
    bench.aws(
        "modify_replication_group",
        ReplicationGroupId="orders",
        EngineVersion="8.1",
        CacheParameterGroupName="others",
        ApplyImmediately=False,
    )
    estate = Estate(bench, [ours, others, orders(**named, **wished)], asked=asked)

    summary = estate.apply()

    assert (summary.failed, summary.left) == ((), ())
    assert estate.plan().empty


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("held", ["of the service", "own"])
@pytest.mark.parametrize("kind", ["replication_group", "cache_cluster"])
def test_no_parameter_group_means_that_of_the_version_that_comes(kind, held, at_once):
    family, make, first, then = {
        "replication_group": ("redis6.x", plain, "6.2", "7.0"),
        "cache_cluster": ("memcached1.5", build.cluster, "1.5.16", "1.6.22"),
    }[kind]
    own = build.parameter_group("own", cache_parameter_group_family=family, parameters=None)
    named = {"cache_parameter_group_name": "own"} if held == "own" else {}
    bench = standing(own, make(engine_version=first, **named))
    null = {"cache_parameter_group_name": None, "apply_immediately": at_once}
    estate = Estate(bench, [own, make(engine_version=then, **null)])
    facts, plan = estate.looked()

    assert not foresee(plan, facts, bench.reader()).refusals
    assert estate.apply().failed == ()
    bench.settle(A_WEEK_S)
    assert estate.plan().empty


def test_a_parameter_group_that_another_scheduled_for_memcached_does_not_come_along():
    family = {"cache_parameter_group_family": "memcached1.6", "parameters": None}
    ours, others = (build.parameter_group(name, **family) for name in ("ours", "others"))
    named = {"cache_parameter_group_name": "ours"}
    bench = standing(ours, others, build.cluster(engine_version="1.6.12", **named))
    wish = build.cluster(engine_version="1.6.22", **named)
    bench.aws(
        "modify_cache_cluster",
        CacheClusterId=wish.id,
        EngineVersion="1.6.22",
        CacheParameterGroupName="others",
        ApplyImmediately=False,
    )
    now = Asked(now=frozenset({wish.address}))
    estate = Estate(bench, [ours, others, wish], asked=now)

    assert estate.apply().failed == ()
    assert Estate(bench, [ours, others, wish]).plan().empty


def test_nodes_counted_in_all_stand_in_no_other_changes_way():
    bench = standing(orders(num_node_groups=2, replicas_per_node_group=1))
    wish = build.ReplicationGroup(
        id="orders", num_cache_clusters=4, replication_group_description="another"
    )
    estate = Estate(bench, [wish])

    assert estate.apply().failed == ()
    assert estate.plan().empty


TOPIC = build.OTHER["replication_group"]["notification_topic_arn"]
ANEW = Asked(replace=frozenset({build.address("replication_group/orders")}))


def test_what_a_replacement_changes_first_is_nobody_elses_change():
    bench = standing(orders(notification_topic_arn=TOPIC))
    wish = plain(engine="valkey", engine_version="8.1", notification_topic_arn=None)
    estate = Estate(bench, [wish], asked=ANEW)
    [planned] = estate.plan().changes

    assert "NotificationTopicStatus" in planned.steps[0].call.params
    assert estate.apply().failed == ()
    assert Estate(bench, [wish]).plan().empty


def test_a_cache_is_made_anew_in_the_minor_version_that_came_by_itself():
    first = orders(engine_version="8.0", auto_minor_version_upgrade=True)
    bench = standing(first)
    bench.aws(
        "modify_replication_group",
        ReplicationGroupId="orders",
        EngineVersion="8.2",
        ApplyImmediately=True,
    )
    bench.settle()
    wish = first.but(at_rest_encryption_enabled=False)
    estate = Estate(bench, [wish], asked=ANEW)

    summary = estate.apply()

    assert summary.failed == ()
    [made] = [call for call in bench.writes if call.operation == "create_replication_group"][1:]
    assert made.params["EngineVersion"] == "8.2"
    assert Estate(bench, [wish]).plan().empty


def test_what_is_not_ours_is_not_made_anew_whatever_is_agreed_to():
    bench = standing(orders())
    held = bench.service.tagged_resources(bench.principal)
    arn = next(arn for arn, _ in held if arn.endswith("replicationgroup:orders"))
    keys = ["reconciler:estate", "reconciler:address", "reconciler:applied"]
    bench.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=keys)
    bench.settle()

    [planned] = Estate(bench, [orders(at_rest_encryption_enabled=False)], asked=ANEW).plan().changes

    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)
    assert "adopt it as it is first" in planned.stop.way
    assert "--allow" not in planned.stop.way


@pytest.mark.parametrize("ends", ["leaves", "is deleted", "takes it"])
def test_a_user_loses_its_password_after_the_group_that_asks_for_one_let_go(ends):
    people = build.user_group(user_ids=("app", "late"))
    default = build.user("old-default", user_name="default", engine="redis")
    bench = standing(
        default, build.user(engine="redis"), build.user("late", engine="redis"), people
    )
    bare = build.AuthenticationMode(type="no-password-required")
    wishes = {
        "leaves": [people.but(user_ids=("late",))],
        "is deleted": [],
        "takes it": [people.but(engine="redis", user_ids=("app", "late", "old-default"))],
    }[ends]
    estate = Estate(
        bench,
        [
            default,
            build.user(engine="redis", authentication_mode=bare),
            build.user("late", engine="redis"),
            *wishes,
        ],
        asked=Asked(prune=True),
    )

    summary = estate.apply()

    assert (summary.failed, summary.left) == ((), ())
    assert estate.plan().empty


def test_a_new_serverless_cache_is_promised_as_describe_shows_it():
    limits = build.CacheUsageLimits(
        data_storage=build.UsageRange(maximum=50), ecpu_per_second=build.UsageRange(maximum=0)
    )
    bench = InProcess()
    estate = Estate(bench, [carts(description=" ", cache_usage_limits=limits)])
    [planned] = estate.plan().changes
    [step] = planned.steps

    assert estate.apply().failed == ()

    shown = estate.facts().observed[planned.address].resource
    for name in ("description", "cache_usage_limits"):
        assert getattr(step.leaves, name) == getattr(shown, name)


def test_a_cache_on_its_way_to_cluster_mode_is_made_with_failover():
    wish = orders(engine="redis", engine_version="7.1", cluster_mode="compatible").model_copy(
        update={"automatic_failover_enabled": None}
    )
    bench = InProcess()
    estate = Estate(bench, [wish])

    assert estate.apply().failed == ()
    assert estate.plan().empty


@pytest.mark.parametrize(
    ("shown", "wished", "reason"),
    [
        ({}, {"cache_node_type": "cache.r6gd.xlarge"}, "r6gd nodes tier"),
        (
            {"multi_az_enabled": True, "num_node_groups": 2, "cluster_mode": "enabled"},
            {"replicas_per_node_group": 0},
            "multi-AZ needs a replica",
        ),
        (
            {"engine_version": "7.2.6", "cache_parameter_group_name": "own-valkey7"},
            {"engine_version": "8.1", "cluster_mode": "enabled", "num_node_groups": 1},
            "own-valkey7 is not of family valkey8",
        ),
    ],
)
def test_what_would_be_refused_on_the_way_is_refused_before_it(shown, wished, reason):
    [planned] = plan_of(shown, {"apply_immediately": True, **wished})

    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)
    assert reason in planned.stop.reason


def plan_of(shown, wished):

    wish = build.ReplicationGroup(id="orders", **wished)
    return make_plan(KINDS, build.facts([wish], [build.shown_group(**shown)])).changes


def test_nodes_that_are_added_come_to_the_zones_that_are_written_for_them():
    zones = ("eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1a")
    spread = {"az_mode": "cross-az", "apply_immediately": True}
    bench = standing(build.cluster(preferred_availability_zones=zones[:2], **spread))
    wish = build.cluster(num_cache_nodes=4, preferred_availability_zones=zones, **spread)
    estate = Estate(bench, [wish])

    assert estate.apply().failed == ()

    [cluster] = bench.aws("describe_cache_clusters", ShowCacheNodeInfo=True)["CacheClusters"]
    assert [node["CustomerAvailabilityZone"] for node in cluster["CacheNodes"]] == [*zones]
    assert estate.plan().empty


A, B = "eu-west-1a", "eu-west-1b"
ZONES = ("az_mode", "preferred_availability_zone", "num_cache_nodes")


@pytest.mark.parametrize(
    ("zones", "wished", "shown"),
    [
        ((A,), {"num_cache_nodes": 2, "preferred_availability_zones": (A, B)}, ("cross-az", None)),
        ((A,), {"num_cache_nodes": 2, "preferred_availability_zones": (A, A)}, ("single-az", A)),
        ((A, B), {"num_cache_nodes": 1}, ("single-az", A)),
        ((A, A, B), {"num_cache_nodes": 2}, ("cross-az", None)),
        ((A, A, B), {"num_cache_nodes": 2, "az_mode": "cross-az"}, ("cross-az", None)),
    ],
    ids=["to another zone", "to the same", "to one", "to two of them", "to two as is written"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_zones_that_nobody_wrote_are_told_as_nodes_come_and_go(zones, wished, shown, at_once):
    mode = "cross-az" if len({*zones}) > 1 else "single-az"
    placed = {"preferred_availability_zones": zones, "az_mode": mode}
    bench = standing(build.cluster(num_cache_nodes=len(zones), **placed))
    estate = Estate(bench, [own_cluster(**wished, apply_immediately=at_once)])
    if not at_once:
        assert estate.apply().failed == ()
        moved = {"preferred_maintenance_window": "tue:10:00-tue:11:00", "apply_immediately": True}
        estate = Estate(bench, [own_cluster(**wished, **moved)])
    [planned] = estate.plan().changes

    assert estate.apply().failed == ()

    live = estate.facts().observed[build.cluster().address]
    assert (live.resource.az_mode, live.resource.preferred_availability_zone) == shown
    for name in ZONES:
        assert getattr(planned.steps[-1].leaves, name) == getattr(live.resource, name), name
    assert estate.plan().empty


def own_cluster(**fields):
    whole = build.cluster()
    kept = {name: getattr(whole, name) for name in ("engine", "engine_version", "cache_node_type")}
    return build.CacheCluster(id=whole.id, **kept, **fields)


def test_a_subnet_goes_once_the_node_that_stood_in_it_has_gone():
    subnets = ("subnet-0a1b2c01", "subnet-0a1b2c02", "subnet-0a1b2c03")
    bench = InProcess()
    bench.service.declare_subnets(bench.principal, dict.fromkeys(subnets, "vpc-own"))
    at_once = {"cache_subnet_group_name": "net", "apply_immediately": True}
    first = build.cluster(num_cache_nodes=3, az_mode="cross-az", **at_once)
    Estate(bench, [build.subnet_group("net", subnet_ids=subnets), first]).apply()
    [cluster] = bench.aws("describe_cache_clusters", ShowCacheNodeInfo=True)["CacheClusters"]
    [group] = [
        one
        for one in bench.aws("describe_cache_subnet_groups")["CacheSubnetGroups"]
        if one["CacheSubnetGroupName"] == "net"
    ]
    goes = cluster["CacheNodes"][-1]["CustomerAvailabilityZone"]
    left = [
        one["SubnetIdentifier"]
        for one in group["Subnets"]
        if one["SubnetAvailabilityZone"]["Name"] != goes
    ]
    estate = Estate(
        bench,
        [
            build.subnet_group("net", subnet_ids=tuple(left)),
            build.cluster(num_cache_nodes=2, **at_once),
        ],
    )

    summary = estate.apply()

    assert (summary.failed, summary.left) == ((), ())
    changes = [call.operation for call in bench.writes if call.operation.startswith("modify")]
    assert changes == ["modify_cache_cluster", "modify_cache_subnet_group"]
    assert estate.plan().empty


@pytest.mark.parametrize("at_once", [True, False])
def test_valkey_7_2_goes_back_to_redis_7_1(at_once):
    bench = standing(orders(engine_version="7.2"))
    wish = orders(engine="redis", engine_version="7.1", apply_immediately=at_once)
    estate = Estate(bench, [wish])

    summary = estate.apply()

    assert (summary.failed, summary.left) == ((), ())
    assert estate.plan().empty
    bench.settle(A_WEEK_S)
    shown = estate.facts().observed[wish.address].resource
    assert (shown.engine, shown.engine_version) == ("redis", "7.1.0")
    assert estate.plan().empty


def test_shards_are_never_given_up_for_a_snapshot_that_nothing_could_be_made_of():
    [planned] = plan_of(
        {"cluster_mode": "enabled", "num_node_groups": 3},
        {"cluster_mode": "compatible", "num_cache_clusters": 2},
    )

    assert isinstance(planned.stop, Unreachable)
    assert "--allow" not in planned.stop.way


@pytest.mark.parametrize("waits", [True, False])
def test_a_parameter_group_alone_is_there_at_once_whatever_waits_for_the_window(waits):
    wishes = [build.parameter_group(parameters=None), orders()]
    bench = InProcess(parameter_group_waits_for_window=waits)
    Estate(bench, wishes).apply()
    bench.settle()
    named = orders(cache_parameter_group_name="shop-valkey8", snapshot_retention_limit=3)
    estate = Estate(bench, [wishes[0], named])

    summary = estate.apply()

    assert (summary.failed, summary.left) == ((), ())
    assert estate.plan().empty
