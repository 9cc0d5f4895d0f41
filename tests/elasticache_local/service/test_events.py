"""DescribeEvents: which lines, from when to when."""

from __future__ import annotations

import pytest

from elasticache_local.clock import moment


def test_the_last_hour_is_told_when_nothing_else_is_asked(aws):
    aws.group()
    aws.pass_time(3601)

    assert aws("DescribeEvents")["Events"] == []
    assert aws("DescribeEvents", Duration=120)["Events"]


def test_events_of_one_source(aws):
    aws.group()

    found = aws("DescribeEvents", SourceType="cache-cluster", SourceIdentifier="ORDERS-001")

    assert [each["Message"] for each in found["Events"]] == ["Cache cluster created"]


def test_a_span_of_time(aws):
    start = moment(aws.clock.now())
    aws.group("first")
    middle = moment(aws.clock.now())
    aws.group("second")

    found = aws("DescribeEvents", StartTime=start, EndTime=middle)["Events"]

    sources = {each["SourceIdentifier"] for each in found}
    assert "first" in sources
    assert "second" not in sources


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"SourceIdentifier": "orders"}, "InvalidParameterCombination"),
        ({"Duration": 20161}, "InvalidParameterValue"),
        ({"Duration": 0}, "InvalidParameterValue"),
        ({"SourceType": "teapot"}, "InvalidParameterValue"),
        ({"StartTime": moment(0)}, "InvalidParameterValue"),
        (
            {"StartTime": moment(1767780000), "EndTime": moment(1767700000)},
            "InvalidParameterCombination",
        ),
    ],
)
def test_other_questions_are_refused(aws, given, code):
    assert aws.refusal("DescribeEvents", **given).code == code


@pytest.mark.parametrize("told", [True, False])
def test_whether_events_with_our_own_words_are_told_is_a_switch(make_aws, told):
    aws = make_aws(tells_unknown_events=told)
    aws.user_group()
    aws.group()

    messages = aws.events()

    assert ("User group created" in messages) is told
    assert "Cache cluster created" in messages


def test_events_of_one_moment_keep_their_order_over_pages(aws):
    aws.clustered(NumNodeGroups=8, ReplicasPerNodeGroup=2)

    first = aws("DescribeEvents", MaxRecords=20)
    second = aws("DescribeEvents", MaxRecords=20, Marker=first["Marker"])

    whole = aws("DescribeEvents")["Events"]
    assert first["Events"] + second["Events"] == whole


def test_the_newest_is_listed_first_and_times_tell_the_order(aws):
    aws.clustered(NumNodeGroups=8, ReplicasPerNodeGroup=2)
    aws.pass_time(60)
    aws.group("later")

    told = aws("DescribeEvents")["Events"]

    times = [each["Date"] for each in told]
    assert times == sorted(set(times), reverse=True)
    assert told[0]["SourceIdentifier"] == "later"


def test_what_is_told_between_two_pages_loses_and_doubles_nothing(aws):
    aws.clustered(NumNodeGroups=8, ReplicasPerNodeGroup=2)
    whole = aws("DescribeEvents")["Events"]
    first = aws("DescribeEvents", MaxRecords=20)
    aws.group("later")

    second = aws("DescribeEvents", MaxRecords=20, Marker=first["Marker"])

    assert first["Events"] + second["Events"] == whole


def test_an_event_is_kept_for_fourteen_days(aws):
    aws.group("first")
    aws.pass_time(14 * 86400 + 60)
    aws.group("later")

    kept = aws.service.snapshot()["regions"]["123456789012/us-east-1"]["events"]

    assert {each["source"] for each in kept} <= {"later", "later-001", "later-002"}
