"""Forgetting drops our tags and nothing else, and keeps the thing."""

from __future__ import annotations

import pytest
from build import REGION, address, facts, live, shown_user, user
from estate import ESTATE, Estate, MemoryJournal, shown
from inprocess import ACCOUNT, InProcess

from reconciler.applying.outcome import Finished, Left, StepFailed
from reconciler.applying.run import Run
from reconciler.applying.settle import Eyes
from reconciler.errors import AwsError, Interrupted, LeaseHeld, Refused
from reconciler.forget import forget, forgettable
from reconciler.kind import Ownership
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode
from reconciler.plan import Adopt

IAM = AuthenticationMode(type="iam")
APP, OTHER = address("user/app"), address("user/other")
WISHES = [
    user("app", authentication_mode=IAM, tags={"team": "shop"}),
    user("other", authentication_mode=IAM),
]


@pytest.fixture
def bench():
    made = InProcess()
    Estate(made, WISHES).apply()
    made.settle()
    made.writes.clear()
    made.lease.acquired = made.lease.released = 0
    return made


def forgetting(bench, *chosen, journal=None, **hooks):
    found = Estate(bench, WISHES).facts()
    run = Run(
        Eyes(KINDS, bench.reader(), found),
        bench.writer(**hooks),
        bench.lease,
        bench.clock,
        journal or MemoryJournal(),
    )
    return forget([one.address for one in forgettable(found, chosen)], KINDS, run)


def forgotten(bench, *chosen, **more):
    *_, last = forgetting(bench, *chosen, **more)
    assert isinstance(last, Finished)
    return last.summary


def tags(bench, ident="app"):
    arn = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:{ident}"
    told = bench.aws("list_tags_for_resource", ResourceName=arn)
    return {one["Key"]: one["Value"] for one in told["TagList"]}


def test_our_tags_go_and_everything_else_stays(bench):
    before = shown(bench)
    assert "reconciler:applied" in tags(bench)

    summary = forgotten(bench, APP)

    after = shown(bench)
    assert summary.settled == (APP,)
    assert tags(bench) == {"team": "shop"}
    assert tags(bench, "other")["reconciler:estate"] == ESTATE
    for told in (before, after):
        told["tags"] = {arn: held for arn, held in told["tags"].items() if not arn.endswith("app")}
    assert after == before


def test_the_next_plan_would_have_to_adopt_it_again(bench):
    forgotten(bench, APP)

    (change,) = Estate(bench, WISHES).plan().changes

    assert isinstance(change.change, Adopt)


def test_it_is_done_under_the_lease_and_journalled(bench):
    journal = MemoryJournal()

    forgotten(bench, APP, OTHER, journal=journal)

    assert (bench.lease.acquired, bench.lease.released) == (1, 1)
    assert [call.action for _, call, _ in journal.intents] == ["RemoveTagsFromResource"] * 2
    assert [told for _, told in journal.outcomes] == ["accepted"] * 2


def test_while_somebody_applies_nothing_is_sent(bench):
    bench.lease.held_by = "ann"

    with pytest.raises(LeaseHeld):
        forgotten(bench, APP)

    assert bench.writes == []


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_lost_answer_is_looked_after(bench, done):
    def lose(number, call):
        if number == 1:
            raise AwsError("elasticache", call.action, "Timeout", "no answer", status=0)

    summary = forgotten(bench, APP, **{"after" if done else "before": lose})

    assert summary.failed == ()
    assert tags(bench) == {"team": "shop"}
    assert len(bench.writes) == (1 if done else 2)


def test_a_key_that_somebody_else_removed_meanwhile_is_no_failure(bench):
    def meddle(number, call):
        if number == 1:
            bench.aws(
                "remove_tags_from_resource",
                ResourceName=call.params["ResourceName"],
                TagKeys=["reconciler:applied"],
            )

    summary = forgotten(bench, APP, before=meddle)

    assert summary.failed == ()
    assert tags(bench) == {"team": "shop"}


def test_a_busy_one_is_waited_for(bench):
    bench.aws("modify_user", UserId="app", AccessString="on ~x:* -@all +@read")

    assert forgotten(bench, APP).settled == (APP,)


def test_one_that_is_refused_for_good_does_not_stop_the_others(bench):
    def deny(number, call):
        if number == 1:
            raise AwsError("elasticache", call.action, "AccessDenied", "no", status=403)

    summary = forgotten(bench, APP, OTHER, before=deny)

    assert [one.address for one in summary.failed] == [APP]
    assert "AccessDenied" in summary.failed[0].reason
    assert summary.settled == (OTHER,)
    assert summary.exit_code == 1


def test_one_that_another_estate_took_meanwhile_is_left_to_it(bench):
    told = forgetting(bench, APP)
    bench.aws(
        "add_tags_to_resource",
        ResourceName=f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:app",
        Tags=[{"Key": "reconciler:estate", "Value": "other"}],
    )

    (failed,) = [event for event in told if isinstance(event, StepFailed)]

    assert "the estate other" in failed.reason
    assert bench.writes == []


def test_one_that_never_loses_its_tags_is_a_failure_after_some_attempts(bench):
    def again(_, call):
        tagged = [{"Key": key, "Value": ESTATE} for key in call.params["TagKeys"]]
        bench.settle(30)
        bench.aws("add_tags_to_resource", ResourceName=call.params["ResourceName"], Tags=tagged)

    summary = forgotten(bench, APP, after=again)

    assert "its tags are still there" in summary.failed[0].reason
    assert len(bench.writes) == 5


def test_an_interruption_says_what_is_left(bench):
    bench.clock.interrupt_at = len(bench.clock.waits) + 2
    told = []

    with pytest.raises(Interrupted):
        told.extend(iter_into(told, forgetting(bench, APP, OTHER)))

    assert [event.address for event in told if isinstance(event, Left)][-1] == OTHER
    assert isinstance(told[-1], Finished)
    assert bench.lease.released == 1


def iter_into(told, events):
    for event in events:
        told.append(event)
    return ()


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        ([], "it is not there"),
        (
            [live(shown_user(), ownership=Ownership.UNKNOWN, status="modifying")],
            "can't be read while it is modifying",
        ),
        (
            [live(shown_user(marks={"estate": "old"}), ownership=Ownership.UNMANAGED)],
            "forget it there",
        ),
    ],
)
def test_what_is_not_ours_to_forget_is_refused(observed, told):
    with pytest.raises(Refused, match=told):
        forgettable(facts([user()], observed), [APP])


def test_a_thing_without_our_tags_has_nothing_to_forget():
    bare = live(shown_user(), ownership=Ownership.UNMANAGED)

    assert forgettable(facts([user()], [bare]), [APP]) == ()


def test_an_orphan_can_be_forgotten():
    assert len(forgettable(facts([], [live(shown_user())]), [APP])) == 1
