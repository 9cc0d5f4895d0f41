"""What the service does wrong: throttling, lost answers, refusals, roll-backs, stale reads."""

from __future__ import annotations

import itertools

import pytest
from estate import Estate, sent, shown
from inprocess import InProcess
from staged import EVERY as TRANSITIONS
from transition import ONE, carts, orders, people, user

from reconciler.applying.outcome import Left, StepFailed, StepSent
from reconciler.applying.run import Pace
from reconciler.errors import AwsError, CouldNotLook
from reconciler.ports import Call

EVERY = pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))
WRITES = ("Create*", "Modify*", "Increase*", "Decrease*", "AddTags*")


def logins(estate: Estate) -> object:
    """Give what the nodes know of logins: with which secret, and with which rights."""
    return {
        key: (want.users, want.token_hashes, want.open)
        for key, want in estate.bench.service._host.wants.items()
    }


def changed(**fault: object) -> Estate:
    """An estate in which one user's rights are to change, and one thing goes wrong."""
    estate = TRANSITIONS["rights are changed"].prepared()
    estate.bench.service.faults.add(fault)
    return estate


@EVERY
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_with_three_calls_in_ten_throttled_it_arrives(name, seed):
    estate = TRANSITIONS[name].prepared()
    estate.bench.service.faults._random.seed(seed)
    estate.bench.service.faults.add({"sort": "throttle", "share": 0.3, "actions": WRITES})

    summary = estate.apply()

    assert summary.exit_code == 0
    estate.bench.service.faults.clear()
    assert estate.plan().empty


@EVERY
def test_with_every_second_answer_lost_nothing_is_doubled(name):
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    estate = TRANSITIONS[name].prepared()
    estate.bench.service.faults.add({"sort": "lose-response", "share": 0.5, "actions": WRITES})

    summary = estate.apply()

    estate.bench.settle()
    assert summary.exit_code == 0
    assert estate.plan().empty
    assert shown(estate.bench) == shown(undisturbed.bench)


def test_a_call_whose_answer_is_lost_is_looked_for_and_not_sent_again():
    estate = changed(sort="lose-response", actions=("ModifyUser",), count=1)

    summary = estate.apply()

    assert summary.exit_code == 0
    assert sent(estate.bench, tags=False) == ["ModifyUser"]


def test_a_call_that_never_arrived_is_sent_again_after_the_grace_time():
    estate = TRANSITIONS["rights are changed"].prepared()
    lost = iter([True])

    def lose(number: int, call: object) -> None:
        if next(lost, False):
            raise AwsError("elasticache", "ModifyUser", "Timeout", "no answer", status=0)

    started = estate.bench.clock.passed_s
    summary = estate.apply(estate.bench.writer(before=lose))

    assert summary.exit_code == 0
    assert sent(estate.bench, tags=False) == ["ModifyUser", "ModifyUser"]
    assert estate.bench.clock.passed_s - started >= Pace().grace_s


def test_a_call_that_is_never_answered_is_given_up():
    estate = TRANSITIONS["rights are changed"].prepared()

    def lose(number: int, call: object) -> None:
        raise AwsError("elasticache", "ModifyUser", "Timeout", "no answer", status=0)

    summary = estate.apply(estate.bench.writer(before=lose))

    assert summary.exit_code == 1
    assert "without a clear answer" in summary.failed[0].reason
    assert len(estate.bench.writes) == Pace().attempts


def unanswered_at(name: str, number: int, *, done: bool) -> None:
    """Leave one call without an answer, done or not; the run ends as one that was answered."""
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    estate = TRANSITIONS[name].prepared()

    def fail(count: int, call: Call) -> None:
        if count == number:
            raise AwsError(call.service, call.action, "InternalFailure", "oh no", status=500)

    summary = estate.apply(estate.bench.writer(**{"after" if done else "before": fail}))

    where = f"call {number}, {'done' if done else 'never done'}"
    estate.bench.settle()
    assert summary.exit_code == 0, where
    assert shown(estate.bench) == shown(undisturbed.bench), where
    assert logins(estate) == logins(undisturbed), where
    assert estate.plan().empty, where


@pytest.mark.parametrize(
    "name",
    ["a password is rotated", "a second password is added", "a token is rotated"],
    ids=lambda name: name.replace(" ", "_"),
)
def test_what_no_look_shows_is_sent_again_where_nobody_said_that_it_was_done(name):
    for number in range(1, TRANSITIONS[name].prepared().apply().writes + 1):
        unanswered_at(name, number, done=False)


@pytest.mark.slow
@EVERY
@pytest.mark.parametrize("done", [False, True], ids=["never_done", "done"])
def test_without_an_answer_to_any_call_it_ends_as_if_there_had_been_one(name, done):
    for number in range(1, TRANSITIONS[name].prepared().apply().writes + 1):
        unanswered_at(name, number, done=done)


@pytest.mark.slow
@EVERY
def test_reads_that_trail_end_no_transition_and_double_nothing(name):
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    estate = TRANSITIONS[name].prepared()
    estate.bench.service.faults.add({"sort": "stale", "actions": ("Describe*",), "seconds": 20})

    assert estate.apply().exit_code == 0

    estate.bench.service.faults.clear()
    estate.bench.settle()
    assert shown(estate.bench) == shown(undisturbed.bench)
    assert sent(estate.bench, tags=False) == sent(undisturbed.bench, tags=False)


def test_a_tag_write_that_is_never_answered_is_given_up():
    estate = changed(sort="lose-response", actions=("AddTagsToResource",))

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "AddTagsToResource was sent 5 times" in summary.failed[0].reason


@pytest.mark.parametrize("code", ["InvalidUserState", "InvalidUserGroupState"])
def test_a_state_that_refuses_is_waited_for(code):
    estate = changed(sort="refuse", actions=("ModifyUser",), code=code, count=3)

    events = list(estate.applying())

    assert events[-1].summary.exit_code == 0
    refused = [event for event in events if isinstance(event, StepSent) and code in event.fate]
    assert len(refused) == 3


def test_a_state_that_never_passes_ends_at_the_steps_deadline():
    estate = changed(sort="refuse", actions=("ModifyUser",), code="InvalidUserState")

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "InvalidUserState" in summary.failed[0].reason


@pytest.mark.parametrize("code", ["InvalidParameterValue", "UserQuotaExceeded", "UserNotFound"])
def test_a_refusal_for_good_is_not_tried_again(code):
    estate = changed(sort="refuse", actions=("ModifyUser",), code=code, message="no such luck")

    summary = estate.apply()

    assert summary.exit_code == 1
    assert f"{code}: no such luck" in summary.failed[0].reason
    assert sent(estate.bench) == ["ModifyUser"]


def test_a_403_in_the_middle_stops_its_dependants_and_nothing_else():
    estate = Estate(
        InProcess(), (user(), people("app"), orders(user_group_ids=("people",)), carts())
    )
    estate.bench.secrets.put(ONE, "a-secret-of-this-test")
    estate.bench.service.faults.add({"sort": "deny", "actions": ["CreateUserGroup"]})

    events = list(estate.applying())

    summary = events[-1].summary
    assert summary.exit_code == 1
    assert [str(one.address) for one in summary.failed] == ["user_group/people"]
    assert "AccessDenied" in summary.failed[0].reason
    assert [str(one.address) for one in summary.left] == ["replication_group/orders"]
    assert "user_group/people" in summary.left[0].why
    assert {str(one) for one in summary.settled} == {"user/app", "serverless_cache/carts"}
    assert any(isinstance(event, StepFailed) for event in events)
    assert any(isinstance(event, Left) for event in events)


STATES = {
    "user_group": "InvalidUserGroupState",
    "user": "InvalidUserState",
    "serverless_cache": "InvalidServerlessCacheStateFault",
    "parameter_group": "InvalidCacheParameterGroupState",
    "cache_cluster": "InvalidCacheClusterState",
    "replica": "InvalidReplicationGroupState",
    "replication_group": "InvalidReplicationGroupState",
}
"""By a part of the operation's name, the state in which the service takes no such call."""


@EVERY
def test_with_every_second_call_refused_for_a_state_it_arrives(name):
    estate = TRANSITIONS[name].prepared()
    turns = itertools.cycle([True, False])

    def refuse(_: int, call: Call) -> None:
        codes = [code for part, code in STATES.items() if part in call.operation]
        if codes and next(turns):
            raise AwsError(call.service, call.action, codes[0], "not in this state", status=400)

    summary = estate.apply(estate.bench.writer(before=refuse))

    assert summary.exit_code == 0
    assert estate.plan().empty


def denied_at(name: str, number: int) -> None:
    """Deny one call; the run says so, does no more of that change, and the next one does it."""
    estate = TRANSITIONS[name].prepared()

    def deny(count: int, call: Call) -> None:
        if count == number:
            raise AwsError(call.service, call.action, "AccessDenied", "not you", status=403)

    summary = estate.apply(estate.bench.writer(before=deny))

    assert summary.exit_code == 1, number
    assert "AccessDenied" in summary.failed[0].reason, number
    estate.bench.settle()
    assert estate.apply().exit_code == 0, number
    assert estate.plan().empty, number


@EVERY
def test_a_403_on_the_way_is_told_and_the_next_apply_does_the_rest(name):
    calls = TRANSITIONS[name].prepared().apply().writes
    denied_at(name, (calls + 1) // 2)


@pytest.mark.slow
@EVERY
def test_a_403_at_any_call_is_told_and_the_next_apply_does_the_rest(name):
    for number in range(1, TRANSITIONS[name].prepared().apply().writes + 1):
        denied_at(name, number)


@EVERY
def test_what_is_accepted_and_rolled_back_is_never_told_as_a_success(name):
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    estate = TRANSITIONS[name].prepared()
    estate.bench.service.faults.add({"sort": "roll-back", "actions": WRITES})

    summary = estate.apply()

    estate.bench.service.faults.clear()
    estate.bench.settle()
    arrived = shown(estate.bench) == shown(undisturbed.bench)
    assert summary.exit_code == (0 if arrived else 1)
    assert estate.plan().empty is arrived


def test_after_a_403_is_mended_the_next_apply_does_the_rest():
    estate = Estate(InProcess(), (carts(), orders()))
    estate.bench.service.faults.add({"sort": "deny", "actions": ["CreateReplicationGroup"]})
    assert estate.apply().exit_code == 1
    estate.bench.service.faults.clear()
    estate.bench.writes.clear()

    assert estate.apply().exit_code == 0
    assert sent(estate.bench) == ["CreateReplicationGroup"]


def test_what_was_accepted_and_rolled_back_is_a_failed_step_with_the_services_words():
    estate = TRANSITIONS["a larger node"].prepared()
    estate.bench.service.faults.add(
        {"sort": "roll-back", "actions": ["ModifyReplicationGroup"], "message": "no memory left"}
    )

    summary = estate.apply()

    assert summary.exit_code == 1
    failed = summary.failed[0]
    assert "accepted, then rolled back" in failed.reason
    assert "before cache.r7g.large, wanted cache.r7g.xlarge, now cache.r7g.large" in failed.reason
    assert any("no memory left" in event for event in failed.events)


def test_of_many_events_the_latest_are_told_and_the_last_comes_last():
    estate = TRANSITIONS["a larger node"].prepared()
    for turn in range(15):
        estate.bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ReplicationGroupDescription=f"turn {turn}",
        )
        estate.bench.settle(20)
    estate.bench.service.faults.add(
        {"sort": "roll-back", "actions": ["ModifyReplicationGroup"], "message": "no memory left"}
    )

    [failed] = estate.apply().failed

    assert failed.events[-1] == "no memory left"
    assert len(failed.events) == 10


def test_what_could_not_be_created_is_a_failed_step():
    estate = Estate(InProcess(), (orders(),))
    estate.bench.service.faults.add({"sort": "fail-create", "actions": ["CreateReplicationGroup"]})

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "create-failed" in summary.failed[0].reason


def test_reads_that_trail_do_not_make_a_roll_back():
    estate = changed(sort="stale", actions=("Describe*",), seconds=20)

    summary = estate.apply()

    assert summary.exit_code == 0
    assert sent(estate.bench, tags=False) == ["ModifyUser"]


@EVERY
def test_a_tagging_api_that_trails_adopts_nothing_and_doubles_nothing(name):
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    estate = TRANSITIONS[name].prepared()
    estate.bench.service.faults.add({"sort": "tagging-lag", "seconds": 3600})

    assert estate.apply().exit_code == 0
    assert estate.plan().empty
    assert estate.apply().writes == 0
    assert sent(estate.bench) == sent(undisturbed.bench)


def test_reads_that_go_unanswered_for_a_while_are_asked_again():
    estate = TRANSITIONS["rights are changed"].prepared()
    facts_read = 12
    silent = iter([False] * facts_read + [True] * 4)

    def before_read(service: str, operation: str, params: object) -> None:
        if estate.bench.writes and next(silent, False):
            raise CouldNotLook("the service can't be reached")

    estate.bench.before_read = before_read

    assert estate.apply().exit_code == 0


def test_a_secret_that_can_not_be_opened_stops_its_change_and_is_named():
    estate = TRANSITIONS["a password is rotated"].prepared()
    estate.bench.secrets.values.clear()

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "{secretsmanager: test/app, key: one}" in summary.failed[0].reason
    assert "not sent" in summary.failed[0].reason
