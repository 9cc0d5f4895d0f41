"""A deletion is for what is ours at that moment: tags are read right before it, limits hold."""

from __future__ import annotations

import dataclasses
from datetime import date

import build
import pytest
from build import address, live, shown_user, user_group
from estate import Estate, sent
from inprocess import InProcess
from transition import ONE, carts, orders, user

from reconciler.errors import AwsError
from reconciler.guard import guard, refusals
from reconciler.kind import Ownership
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.model import Max, Safety
from reconciler.plan import make_plan

TODAY = date(2026, 11, 20)
EVERYTHING = Asked(destroy=True)


def destroying(*wishes, **bench) -> Estate:
    estate = Estate(InProcess(**bench), wishes)
    estate.bench.secrets.put(ONE, "a-secret-of-this-test")
    estate.apply()
    estate.bench.settle()
    estate.bench.writes.clear()
    estate.asked = EVERYTHING
    return estate


def untag(estate: Estate, arn_type: str, ident: str) -> None:
    arn = estate.facts().arn(arn_type, ident)
    keys = ["reconciler:estate"]
    estate.bench.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=keys)
    estate.bench.settle()


def test_what_was_let_go_of_after_it_was_planned_is_not_deleted():
    estate = destroying(carts())

    def refuse_and_let_go(number, call):
        if number == 1:
            untag(estate, "serverlesscache", "carts")
            code = "InvalidServerlessCacheStateFault"
            raise AwsError("elasticache", call.action, code, "not now", status=400)

    (failed,) = estate.apply(estate.bench.writer(before=refuse_and_let_go)).failed

    assert "no longer say that it is ours" in failed.reason
    assert sent(estate.bench) == ["DeleteServerlessCache"]
    assert estate.bench.aws("describe_serverless_caches")["ServerlessCaches"]


def test_a_tag_that_the_sweep_still_shows_deletes_nothing():
    estate = destroying(carts(), tagging_lag_s=3600.0)
    estate.wishes = ()
    estate.asked = Asked(prune=True)
    untag_at = estate.facts().arn("serverlesscache", "carts")
    keys = ["reconciler:estate"]
    estate.bench.aws("remove_tags_from_resource", ResourceName=untag_at, TagKeys=keys)
    estate.bench.clock.advance(60)

    assert estate.facts().observed[address("serverless_cache/carts")].ownership is Ownership.OWNED
    assert estate.plan().empty


def test_an_answer_that_was_lost_deletes_once():
    estate = destroying(orders())

    def lose(number, call):
        if number == 1:
            raise AwsError("elasticache", call.action, "Timeout", "no answer", status=0)

    summary = estate.apply(estate.bench.writer(after=lose))

    assert summary.exit_code == 0
    assert sent(estate.bench) == ["DeleteReplicationGroup"]


def test_a_deletion_that_is_accepted_and_not_done_is_a_failure():
    estate = destroying(user())
    answer = estate.bench.answer

    def pretends(service, operation, params):
        if operation == "delete_user":
            return {"UserId": params["UserId"], "Status": "deleting"}
        return answer(service, operation, params)

    estate.bench.answer = pretends

    (failed,) = estate.apply().failed

    assert "DeleteUser was accepted, and it is still there" in failed.reason


def test_what_somebody_makes_under_the_name_meanwhile_stays():
    estate = destroying(carts())
    theirs = []

    def remake(number, call):
        estate.bench.clock.advance(600)
        theirs.append(
            estate.bench.aws(
                "create_serverless_cache", ServerlessCacheName="carts", Engine="valkey"
            )
        )

    summary = estate.apply(estate.bench.writer(after=remake))

    assert theirs
    assert summary.failed
    assert sent(estate.bench) == ["DeleteServerlessCache"]


def planned(observed, asked=EVERYTHING, desired=()):
    return make_plan(KINDS, dataclasses.replace(build.facts(desired, observed), asked=asked))


def test_each_deletion_counts_and_the_refusal_prints_the_line():
    plan = planned([live(shown_user("late"))])

    (reason,) = refusals(plan, Safety(), today=TODAY)[address("user/late")]

    assert reason.startswith("deletes: 1 of 0 allowed (safety.max.delete)")
    assert "{action: delete, address: user/late, until: 2026-11-30" in reason
    guard(plan, Safety(), allow=frozenset({"delete:user/late"}), today=TODAY)
    guard(plan, Safety(max=Max(delete=1)), today=TODAY)


def test_a_deletion_that_is_agreed_to_needs_no_word_for_whom_it_cuts_off():
    plan = planned([live(build.shown_group()), live(build.shown_serverless())])
    agreed = frozenset(f"delete:{one.address}" for one in plan.changes)

    assert not refusals(plan, Safety(max=Max(interrupt=0)), allow=agreed, today=TODAY)


@pytest.mark.parametrize("asked", [EVERYTHING, Asked(prune=True)], ids=["destroy", "prune"])
def test_what_is_protected_is_never_deleted(asked):
    plan = planned([live(shown_user("late"))], asked)
    safety = Safety(protect=("user/late",), max=Max(delete=9))
    agreed = frozenset({"delete:user/late"})

    (reason,) = refusals(plan, safety, allow=agreed, today=TODAY)[address("user/late")]

    assert "safety.protect names it" in reason


def test_a_user_that_another_teams_group_has_touches_what_is_not_ours():
    late = live(shown_user("late"), reaches=(address("user_group/theirs"),))
    group = live(user_group("theirs", user_ids=("late",)), ownership=Ownership.UNMANAGED)
    plan = planned([late, group])

    (reason,) = refusals(plan, Safety(), allow=frozenset({"delete:user/late"}), today=TODAY)[
        address("user/late")
    ]

    assert "user_group/theirs would feel it and is not ours" in reason


def test_a_cache_that_could_not_be_created_can_be_deleted():
    estate = Estate(InProcess(), (orders(),))
    estate.bench.service.faults.add({"sort": "fail-create", "actions": ["CreateReplicationGroup"]})
    assert estate.apply().failed
    estate.bench.service.faults.clear()
    estate.bench.writes.clear()
    estate.asked = EVERYTHING

    summary = estate.apply()

    assert summary.exit_code == 0
    (call,) = estate.bench.writes
    assert "FinalSnapshotIdentifier" not in call.params


def test_tags_are_asked_once_for_the_plan_and_once_right_before_each_deletion():
    """With two thousand users every further question is two thousand calls."""
    by_iam = build.AuthenticationMode(type="iam")
    users = [build.user(f"user-{number}", authentication_mode=by_iam) for number in range(4)]
    estate = destroying(*users)
    estate.bench.reads.clear()

    summary = estate.apply()

    assert summary.failed == ()
    assert sent(estate.bench) == ["DeleteUser"] * len(users)
    assert estate.bench.reads["list_tags_for_resource"] == 2 * len(users)
