"""Adopting writes two tags and nothing else, says what follows, and takes nothing from others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import build
import pytest
from build import address, facts, live, shown_group, shown_user, user, user_group
from estate import ESTATE, Estate, MemoryJournal, shown
from inprocess import InProcess

from reconciler.adopt import adoption, consents
from reconciler.apply import Doors, apply
from reconciler.applying.outcome import Finished
from reconciler.errors import AwsError, LeaseHeld, Refused
from reconciler.guard import guard
from reconciler.kind import TAG_WRITES, Ownership
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode, Safety
from reconciler.plan import Adopt, Update

IAM = AuthenticationMode(type="iam")
APP = address("user/app")
TODAY = dt.date(2026, 11, 20)


def stranger(resource, **fields):
    return live(resource, ownership=Ownership.UNMANAGED, **fields)


def planned(desired, observed, *chosen, **more):
    return adoption(KINDS, facts(desired, observed), [address(one) for one in chosen], **more)


@pytest.mark.parametrize("shape", list(build.SHOWN), ids=str)
def test_every_kind_is_adopted_by_one_call_with_two_tags(shape):
    there = build.SHOWN[shape]
    wished = type(there)(id=there.id, **build.OTHER[shape])

    found = planned([wished], [stranger(there)], f"{shape}/{there.id}")

    (change,) = found.plan.changes
    (step,) = change.steps
    assert isinstance(change.change, Adopt)
    assert step.call.operation in TAG_WRITES
    assert step.call.params["Tags"] == [
        {"Key": "reconciler:address", "Value": f"{shape}/{there.id}"},
        {"Key": "reconciler:estate", "Value": build.ESTATE},
    ]
    assert not step.record
    assert not step.intent


def test_what_a_plan_will_say_afterwards_is_the_specs_own():
    wished = user(access_string="on ~b:* -@all +@read")

    found = planned([wished, user_group()], [stranger(shown_user())], "user/app")

    (change,) = found.after.changes
    assert isinstance(change.change, Update)
    assert [one.field for one in change.change.fields] == ["access_string", "passwords"]


REFUSED = [
    ([], [stranger(shown_user())], {}, "reconcile import user/app"),
    ([user()], [], {}, "it is not there"),
    ([user()], [stranger(shown_user(), status="deleting")], {}, "being deleted"),
    (
        [user()],
        [live(shown_user(), ownership=Ownership.UNKNOWN, status="modifying")],
        {},
        "can't be read while it is modifying",
    ),
    (
        [user()],
        [stranger(shown_user(marks={"estate": "old"}))],
        {},
        "--from-estate old",
    ),
    (
        [user()],
        [stranger(shown_user(marks={"estate": "old"}))],
        {"from_estate": "elder"},
        "they name old",
    ),
    ([user()], [stranger(shown_user())], {"from_estate": "old"}, "they name none"),
]


@pytest.mark.parametrize(("desired", "observed", "more", "told"), REFUSED)
def test_what_can_not_be_taken_over_is_refused_with_the_way(desired, observed, more, told):
    with pytest.raises(Refused) as caught:
        planned(desired, observed, "user/app", **more)

    assert str(caught.value).startswith("user/app: ")
    assert told in str(caught.value)


def test_every_reason_is_given_at_once():
    with pytest.raises(Refused) as caught:
        planned([user(), user("other")], [], "user/app", "user/other")

    assert len(caught.value.reasons) == 2


def test_another_estates_is_taken_when_that_estate_is_named():
    there = stranger(shown_user(marks={"estate": "old", "address": "user/app"}))

    found = planned([user()], [there], "user/app", from_estate="old")

    assert found.left == {APP: "old"}
    assert len(found.plan.changes) == 1


def test_what_is_ours_already_is_left_alone():
    found = planned([user()], [live(shown_user())], "user/app")

    assert found.owned == (APP,)
    assert found.plan.empty


TERRAFORM = stranger(shown_group(tags={"terraform": "yes"}))


def test_another_tools_is_refused_until_that_is_allowed():
    found = planned([build.replication_group()], [TERRAFORM], "replication_group/orders")
    allow = consents([address("replication_group/orders")])

    with pytest.raises(Refused, match=r"the tag terraform.*\n?.*--allow touch:replication_group"):
        guard(found.plan, Safety(), allow=allow, today=TODAY)
    touched = allow | {"touch:replication_group/orders"}
    guard(found.plan, Safety(), allow=touched, today=TODAY)


def test_that_it_reaches_what_is_not_ours_does_not_matter_since_nobody_feels_a_tag():
    group = address("user_group/people")
    there = stranger(shown_user(), reaches=(group,))

    found = planned([user()], [there, stranger(user_group())], "user/app")

    guard(found.plan, Safety(), allow=consents([APP]), today=TODAY)


@pytest.fixture
def bench():
    made = InProcess()
    for ident in ("app", "other"):
        made.aws(
            "create_user",
            UserId=ident,
            UserName=ident,
            Engine="valkey",
            AccessString="on ~app:* -@all +@read",
            AuthenticationMode={"Type": "iam"},
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    made.settle()
    return made


WISHES = [
    user(access_string="on ~app:* -@all +@write", authentication_mode=IAM, tags={"team": "web"}),
    user("other", access_string="on ~app:* -@all +@read", authentication_mode=IAM),
]


def adopted(bench, *chosen, writer=None, journal=None):
    looked = Estate(bench, WISHES).facts()
    found = adoption(KINDS, looked, [address(one) for one in chosen])
    doors = Doors(
        KINDS,
        bench.reader(),
        writer or bench.writer(),
        bench.lease,
        bench.clock,
        journal or MemoryJournal(),
    )
    *_, last = apply(found.facts, found.plan, doors)
    assert isinstance(last, Finished)
    return last.summary


def test_nothing_but_the_two_tags_differs_afterwards(bench):
    before = shown(bench)

    summary = adopted(bench, "user/app")

    after = shown(bench)
    arn = next(one for one in after["tags"] if one.endswith(":app"))
    assert summary.settled == (APP,)
    assert after["tags"].pop(arn) == {
        "team": "shop",
        "reconciler:estate": ESTATE,
        "reconciler:address": "user/app",
    }
    assert before["tags"].pop(arn) == {"team": "shop"}
    assert after == before


def test_it_is_done_under_the_lease_and_journalled(bench):
    journal = MemoryJournal()

    adopted(bench, "user/app", journal=journal)

    assert (bench.lease.acquired, bench.lease.released) == (1, 1)
    assert [call.action for _, call, _ in journal.intents] == ["AddTagsToResource"]
    bench.lease = replace(bench.lease, held_by="ann")
    with pytest.raises(LeaseHeld):
        adopted(bench, "user/other")


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_lost_answer_is_looked_after(bench, done):
    def lose(number, call):
        if number == 1:
            raise AwsError("elasticache", call.action, "Timeout", "no answer", status=0)

    summary = adopted(
        bench, "user/app", writer=bench.writer(**{"after" if done else "before": lose})
    )

    assert summary.failed == ()
    assert not adoption(KINDS, Estate(bench, WISHES).facts(), [APP]).plan.changes


def test_the_next_plan_says_what_was_announced(bench):
    announced = adoption(KINDS, Estate(bench, WISHES).facts(), [APP]).after

    adopted(bench, "user/app")

    said = [one for one in Estate(bench, WISHES).plan().changes if one.address == APP]
    assert [one.change for one in said] == [one.change for one in announced.changes]
