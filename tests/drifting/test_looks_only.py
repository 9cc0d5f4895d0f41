"""A round calls what ``iam-policy --for drift`` allows and nothing else; who did it is a help."""

from __future__ import annotations

from datetime import UTC, datetime

import build
from iam import Asked, asked, denied
from watched import bench_of

from reconciler.drifting.blame import blamed
from reconciler.errors import AwsError
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode
from reconciler.policy import policy
from reconciler.ports import Call

IAM = AuthenticationMode(type="iam")


def shop():
    return bench_of(
        [
            build.user("app", authentication_mode=IAM),
            build.user("ops"),
            build.user_group("people", user_ids=("app", "ops")),
            build.parameter_group("settings"),
            build.replication_group("orders", user_group_ids=("people",)),
            build.serverless_cache("carts"),
        ]
    )


def test_every_call_of_a_round_is_allowed_by_the_policy_and_none_writes():
    bench = shop()
    service = bench.estate.bench
    allowed = policy("drift", KINDS, build.facts(list(bench.estate.wishes)), [build.PASSWORD])
    calls: list[Asked] = []

    def note(name, operation, params):
        if name == "elasticache":
            calls.append(asked(Call(name, operation, {}).action, params, {}))
        else:
            calls.append(Asked("tag:GetResources", (("*", {}),)))

    service.before_read = note
    written = len(service.writes)
    service.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    service.settle(60)
    bench.round()
    service.aws("delete_replication_group", ReplicationGroupId="orders")
    bench.round()
    service.settle()
    bench.round()

    assert calls
    assert [(one.action, denied(allowed, one)) for one in calls if denied(allowed, one)] == []
    assert len(service.writes) == written


def test_who_may_be_asked_is_allowed_only_on_request():
    facts = build.facts([build.user("app", authentication_mode=IAM)])

    plain = str(policy("drift", KINDS, facts))
    more = str(policy("drift", KINDS, facts, beside=frozenset({"who"})))

    assert "cloudtrail" not in plain
    assert "cloudtrail:LookupEvents" in more


def found():
    bench = shop()
    bench.estate.bench.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    bench.estate.bench.settle(60)
    return bench.round().seen.findings


def record(call="ModifyUser", user="app", at="2026-11-20T10:00:00Z", who="ann", **more):
    return {
        "eventName": call,
        "eventTime": at,
        "requestParameters": {"userId": user},
        "userIdentity": {"arn": f"arn:aws:sts::1:assumed-role/admin/{who}"},
        **more,
    }


def test_the_latest_call_that_was_accepted_did_it():
    events = [
        record(at="2026-11-20T09:00:00Z", who="bob"),
        record(at="2026-11-20T10:00:00Z"),
        record(at="2026-11-20T11:00:00Z", who="eve", errorCode="AccessDenied"),
        record(at="2026-11-20T12:00:00Z", who="eve", user="other"),
    ]

    by, notes = blamed(found(), {"ModifyUser": events}.get)

    [told] = by.values()
    assert (told.who, told.call) == ("assumed-role/admin/ann", "ModifyUser")
    assert told.at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert notes == ()


def test_where_it_may_not_be_asked_the_finding_stands_with_a_note():
    def refused(_):
        raise AwsError("cloudtrail", "LookupEvents", "AccessDeniedException", "no", status=400)

    by, [note] = blamed(found(), refused)

    assert by == {}
    assert note.startswith("who changed it can't be told: cloudtrail LookupEvents")
