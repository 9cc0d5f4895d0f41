"""Serverless caches: one field a call, limits, engine moves, and their snapshots."""

from __future__ import annotations

import pytest

COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"
LIMITS = {
    "DataStorage": {"Maximum": 10, "Unit": "GB"},
    "ECPUPerSecond": {"Minimum": 1000, "Maximum": 5000},
}


def modify(aws, **given):
    return aws("ModifyServerlessCache", ServerlessCacheName="jobs", **given)["ServerlessCache"]


def test_a_cache_reads_back_with_the_services_defaults(aws):
    aws.serverless(CacheUsageLimits=LIMITS)

    shown = aws.show_serverless("JOBS")

    assert shown["Status"] == "available"
    assert shown["Description"] == " "
    assert (shown["MajorEngineVersion"], shown["FullEngineVersion"]) == ("8", "8.1")
    assert shown["CacheUsageLimits"] == LIMITS
    assert shown["SnapshotRetentionLimit"] == 0
    assert shown["DailySnapshotTime"]
    assert len(shown["SubnetIds"]) == 3
    assert len(shown["SecurityGroupIds"]) == 1
    assert shown["Endpoint"]["Address"] == shown["ReaderEndpoint"]["Address"]
    assert shown["Endpoint"]["Port"] != shown["ReaderEndpoint"]["Port"]
    assert shown["ARN"] == aws.arn("serverlesscache", "jobs")
    assert "UserGroupId" not in shown


def test_endpoints_appear_when_it_is_available(aws):
    wish = {"ServerlessCacheName": "jobs", "Engine": "valkey"}
    shown = aws("CreateServerlessCache", **wish)["ServerlessCache"]

    assert shown["Status"] == "creating"
    assert "Endpoint" not in shown


@pytest.mark.parametrize(
    "given",
    [
        {"Description": "x", "DailySnapshotTime": "03:00"},
        {"UserGroupId": "people", "SnapshotRetentionLimit": 1},
        {"Engine": "valkey", "Description": "x"},
        {"CacheUsageLimits": LIMITS, "SecurityGroupIds": ["sg-1"]},
    ],
)
def test_two_fields_in_one_call_are_refused(aws, given):
    aws.serverless()

    fault = aws.refusal("ModifyServerlessCache", ServerlessCacheName="jobs", **given)

    assert fault.code == COMBINATION
    assert fault.message == (
        "Serverless Cache modifications only support modifying one field per request."
    )


def test_a_field_with_the_value_it_has_still_counts(aws):
    aws.user_group()
    aws.serverless(UserGroupId="people")

    fault = aws.refusal(
        "ModifyServerlessCache", ServerlessCacheName="jobs", UserGroupId="people", Description="x"
    )

    assert fault.code == COMBINATION


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"Description": "jobs of the night"}, "Description", "jobs of the night"),
        ({"Description": ""}, "Description", " "),
        ({"SnapshotRetentionLimit": 7}, "SnapshotRetentionLimit", 7),
        ({"DailySnapshotTime": "03:15"}, "DailySnapshotTime", "03:15"),
        ({"SecurityGroupIds": ["sg-2"]}, "SecurityGroupIds", ["sg-2"]),
        ({"UserGroupId": "PEOPLE"}, "UserGroupId", "people"),
    ],
)
def test_each_field_is_modified_and_shows_when_it_is_done(aws, given, field, value):
    aws.user_group()
    aws.serverless(Description="before")

    shown = modify(aws, **given)

    assert shown["Status"] == "modifying"
    assert shown.get(field) != value
    aws.settle()
    assert aws.show_serverless()[field] == value


def test_both_halves_of_the_limits_go_together_and_zero_takes_one_off(aws):
    aws.serverless()
    modify(aws, CacheUsageLimits=LIMITS)
    aws.settle()
    assert aws.show_serverless()["CacheUsageLimits"] == LIMITS

    modify(aws, CacheUsageLimits={"DataStorage": {"Maximum": 0, "Unit": "GB"}})
    aws.settle()
    assert aws.show_serverless()["CacheUsageLimits"] == {"ECPUPerSecond": LIMITS["ECPUPerSecond"]}

    modify(aws, CacheUsageLimits={"ECPUPerSecond": {"Minimum": 0, "Maximum": 0}})
    aws.settle()
    assert "CacheUsageLimits" not in aws.show_serverless()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            {"ECPUPerSecond": {"Maximum": 10}},
            (
                "Invalid value for ECPUPerSecond limit. Must be between 1000 and 15000000. "
                "You can set the value to zero to remove the limit."
            ),
        ),
        ({"DataStorage": {"Maximum": 5001, "Unit": "GB"}}, "DataStorage"),
        ({"ECPUPerSecond": {"Minimum": 3000, "Maximum": 2000}}, "Minimum"),
        ({"DataStorage": {"Maximum": 1, "Unit": "TB"}}, "enum"),
    ],
)
def test_limits_out_of_range_are_refused(aws, limits, words):
    fault = aws.refusal(
        "CreateServerlessCache",
        ServerlessCacheName="jobs",
        Engine="valkey",
        CacheUsageLimits=limits,
    )

    assert fault.code == VALUE
    assert words in fault.message


@pytest.mark.parametrize(
    ("made", "given", "after"),
    [
        pytest.param(
            {"MajorEngineVersion": "7"}, {"MajorEngineVersion": "8"}, ("valkey", "8"), id="up"
        ),
        pytest.param(
            {"Engine": "redis"},
            {"Engine": "valkey", "MajorEngineVersion": "8"},
            ("valkey", "8"),
            id="redis-to-valkey",
        ),
        pytest.param(
            {"MajorEngineVersion": "7"},
            {"Engine": "redis", "MajorEngineVersion": "7"},
            ("redis", "7"),
            id="valkey-7-back",
        ),
    ],
)
def test_engine_and_version_move_together(aws, made, given, after):
    aws.serverless(**made)

    modify(aws, **given)
    aws.settle()

    shown = aws.show_serverless()
    assert (shown["Engine"], shown["MajorEngineVersion"]) == after


@pytest.mark.parametrize(
    ("made", "given", "code"),
    [
        pytest.param({}, {"MajorEngineVersion": "7"}, COMBINATION, id="down"),
        pytest.param({}, {"Engine": "redis", "MajorEngineVersion": "7"}, COMBINATION, id="back"),
        pytest.param({}, {"Engine": "memcached"}, COMBINATION, id="memcached"),
        pytest.param({}, {"MajorEngineVersion": "77"}, VALUE, id="unknown"),
        pytest.param({}, {"SecurityGroupIds": []}, VALUE, id="no-security-group"),
        pytest.param({}, {"SnapshotRetentionLimit": 36}, VALUE, id="retention"),
        pytest.param({}, {"DailySnapshotTime": "3 am"}, VALUE, id="time"),
        pytest.param({}, {}, COMBINATION, id="nothing"),
        pytest.param({}, {"RemoveUserGroup": False}, COMBINATION, id="remove-false-is-nothing"),
    ],
)
def test_other_changes_are_refused(aws, made, given, code):
    aws.serverless(**made)

    fault = aws.refusal("ModifyServerlessCache", ServerlessCacheName="jobs", **given)

    assert fault.code == code, fault.message


def test_memcached_takes_no_user_group(aws):
    aws.user_group()

    fault = aws.refusal(
        "CreateServerlessCache", ServerlessCacheName="m", Engine="memcached", UserGroupId="people"
    )

    assert fault.code == COMBINATION


def test_a_busy_cache_is_refused_and_its_tags_are_readable_while_modifying(aws):
    aws.serverless()
    modify(aws, Description="x")

    fault = aws.refusal("DeleteServerlessCache", ServerlessCacheName="jobs")

    assert fault.code == "InvalidServerlessCacheStateFault"
    assert fault.message == (
        "Serverless cache is not in an available state to perform the requested action."
    )
    name = aws.arn("serverlesscache", "jobs")
    assert aws("ListTagsForResource", ResourceName=name) == {"TagList": []}


def test_subnets_must_exist_in_one_network(aws):
    aws.service.declare_subnets(aws.principal, {"subnet-1": "vpc-1", "subnet-2": "vpc-2"})
    wish = {"ServerlessCacheName": "jobs", "Engine": "valkey"}

    for subnets in (["subnet-1", "subnet-2"], ["subnet-nowhere"]):
        assert aws.refusal("CreateServerlessCache", **wish, SubnetIds=subnets).code == VALUE
    aws("CreateServerlessCache", **wish, SubnetIds=["subnet-1"])


def test_a_failed_creation_says_so_and_can_be_deleted(aws):
    aws.host.trouble["jobs"] = "no engine"
    aws.serverless()

    assert aws.show_serverless()["Status"] == "create-failed"
    aws("DeleteServerlessCache", ServerlessCacheName="jobs")
    aws.settle()
    assert aws("DescribeServerlessCaches")["ServerlessCaches"] == []


def test_snapshots_are_made_copied_found_and_deleted(aws):
    aws.serverless()
    made = aws(
        "CreateServerlessCacheSnapshot",
        ServerlessCacheName="jobs",
        ServerlessCacheSnapshotName="Nightly",
    )["ServerlessCacheSnapshot"]
    assert (made["ServerlessCacheSnapshotName"], made["Status"]) == ("nightly", "creating")
    aws.settle()

    aws(
        "CopyServerlessCacheSnapshot",
        SourceServerlessCacheSnapshotName="nightly",
        TargetServerlessCacheSnapshotName="kept",
    )
    aws.settle()

    found = aws("DescribeServerlessCacheSnapshots", ServerlessCacheName="jobs", SnapshotType="user")
    names = [each["ServerlessCacheSnapshotName"] for each in found["ServerlessCacheSnapshots"]]
    assert names == ["kept", "nightly"]
    aws("DeleteServerlessCacheSnapshot", ServerlessCacheSnapshotName="kept")
    aws.settle()
    found = aws("DescribeServerlessCacheSnapshots", SnapshotType="user")
    assert len(found["ServerlessCacheSnapshots"]) == 1


def test_a_final_snapshot_outlives_the_cache_and_can_be_restored(aws):
    aws.serverless()
    aws("DeleteServerlessCache", ServerlessCacheName="jobs", FinalSnapshotName="last")
    aws.settle()
    assert aws("DescribeServerlessCaches")["ServerlessCaches"] == []

    aws.serverless("again", SnapshotArnsToRestore=[aws.arn("serverlesscachesnapshot", "last")])

    assert aws.show_serverless("again")["Status"] == "available"


def test_a_cache_offers_tls_and_its_groups_users_to_the_data_plane(aws):
    aws.user_group()
    aws.serverless(UserGroupId="people")

    want = aws.want("jobs")

    assert (want.tls, want.sort, want.cluster_mode) == ("required", "serverless_cache", "enabled")
    assert [user.name for user in want.users] == ["default"]
    assert want.names[0].startswith("jobs-")
    assert want.names[0].endswith(".serverless.use1.cache.amazonaws.com")


@pytest.mark.parametrize(
    "given",
    [{"ConnectionType": "public"}, {"Integrations": [{"IntegrationType": "dynamodb"}]}],
    ids=["public", "integration"],
)
def test_what_is_new_with_valkey_9_needs_it(aws, given):
    new = {"ServerlessCacheName": "new", "Engine": "valkey"} | given

    fault = aws.refusal("CreateServerlessCache", MajorEngineVersion="8", **new)

    assert fault.code == "InvalidParameterCombination"
    assert "requires Valkey 9 or above" in fault.message
    assert aws("CreateServerlessCache", MajorEngineVersion="9", **new)
