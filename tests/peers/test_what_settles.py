"""Issues of peers about plans that never become empty, and about drift that nobody sees."""

from __future__ import annotations

import build
from estate import Estate, sent
from inprocess import InProcess
from transition import ONE, carts, orders, people, user

from reconciler.applying.outcome import StepSettled
from reconciler.drifting.drift import drift_of
from reconciler.kind import Unreachable


def estate(*wishes, **bench):
    made = Estate(InProcess(**bench), wishes)
    made.bench.secrets.put(ONE, "a-secret-of-this-test")
    made.bench.secrets.put(build.TOKEN, "a-token-of-this-test")
    return made


def standing(*wishes, **bench):
    """An estate that is there, and nothing noted of how it came to be."""
    made = estate(*wishes, **bench)
    assert made.apply().exit_code == 0
    made.bench.settle()
    made.bench.writes.clear()
    return made


def fields(made, address):
    [planned] = [one for one in made.plan().changes if str(one.address) == address]
    return planned, [change.field for change in planned.change.fields]


def test_ack_677_an_access_string_that_the_service_rewrites_is_no_difference():
    made = standing(
        user(access_string="on ~app:* +@read"), normalise=lambda text: f"{text} -@all +@read"
    )

    assert made.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"] != (
        "on ~app:* +@read"
    )
    assert made.plan().empty


def test_cdk_real_drift_482_rights_granted_in_the_console_are_drift_and_told_as_rights():
    made = standing(user(), people("app"), orders(user_group_ids=("people",)))
    made.bench.aws("modify_user", UserId="app", AccessString="on ~app:* -@all +@read +@write")
    made.bench.settle()

    [drifted] = drift_of(made.plan()).drifted

    assert str(drifted.address) == "user/app"
    assert [field.field for field in drifted.fields] == ["access_string"]
    assert [field.moved for field in drifted.fields] == ["live"]
    assert drifted.planned.rights is not None
    assert "on ~app:* -@all +@read +@write" in str(drifted.fields[0].before)


def test_terraform_27363_what_waits_for_its_window_is_no_difference_and_is_not_sent_again():
    made = standing(orders())
    made.wishes = (orders(cache_node_type="cache.r7g.xlarge"),)
    made.apply()
    made.bench.writes.clear()

    plan = made.plan()

    assert plan.empty
    assert [one.pending.field for one in plan.pending] == ["cache_node_type"]
    assert (made.apply().writes, made.bench.writes) == (0, [])


def test_terraform_24733_a_change_that_waits_is_said_to_wait_and_never_said_to_be_done():
    made = standing(orders())
    made.wishes = (orders(cache_node_type="cache.r7g.xlarge"),)

    planned, _ = fields(made, "replication_group/orders")
    settled = [event for event in made.applying() if isinstance(event, StepSettled)]

    assert "in the maintenance window" in planned.steps[0].when
    assert [waiting.field for event in settled for waiting in event.scheduled] == [
        "cache_node_type"
    ]


def test_terraform_28011_a_wildcard_is_no_downgrade_and_a_downgrade_is_no_replacement():
    old = {"engine": "redis", "engine_version": "6.2"}
    made = standing(orders(**old, **PLAIN))
    made.wishes = (orders(**{**old, "engine_version": "6.x"}, **PLAIN),)
    assert made.plan().empty

    made.wishes = (orders(**{**old, "engine_version": "5.0.6"}, **PLAIN),)
    planned, _ = fields(made, "replication_group/orders")

    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)


PLAIN = {
    "transit_encryption_mode": None,
    "transit_encryption_enabled": False,
}


def test_crossplane_622_six_x_is_what_six_two_is():
    made = standing(orders(engine="redis", engine_version="6.x", **PLAIN))

    [member, _] = made.bench.aws("describe_cache_clusters")["CacheClusters"]
    assert member["EngineVersion"].startswith("6.2.")
    assert made.plan().empty


def test_ack_2711_an_engine_in_capitals_is_the_same_engine_and_a_key_that_goes_unsaid_stays():
    made = standing(orders(kms_key_id=build.KEY_ARN, at_rest_encryption_enabled=True))
    made.wishes = (orders(engine="Valkey"),)

    assert made.plan().empty


def test_pulumi_3848_a_key_written_as_id_is_the_key_of_that_arn_and_a_change_names_a_field():
    made = standing(carts(kms_key_id=build.KEY_ARN))
    made.wishes = (carts(kms_key_id=build.KEY_ARN.rpartition("/")[2]),)
    assert made.plan().empty

    made.wishes = (carts(kms_key_id=build.OTHER["serverless_cache"]["kms_key_id"]),)
    planned, named = fields(made, "serverless_cache/carts")

    assert named == ["kms_key_id"]
    assert planned.steps == ()


def test_ack_2749_what_was_accepted_and_is_not_there_is_a_failure():
    made = standing(orders())
    made.wishes = (orders(cache_node_type="cache.r7g.xlarge", apply_immediately=True),)
    made.bench.service.faults.add({"sort": "roll-back", "actions": ["ModifyReplicationGroup"]})

    summary = made.apply()

    assert summary.exit_code == 1
    assert summary.settled == ()


def test_terraform_33859_a_plan_never_waits_for_what_is_busy_with_a_snapshot():
    made = standing(user(), people("app"), orders(user_group_ids=("people",)))
    made.bench.aws("create_snapshot", ReplicationGroupId="orders", SnapshotName="mine")
    waits = len(made.bench.clock.waits)

    made.wishes = (user(), people("app"), orders(user_group_ids=("people",), tags={"team": "a"}))
    plan = made.plan()

    assert len(made.bench.clock.waits) == waits
    assert [str(one) for one in plan.unknown] == ["replication_group/orders"]
    made.bench.settle()
    assert made.apply().exit_code == 0
    assert sent(made.bench)[0] == "AddTagsToResource"
