"""Parameter groups: families' tables, sources, and how values reach caches."""

from __future__ import annotations

import pytest

from elasticache_local.service.rule.engine_version import FAMILIES, VERSIONS
from elasticache_local.service.rule.parameter import built_in_groups, check_parameter, family_table


@pytest.fixture
def tuned(aws):
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="Tuned",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )
    return aws


def put(aws, **values):
    given = [
        {"ParameterName": name.replace("_", "-"), "ParameterValue": value}
        for name, value in values.items()
    ]
    return aws(
        "ModifyCacheParameterGroup", CacheParameterGroupName="tuned", ParameterNameValues=given
    )


def parameters(aws, **more):
    shown, marker = {}, {}
    while True:
        found = aws("DescribeCacheParameters", CacheParameterGroupName="tuned", **more, **marker)
        shown |= {each["ParameterName"]: each for each in found["Parameters"]}
        if "Marker" not in found:
            return shown
        marker = {"Marker": found["Marker"]}


def test_the_built_in_groups_are_always_listed(aws):
    found = aws("DescribeCacheParameterGroups")["CacheParameterGroups"]

    names = {each["CacheParameterGroupName"] for each in found}
    assert {f"default.{family}" for family in FAMILIES} <= names
    assert {"default.redis7.cluster.on", "default.valkey9.cluster.on"} <= names
    assert "default.memcached1.6.cluster.on" not in names


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_a_table_whose_own_values_it_allows(family):
    table = family_table(family)

    assert len(table) >= 15
    group = built_in_groups()[f"default.{family}"]
    for parameter in table.values():
        assert parameter.description
        if parameter.modifiable:
            check_parameter(group, parameter.name, parameter.value)


def test_each_engine_version_has_a_family_that_exists():
    assert {version.family for version in VERSIONS} <= set(FAMILIES)


def test_drift_is_what_has_source_user(tuned):
    put(tuned, timeout="30")

    assert set(parameters(tuned, Source="user")) == {"timeout"}
    assert parameters(tuned)["timeout"]["ParameterValue"] == "30"
    assert parameters(tuned)["maxmemory-policy"]["Source"] == "system"


def test_reset_gives_the_familys_value_back(tuned):
    put(tuned, timeout="30", maxmemory_samples="5")

    tuned(
        "ResetCacheParameterGroup",
        CacheParameterGroupName="tuned",
        ParameterNameValues=[{"ParameterName": "timeout"}],
    )
    assert set(parameters(tuned, Source="user")) == {"maxmemory-samples"}

    tuned("ResetCacheParameterGroup", CacheParameterGroupName="tuned", ResetAllParameters=True)
    assert parameters(tuned, Source="user") == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nosuch", "1"),
        ("timeout", "soon"),
        ("timeout", "-5"),
        ("maxmemory-policy", "keep-all"),
        ("maxclients", "10"),
        ("notify-keyspace-events", "KQ"),
    ],
)
def test_a_bad_value_refuses_the_whole_call(tuned, name, value):
    fault = tuned.refusal(
        "ModifyCacheParameterGroup",
        CacheParameterGroupName="tuned",
        ParameterNameValues=[
            {"ParameterName": "maxmemory-samples", "ParameterValue": "5"},
            {"ParameterName": name, "ParameterValue": value},
        ],
    )

    assert fault.code == "InvalidParameterValue"


def test_at_most_twenty_at_once(tuned):
    names = [p.name for p in family_table("redis7").values() if p.modifiable][:21]

    fault = tuned.refusal(
        "ModifyCacheParameterGroup",
        CacheParameterGroupName="tuned",
        ParameterNameValues=[
            {"ParameterName": name, "ParameterValue": family_table("redis7")[name].value}
            for name in names
        ],
    )

    assert fault.code == "InvalidParameterValue"


def test_reset_of_all_or_of_some_but_not_both(tuned):
    some = [{"ParameterName": "timeout"}]
    for given in ({}, {"ResetAllParameters": True, "ParameterNameValues": some}):
        fault = tuned.refusal("ResetCacheParameterGroup", CacheParameterGroupName="tuned", **given)
        assert fault.code == "InvalidParameterCombination"


def test_an_immediate_value_reaches_the_cache_and_its_status_says_when(tuned):
    tuned.group(CacheParameterGroupName="tuned")

    put(tuned, timeout="30")

    status = tuned.show_cluster("orders-001")["CacheParameterGroup"]
    assert status["ParameterApplyStatus"] == "applying"
    assert tuned.want().parameters["timeout"] == "30"
    tuned.settle()
    status = tuned.show_cluster("orders-001")["CacheParameterGroup"]
    assert status["ParameterApplyStatus"] == "in-sync"


def test_a_value_that_needs_a_reboot_waits_for_it(tuned):
    tuned.group(CacheParameterGroupName="tuned")

    put(tuned, databases="32")
    tuned.settle()

    status = tuned.show_cluster("orders-001")["CacheParameterGroup"]
    assert status["ParameterApplyStatus"] == "pending-reboot"
    assert status["CacheNodeIdsToReboot"] == ["0001"]
    assert "databases" not in tuned.want().parameters
    tuned("RebootCacheCluster", CacheClusterId="orders-001", CacheNodeIdsToReboot=["0001"])
    tuned.settle()
    status = tuned.show_cluster("orders-001")["CacheParameterGroup"]
    assert status["ParameterApplyStatus"] == "in-sync"
    assert tuned.want().parameters["databases"] == "32"


def test_cluster_mode_can_not_be_flipped_under_a_cache(tuned):
    tuned.group(CacheParameterGroupName="tuned")

    fault = tuned.refusal(
        "ModifyCacheParameterGroup",
        CacheParameterGroupName="tuned",
        ParameterNameValues=[{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}],
    )

    assert fault.message == "The parameter cluster-enabled cannot be modified."


def test_a_group_with_cluster_mode_makes_a_cluster(tuned):
    put(tuned, cluster_enabled="yes")

    tuned.group(CacheParameterGroupName="tuned", NumCacheClusters=1)

    assert tuned.show()["ClusterMode"] == "enabled"


def test_pub_sub_defaults_to_all_channels_and_can_be_taken_away(tuned):
    tuned.group(CacheParameterGroupName="tuned")
    assert tuned.want().parameters["acl-pubsub-default"] == "allchannels"

    put(tuned, acl_pubsub_default="resetchannels")

    assert tuned.want().parameters["acl-pubsub-default"] == "resetchannels"


def test_a_group_in_use_is_refused_in_the_services_words(tuned):
    tuned.group(CacheParameterGroupName="tuned")

    fault = tuned.refusal("DeleteCacheParameterGroup", CacheParameterGroupName="tuned")

    assert fault.message == (
        "One or more cache clusters are still members of this parameter group tuned, "
        "so the group cannot be deleted."
    )


def test_a_group_that_nobody_uses_goes(tuned):
    assert tuned("DeleteCacheParameterGroup", CacheParameterGroupName="TUNED") == {}

    fault = tuned.refusal("DescribeCacheParameterGroups", CacheParameterGroupName="tuned")
    assert fault.code == "CacheParameterGroupNotFound"


def test_the_families_own_values_can_be_asked_for(aws):
    found = aws("DescribeEngineDefaultParameters", CacheParameterGroupFamily="memcached1.6")

    defaults = found["EngineDefaults"]
    assert defaults["CacheParameterGroupFamily"] == "memcached1.6"
    names = {each["ParameterName"] for each in defaults["Parameters"]}
    assert "chunk_size" in names


def test_parameters_of_a_family_come_in_pages(aws):
    first = aws(
        "DescribeEngineDefaultParameters", CacheParameterGroupFamily="redis7", MaxRecords=20
    )["EngineDefaults"]

    assert len(first["Parameters"]) == 20
    assert first["Marker"]


@pytest.mark.parametrize("family", FAMILIES)
def test_each_parameter_says_from_which_version_on_it_is_there(aws, family):
    rows, more = [], {}
    while "Marker" in more or not rows:
        found = aws("DescribeEngineDefaultParameters", CacheParameterGroupFamily=family, **more)
        rows += found["EngineDefaults"]["Parameters"]
        more = {
            name: found["EngineDefaults"][name]
            for name in ("Marker",)
            if name in found["EngineDefaults"]
        }

    digit = next(letter for letter in family if letter.isdigit())
    assert {row["ParameterName"] for row in rows if "MinimumEngineVersion" not in row} == set()
    assert any(row["MinimumEngineVersion"].startswith(digit) for row in rows)
