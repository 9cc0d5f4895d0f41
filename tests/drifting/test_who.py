"""Who did it, and when: asked of CloudTrail's event history, as ``drift --who`` is typed."""

from __future__ import annotations

import json

import pytest

from reconciler.drifting.blame import blamed, calls_of
from reconciler.drifting.finding import Finding

ADMIN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def finding(address="user/app", field="access_string", sort="changed"):
    return Finding(id="0123456789", address=address, field=field, sort=sort, severity="high")


def record(call, at, who, **asked):
    return {
        "eventName": call,
        "eventTime": f"2026-11-20T{at}:00Z",
        "requestParameters": asked,
        "userIdentity": {"arn": f"arn:aws:iam::1:user/{who}"},
    }


def who(found, *events):
    by, _ = blamed([found], lambda call: [one for one in events if one["eventName"] == call])
    return [one.who for one in by.values()]


def test_a_later_call_that_names_another_field_did_not_do_it():
    events = (
        record("ModifyUser", "11:00", "bob", userId="app", authenticationMode={"type": "iam"}),
        record("ModifyUser", "10:00", "ann", userId="app", accessString="on ~* +@all"),
    )

    assert who(finding(), *events) == ["user/ann"]


def test_where_no_call_names_the_field_the_latest_about_it_is_told():
    event = record("ModifyUser", "11:00", "bob", userId="app", noPasswordRequired=True)

    assert who(finding(field="authentication_mode"), event) == ["user/bob"]


def test_a_thing_of_another_kind_and_the_same_name_is_another_thing():
    start = "arn:aws:elasticache:eu-west-1:123456789012"
    events = (
        record("AddTagsToResource", "11:00", "bob", resourceName=f"{start}:user:orders"),
        record("AddTagsToResource", "10:00", "ann", resourceName=f"{start}:usergroup:orders"),
    )

    assert who(finding("user_group/orders", "tags"), *events) == ["user/ann"]


@pytest.mark.parametrize(
    ("address", "field", "sort", "calls"),
    [
        ("user/app", "access_string", "changed", ("ModifyUser",)),
        ("user/app", "tags", "changed", ("AddTagsToResource", "RemoveTagsFromResource")),
        ("user/app", "", "not ours", ("AddTagsToResource", "RemoveTagsFromResource")),
        ("user/app", "", "missing", ("DeleteUser",)),
        ("iam_role/app", "tags", "changed", ("TagRole", "UntagRole")),
        ("replication_group/a", "", "missing", ("DeleteReplicationGroup",)),
    ],
)
def test_the_calls_that_can_have_done_it(address, field, sort, calls):
    assert calls_of(address.split("/")[0], finding(address, field, sort)) == calls


@pytest.mark.slow
def test_the_page_and_the_memory_say_who_changed_it_and_when(folder):
    account = folder.add("one")
    iam = account.client("iam")
    iam.create_user(UserName="mallory")
    iam.put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=json.dumps(ADMIN))
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    hers = folder.running.signed_by(key["AccessKeyId"], key["SecretAccessKey"])
    hers.client("elasticache", region_name="eu-west-1").modify_user(
        UserId="app", AccessString="on ~* +@all"
    )
    folder.running.control("clock", {"advance": 60})

    text = folder("drift", "specs/one.yaml", "--local", "--who")
    told = folder("drift", "specs/one.yaml", "--local", "--who", "--format", "json")
    without = folder("drift", "specs/one.yaml", "--local")

    assert "user/mallory" in text.out
    assert "ModifyUser" in text.out
    assert "mallory" in told.out
    assert "mallory" not in without.out


@pytest.mark.slow
def test_the_event_history_shows_what_was_asked_and_no_secret_of_it(folder):
    account = folder.running.account()
    client, trail = account.client("elasticache"), account.client("cloudtrail")
    secret = "a-password-of-16-or-more"
    for user in ("one", "two"):
        client.create_user(
            UserId=user, UserName=user, Engine="redis", AccessString="on ~* +@all",
            Passwords=[secret],
        )  # fmt: skip
    with pytest.raises(client.exceptions.ClientError):
        client.delete_user(UserId="nobody")

    whole = trail.lookup_events()["Events"]
    first = trail.lookup_events(MaxResults=1)
    second = trail.lookup_events(MaxResults=2, NextToken=first["NextToken"])
    named = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DeleteUser"}]
    )["Events"]

    assert [one["EventName"] for one in whole] == ["DeleteUser", "CreateUser", "CreateUser"]
    assert [*first["Events"], *second["Events"]] == whole
    assert "NextToken" not in second
    assert secret not in json.dumps(whole, default=str)
    [refused] = named
    assert json.loads(refused["CloudTrailEvent"])["errorCode"] == "UserNotFound"
    asked = json.loads(whole[-1]["CloudTrailEvent"])
    assert asked["requestParameters"]["userId"] == "one"
    assert asked["requestParameters"]["passwords"] == "****"
    assert asked["userIdentity"]["arn"].endswith(":root")
    assert folder.running.account().client("cloudtrail").lookup_events()["Events"] == []
