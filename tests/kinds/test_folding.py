"""What the service answers in other words than it was told, and what it does by itself."""

from __future__ import annotations

import build
import pytest

from reconciler.model import AuthenticationMode, CacheUsageLimits, UsageRange
from reconciler.planning.complete import complete
from reconciler.planning.diff import field_changes


def changed(desired, shown, **more):
    """The fields that a plan would name."""
    kind = build.KIND[desired.kind]
    facts = build.facts([desired], [shown], **more)
    before = facts.observed[shown.address].effective
    after = complete(kind, desired, before, facts)
    return [change.field for change in field_changes(kind, before, after, desired)]


@pytest.mark.parametrize(
    ("written", "runs", "auto", "same"),
    [
        pytest.param("8", "8.1.0", False, True, id="a major covers its minors"),
        pytest.param("8.1", "8.1.3", False, True, id="a minor covers its patches"),
        pytest.param("8.1.3", "8.1.3", False, True, id="a patch is itself"),
        pytest.param(
            "8.1", "8.2.0", True, True, id="a newer minor that was asked to come by itself"
        ),
        pytest.param("8.1", "8.2.0", False, False, id="a newer minor that was not"),
        pytest.param("8.2", "8.1.0", True, False, id="an older minor"),
        pytest.param("8.1", "9.0.0", True, False, id="a newer major"),
        pytest.param("7.1", "7.10.1", False, False, id="7.10 is not 7.1"),
        pytest.param("6.x", "6.0.5", False, True, id="the wildcard covers 6.0"),
        pytest.param("6.x", "6.2.6", False, True, id="the wildcard covers 6.2"),
        pytest.param("6.x", "7.0.7", False, False, id="the wildcard ends at its major"),
    ],
)
def test_a_version_is_compared_in_the_precision_written(written, runs, auto, same):
    shown = build.shown_group(engine_version=runs, auto_minor_version_upgrade=auto)
    desired = build.ReplicationGroup(id="orders", engine_version=written)

    assert (changed(desired, shown) == []) is same


@pytest.mark.parametrize("kind", ["replication_group", "serverless_cache"])
@pytest.mark.parametrize(
    ("written", "same"),
    [
        pytest.param("1234abcd-12ab-34cd-56ef-1234567890ab", True, id="the key's id"),
        pytest.param(build.KEY_ARN, True, id="its ARN"),
        pytest.param("ffff0000-12ab-34cd-56ef-1234567890ab", False, id="another key"),
    ],
)
def test_a_key_id_is_the_key_of_that_arn(kind, written, same):
    shown = build.SHOWN[kind]
    desired = type(shown)(id=shown.id, kms_key_id=written)

    assert (changed(desired, shown) == []) is same


def test_ids_are_folded_to_lower_case_and_their_order_means_nothing():
    shown = build.user_group(user_ids=("app", "report"))
    desired = build.UserGroup(id="People", engine="VALKEY", user_ids=["Report", "APP", "app"])

    assert changed(desired, shown) == []


def test_windows_are_folded_to_lower_case():
    desired = build.ReplicationGroup(
        id="orders", preferred_maintenance_window="Sun:03:00-SUN:04:00"
    )

    assert changed(desired, build.shown_group()) == []


@pytest.mark.parametrize("field", ["snapshot_window", "preferred_maintenance_window", "port"])
def test_null_leaves_what_the_service_chose(field):
    desired = build.ReplicationGroup(id="orders", **{field: None})

    assert changed(desired, build.shown_group()) == []


def test_a_port_behind_loopback_is_a_tunnels_and_says_nothing():
    desired = build.ReplicationGroup(id="orders", port=6379)

    assert changed(desired, build.shown_group(port=None)) == []


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(CacheUsageLimits(), id="nothing said"),
        pytest.param(CacheUsageLimits(data_storage=UsageRange()), id="an empty range"),
        pytest.param(
            CacheUsageLimits(
                data_storage=UsageRange(maximum=0, unit="GB"), ecpu_per_second=UsageRange(maximum=0)
            ),
            id="zero removes a limit",
        ),
    ],
)
def test_limits_that_limit_nothing_are_none(limits):
    desired = build.ServerlessCache(id="carts", cache_usage_limits=limits)

    assert changed(desired, build.shown_serverless()) == []


def test_a_limit_in_gigabytes_needs_no_unit():
    limits = CacheUsageLimits(data_storage=UsageRange(maximum=50))
    shown = build.shown_serverless(
        cache_usage_limits=CacheUsageLimits(data_storage=UsageRange(maximum=50, unit="GB"))
    )
    desired = build.ServerlessCache(id="carts", cache_usage_limits=limits)

    assert changed(desired, shown) == []


@pytest.mark.parametrize("text", ["", " "])
def test_a_blank_description_is_none(text):
    desired = build.ServerlessCache(id="carts", description=text)

    assert changed(desired, build.shown_serverless()) == []


def test_blanks_around_a_description_are_no_difference():
    shown = build.shown_serverless(description=" carts ")
    desired = build.ServerlessCache(id="carts", description="carts")

    assert changed(desired, shown) == []


def test_a_parameter_that_the_family_says_by_itself_need_not_be_set():
    shown = build.shown_parameter_group(parameters={"maxmemory-policy": "allkeys-lru"})
    desired = build.CacheParameterGroup(
        id=shown.id, parameters={"maxmemory-policy": "allkeys-lru", "timeout": "0"}
    )

    assert changed(desired, shown) == []
    assert changed(desired.but(parameters={"timeout": "0"}), shown) == ["parameters"]


def test_a_parameter_that_is_set_to_what_the_family_says_is_left_so():
    shown = build.shown_parameter_group(parameters={"timeout": "0"})
    desired = build.CacheParameterGroup(id=shown.id, parameters={"timeout": "0"})

    assert changed(desired, shown) == []


def test_a_serverless_version_is_its_major():
    desired = build.ServerlessCache(id="carts", major_engine_version="8.1")

    assert changed(desired, build.shown_serverless()) == []


def test_passwords_are_compared_by_how_many_and_by_their_version():
    shown = build.shown_user(marks={"secret": "v1"})

    assert changed(build.user(), shown) == []
    assert changed(build.user(), build.shown_user(marks={"secret": "v0"})) == ["passwords"]
    assert changed(build.user(), build.shown_user()) == ["passwords"]


def test_a_password_that_somebody_else_rotates_is_not_ours_to_compare():
    two = AuthenticationMode(type="password", password_count=2)
    desired = build.user(
        rotated_by="secretsmanager", authentication_mode=AuthenticationMode(type="password")
    )

    assert changed(desired, build.shown_user(authentication_mode=two)) == []


def test_a_users_name_is_its_key():
    desired = build.User(id="app", user_name=None)

    assert changed(desired, build.shown_user()) == []


def test_a_token_is_compared_by_the_version_that_was_set():
    desired = build.ReplicationGroup(id="orders", auth_token=build.TOKEN)
    held = {"auth_token": build.HELD, "auth_token_held": "2026-01-01"}

    assert changed(desired, build.shown_group(**held, marks={"auth": "t1"})) == []
    assert changed(desired, build.shown_group(**held, marks={"auth": "t0"})) == ["auth_token"]
    assert changed(desired, build.shown_group(**held)) == ["auth_token"]
    assert changed(desired, build.shown_group()) == ["auth_token"]


def test_a_size_is_one_thing_however_it_is_written():
    flat = build.shown_group()

    assert changed(build.ReplicationGroup(id="orders", num_cache_clusters=2), flat) == []
    assert changed(build.ReplicationGroup(id="orders", replicas_per_node_group=1), flat) == []
    assert changed(build.ReplicationGroup(id="orders", num_node_groups=1), flat) == []


def test_a_group_in_cluster_mode_may_be_counted_in_nodes():
    shown = build.shown_group(cluster_mode="enabled", num_node_groups=3, replicas_per_node_group=1)

    assert changed(build.ReplicationGroup(id="orders", num_cache_clusters=6), shown) == []


def test_tags_that_are_not_listed_are_left_alone():
    shown = build.user_group(tags={"team": "shop", "cost": "42"})

    assert changed(build.UserGroup(id="people", tags={"team": "shop"}), shown) == []
    assert changed(build.UserGroup(id="people", tags=None), shown) == []
    assert changed(build.UserGroup(id="people", tags={"team": "other"}), shown) == ["tags"]


AT_DEFAULT = {"cache_parameter_group": {"parameters": {}}}


@pytest.mark.parametrize(
    ("shown", "field"),
    [
        pytest.param(build.shown_group(snapshot_retention_limit=7), "snapshot_retention_limit"),
        pytest.param(build.shown_group(multi_az_enabled=True), "multi_az_enabled"),
        pytest.param(build.shown_group(notification_topic_arn="arn:t"), "notification_topic_arn"),
        pytest.param(
            build.shown_group(auto_minor_version_upgrade=False), "auto_minor_version_upgrade"
        ),
        pytest.param(
            build.shown_group(log_delivery_configurations=build.LOGS), "log_delivery_configurations"
        ),
        pytest.param(build.shown_group(user_group_ids=("people",)), "user_group_ids"),
        pytest.param(
            build.shown_group(cache_parameter_group_name="own"), "cache_parameter_group_name"
        ),
        pytest.param(build.shown_parameter_group(parameters={"timeout": "300"}), "parameters"),
        pytest.param(build.shown_serverless(user_group_id="people"), "user_group_id"),
        pytest.param(build.shown_serverless(description="carts"), "description"),
        pytest.param(build.shown_serverless(cache_usage_limits=build.LIMITS), "cache_usage_limits"),
        pytest.param(
            build.shown_serverless(snapshot_retention_limit=7), "snapshot_retention_limit"
        ),
    ],
)
def test_null_puts_a_field_back_to_the_services_default(shown, field):
    untouched = build.SHOWN[shown.kind]
    desired = type(shown)(id=shown.id, **{field: None})

    assert changed(desired, shown) == [field]
    assert changed(desired, untouched.but(**AT_DEFAULT.get(shown.kind, {}))) == []
