"""Cache clusters: nodes come and go, some changes wait for the window, members are none of it."""

from __future__ import annotations

import build
import pytest
from estate import Estate, sent
from inprocess import InProcess

from reconciler.kind import Endpoint, Impact, Pending, Unreachable, Wait
from reconciler.model import ScaleConfig
from reconciler.output import outputs
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["cache_cluster"]


def plan(desired, shown, **live):
    facts = build.facts([desired], [build.live(shown, **live)])
    before = facts.observed[shown.address].effective
    return unfold(KIND, before, complete(KIND, desired, before, facts), facts)


def wish(**fields):
    return build.CacheCluster(id="pages", **fields)


def params(step):
    kept = dict(step.call.params)
    del kept["CacheClusterId"]
    return kept


def redis(**fields):
    return build.shown_cluster(
        **{
            "engine": "redis",
            "engine_version": "6.2.6",
            "num_cache_nodes": 1,
            "az_mode": None,
            "cache_parameter_group_name": "default.redis6.x",
            **fields,
        }
    )


def test_nodes_that_come_to_stand_in_several_zones_have_no_one_zone_any_more():
    desired = wish(az_mode="cross-az", num_cache_nodes=3, apply_immediately=True)

    [step], stop = plan(desired, build.shown_cluster())

    assert stop is None
    assert step.leaves.preferred_availability_zone is None


def test_back_from_an_own_parameter_group_the_services_is_named_in_the_call():
    own = redis(cache_parameter_group_name="own-redis6x")
    desired = wish(engine_version="7.1", cache_parameter_group_name="default.redis7")

    [step], _ = plan(desired, own)

    assert params(step)["CacheParameterGroupName"] == "default.redis7"


def test_the_newest_nodes_go_and_are_named():
    [step], _ = plan(
        wish(num_cache_nodes=2, apply_immediately=True), build.shown_cluster(num_cache_nodes=4)
    )

    assert params(step) == {
        "NumCacheNodes": 2,
        "CacheNodeIdsToRemove": ["0003", "0004"],
        "ApplyImmediately": True,
    }
    assert step.impact is Impact.INTERRUPTION
    assert step.lines == ("nodes that go: 0003, 0004",)


def test_nodes_that_come_cut_nobody_off():
    [step], _ = plan(wish(num_cache_nodes=5), build.shown_cluster())

    assert params(step) == {"NumCacheNodes": 5, "ApplyImmediately": False}
    assert step.impact is Impact.NONE
    assert step.when.startswith("in the maintenance window")


def test_a_number_that_waits_is_taken_back_before_another_is_asked_for():
    steps, _ = plan(
        wish(num_cache_nodes=5),
        build.shown_cluster(),
        pending=(Pending("num_cache_nodes", 3, "sun:03:00-sun:04:00"),),
    )

    assert [params(step)["NumCacheNodes"] for step in steps] == [2, 5]


def test_a_number_that_waits_and_is_wished_needs_nothing():
    steps, stop = plan(
        wish(num_cache_nodes=3),
        build.shown_cluster(),
        pending=(Pending("num_cache_nodes", 3, "sun:03:00-sun:04:00"),),
    )

    assert (steps, stop) == ((), None)


def test_a_cluster_spreads_over_zones_as_it_grows_and_only_then():
    shown = build.shown_cluster()

    [step], _ = plan(wish(az_mode="cross-az", num_cache_nodes=4), shown)
    nothing, stop = plan(wish(az_mode="cross-az"), shown)

    assert params(step)["AZMode"] == "cross-az"
    assert nothing == ()
    assert isinstance(stop, Unreachable)


def test_settings_wait_for_nothing_and_go_in_one_call():
    [step], _ = plan(
        wish(auto_minor_version_upgrade=False, preferred_maintenance_window="mon:05:00-mon:06:00"),
        build.shown_cluster(),
    )

    assert params(step) == {
        "AutoMinorVersionUpgrade": False,
        "PreferredMaintenanceWindow": "mon:05:00-mon:06:00",
        "ApplyImmediately": False,
    }
    assert step.when == "now"


def test_a_topic_is_switched_off_for_there_is_no_way_to_send_none():
    [step], _ = plan(
        wish(notification_topic_arn=None), build.shown_cluster(notification_topic_arn="arn:t")
    )

    assert params(step)["NotificationTopicArn"] == "arn:t"
    assert params(step)["NotificationTopicStatus"] == "inactive"


def test_what_is_made_at_once_brings_forward_what_waits_and_says_so():
    [step], _ = plan(
        wish(cache_parameter_group_name="pages-own"),
        build.shown_cluster(),
        pending=(Pending("num_cache_nodes", 3, "sun:03:00-sun:04:00"),),
    )

    assert params(step)["ApplyImmediately"] is True
    assert step.lines == ("brings forward: num_cache_nodes 3",)
    assert step.impact is Impact.INTERRUPTION


def test_a_version_takes_the_families_own_parameter_group_with_it():
    [step], _ = plan(wish(engine_version="7.1"), redis())

    assert params(step) == {"EngineVersion": "7.1", "ApplyImmediately": False}
    assert step.leaves.cache_parameter_group_name == "default.redis7"


def test_another_parameter_group_of_another_family_has_to_be_named():
    own = redis(cache_parameter_group_name="pages-redis6")

    _, stop = plan(wish(engine_version="7.1"), own)
    [step], _ = plan(wish(engine_version="7.1", cache_parameter_group_name="pages-redis7"), own)

    assert isinstance(stop, Unreachable)
    assert "redis7" in stop.reason
    assert params(step)["CacheParameterGroupName"] == "pages-redis7"


def test_a_parameter_group_that_went_with_a_version_is_waited_for():
    steps, stop = plan(
        wish(engine_version="7.1", cache_parameter_group_name="pages-redis7"),
        redis(),
        pending=(Pending("engine_version", "7.1.0", "sun:03:00-sun:04:00"),),
    )

    assert steps == ()
    assert isinstance(stop, Wait)


@pytest.mark.parametrize(
    ("shown", "fields"),
    [
        pytest.param(
            build.shown_cluster(auto_minor_version_upgrade=False),
            {"engine_version": "1.5.16"},
            id="an older version",
        ),
        pytest.param(
            build.shown_cluster(engine_version="1.4.34"),
            {"cache_node_type": "cache.m7g.large"},
            id="machine of an old one",
        ),
        pytest.param(build.shown_cluster(), {"engine": "redis"}, id="another engine"),
        pytest.param(build.shown_cluster(), {"port": 12000}, id="another port"),
    ],
)
def test_what_only_a_new_one_would_have_is_refused(shown, fields):
    steps, stop = plan(wish(**fields), shown)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert stop.replace
    assert "new id" in stop.way


def test_redis_has_one_node():
    _, stop = plan(wish(num_cache_nodes=2), redis())

    assert isinstance(stop, Unreachable)
    assert "replication group" in stop.way


def test_members_of_replication_groups_are_none_of_this_kind():
    estate = Estate(InProcess(), [build.replication_group(), build.cluster()])
    assert estate.apply().failed == ()
    estate.bench.settle()

    seen = estate.facts().observed

    assert [str(one) for one in seen if one.kind == "cache_cluster"] == ["cache_cluster/pages"]
    assert estate.plan().unmanaged == ()


def test_where_there_is_none_one_look_is_all_it_takes():
    estate = Estate(InProcess(), [build.replication_group()])
    estate.apply()
    estate.bench.settle()
    estate.bench.reads.clear()

    estate.facts()

    assert estate.bench.reads["describe_cache_clusters"] == 1


def test_in_the_window_it_becomes_what_was_asked_and_is_not_asked_twice():
    bench = InProcess()
    Estate(bench, [build.cluster(num_cache_nodes=3)]).apply()
    bench.settle()
    estate = Estate(bench, [build.cluster(num_cache_nodes=2)])
    bench.writes.clear()

    assert estate.apply().failed == ()
    assert estate.apply().writes == 0
    bench.settle(8 * 24 * 3600)

    assert sent(bench, tags=False) == ["ModifyCacheCluster"]
    assert estate.facts().observed[build.address("cache_cluster/pages")].resource == (
        estate.facts().observed[build.address("cache_cluster/pages")].effective
    )
    assert estate.plan().empty


def test_clients_are_told_where_it_answers():
    wished = build.cluster()
    live = build.live(
        build.shown_cluster(),
        endpoints=(
            Endpoint("configuration", "pages.cfg.cache.amazonaws.com", 11211, tls=False),
            Endpoint("node", "pages.0001.cache.amazonaws.com", 11211, tls=False, node="0001"),
        ),
    )

    [found] = outputs({wished.address: wished}, {wished.address: live})

    assert [one.role for one in found.endpoints] == ["configuration"]
    assert (found.tls, found.auth) == (False, "none")


def test_memcached_moves_to_another_machine_some_nodes_at_a_time():
    desired = wish(
        cache_node_type="cache.m7g.large",
        scale_config=ScaleConfig(scale_percentage=50, scale_interval_minutes=10),
        apply_immediately=True,
    )

    [step], stop = plan(desired, build.shown_cluster())

    assert stop is None
    assert params(step) == {
        "CacheNodeType": "cache.m7g.large",
        "ScaleConfig": {"ScalePercentage": 50, "ScaleIntervalMinutes": 10},
        "ApplyImmediately": True,
    }
    assert step.impact is Impact.INTERRUPTION
    assert "50% of the nodes" in step.impact_text


def test_a_pace_alone_is_nothing_to_do():
    pace = ScaleConfig(scale_percentage=50)

    assert plan(wish(scale_config=pace), build.shown_cluster()) == ((), None)


@pytest.mark.parametrize("in_place", [True, False])
def test_memcacheds_machine_changes_where_the_service_has_such_a_move(in_place):
    bench = InProcess(memcached_scales_in_place=in_place)
    assert Estate(bench, [build.cluster()]).apply().failed == ()
    wished = Estate(
        bench, [build.cluster(cache_node_type="cache.m7g.large", apply_immediately=True)]
    )

    failed = wished.apply().failed

    assert bool(failed) is not in_place
    if in_place:
        assert wished.plan().empty
    else:
        assert "can't be modified" in failed[0].reason


def test_windows_that_would_meet_are_refused_before_anything_is_sent():
    shown = redis(snapshot_window="01:00-02:00")

    steps, stop = plan(wish(preferred_maintenance_window="mon:01:30-mon:02:30"), shown)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "apart" in stop.way
