"""Answers to the same call are compared member by member; what the service chooses is not."""

from __future__ import annotations

import pytest
from live.comparing import differences, refusals
from live.fact import Asked, Fact, learned
from live.recorder import Record
from live.report import Report, report_json, report_text
from live.world import Waited


def record(answer=None, operation="CreateUser", step="", **more):
    params = {"UserId": "app"}
    return Record(step, "elasticache", operation, params, answer or {}, **more)


def told(aws, local):
    return [(one.path, one.aws, one.here) for one in differences([aws], [local])]


@pytest.mark.parametrize(
    ("aws", "local", "expected"),
    [
        ({"Status": "active"}, {"Status": "active"}, []),
        ({"Status": "active"}, {"Status": "creating"}, [("Status", "'active'", "'creating'")]),
        ({"New": True}, {}, [("New", "True", "absent")]),
        ({}, {"Ours": 1}, [("Ours", "absent", "1")]),
        ({"SnapshotWindow": "01:00-02:00"}, {"SnapshotWindow": "05:00-06:00"}, []),
        ({"SnapshotWindow": "x"}, {}, [("SnapshotWindow", "some str", "absent")]),
        ({"EngineVersion": "8.1.3"}, {"EngineVersion": "8.1.0"}, []),
        ({"EngineVersion": "8.1"}, {"EngineVersion": "8.0"}, [("EngineVersion", "8.1", "8.0")]),
        (
            {"TagList": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            {"TagList": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]},
            [("TagList[b].Value", "'1'", "'3'")],
        ),
        ({"Port": 6379}, {"Port": "6379"}, [("Port", "some int", "some str")]),
    ],
    ids=str,
)
def test_shape_and_values(aws, local, expected):
    assert told(record(aws), record(local)) == expected


def test_a_call_that_only_one_side_made_is_told():
    [found] = differences([record(), record()], [record()])

    assert (found.path, found.aws, found.here) == ("(calls about app)", "2", "1")


def test_looks_in_between_and_what_facts_ask_are_left_to_others():
    aws = [record({"A": 1}, "DescribeUsers"), record({"A": 1}, step="fact x")]

    assert differences(aws, []) == []
    assert differences([record({"A": 1}, "DescribeUsers", step="look")], []) != []


def test_a_refusal_on_the_way_is_counted_and_not_compared():
    busy = record(code="InvalidUserState", message="busy")

    assert differences([busy, record()], [record()]) == []
    assert refusals([busy, record()]) == {"CreateUser InvalidUserState": 1}


FACTS = [
    Fact("same", "is it the same", lambda _: None),
    Fact("other", "is it another", lambda _: None, lambda answer: answer == "yes"),
    Fact("silent", "does it say", lambda _: None),
]


def report(**more):
    aws = {"same": Asked("x"), "other": Asked("yes"), "silent": Asked(silence="too late")}
    local = {"same": Asked("x"), "other": Asked("no"), "silent": Asked("z")}
    return Report("ab12cd", tuple(learned(FACTS, aws, local)), **more)


def test_the_page_says_what_is_otherwise_first_and_how_to_mend_it():
    text = report_text(report(not_asked={"quota": "asks too much"}))

    assert text.splitlines()[0] == "3 facts asked: 1 as assumed, 1 otherwise, 1 not told"
    assert "OTHERWISE  other: is it another\n    AWS   yes\n    here  no\n" in text
    assert "so: the default in elasticache_local/switch.py is other=true" in text
    assert "silent: too late" in text
    assert "quota: asks too much" in text


def test_json_says_the_same():
    facts = report_json(report())["facts"]

    assert {name: one["verdict"] for name, one in facts.items()} == {
        "same": "as assumed",
        "other": "otherwise",
        "silent": "not told",
    }
    assert facts["other"]["switch"] == "other=true"


def test_a_status_word_that_the_local_service_has_not_is_told():
    waits = (Waited("create_user", "user", ("creating", "warming", "active"), 31.0),)

    found = report(waits=(waits, ()))

    assert found.new_words == ("warming",)
    assert "Status words that are new: warming" in report_text(found)
    assert "user after create_user: 31 (creating warming active) | -" in report_text(found)
