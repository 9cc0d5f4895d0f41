"""What an apply may do at most, and the one dated way past it."""

from __future__ import annotations

from datetime import date

import build
import pytest
from transition import TRANSITIONS

from reconciler.errors import Refused
from reconciler.guard import guard, idle, refusals, unused
from reconciler.kind import Ownership
from reconciler.kinds import KINDS
from reconciler.model import Allow, Max, Safety
from reconciler.plan import make_plan

TODAY = date(2026, 11, 20)
GROUP = build.user_group(user_ids=("app", "b"))
ORDERS = build.address("replication_group/orders")


def plan(desired, observed):
    return make_plan(KINDS, build.facts(desired, observed))


def adopting():
    stranger = build.live(build.user_group(), ownership=Ownership.UNMANAGED)
    return plan([GROUP], [stranger])


def scaling(*names, **fields):
    wished = {"cache_node_type": "cache.r7g.xlarge", "apply_immediately": True, **fields}
    return plan(
        [build.ReplicationGroup(id=name, **wished) for name in names],
        [build.shown_group(name) for name in names],
    )


def allow(action, address, until="2026-12-31"):
    return Safety(allow=(Allow(action=action, address=address, until=until, why="agreed"),))


def said(found):
    return "\n".join(reason for reasons in found.values() for reason in reasons)


def test_a_harmless_plan_passes():
    guard(plan([GROUP], [build.user_group()]), Safety(), today=TODAY)


def test_an_adoption_is_refused_with_the_very_line_that_allows_it():
    with pytest.raises(Refused) as refused:
        guard(adopting(), Safety(), today=TODAY)

    [reason] = refused.value.reasons
    assert reason.startswith("user_group/people: takes over what is not ours: 1 of 0 allowed")
    assert "--allow adopt:user_group/people" in reason
    assert '- {action: adopt, address: user_group/people, until: 2026-11-30, why: "..."}' in reason


def test_the_line_that_a_refusal_prints_lifts_it():
    guard(adopting(), Safety(), allow=frozenset({"adopt:user_group/people"}), today=TODAY)
    guard(adopting(), allow("adopt", "user_group/people"), today=TODAY)


@pytest.mark.parametrize(
    "safety",
    [
        pytest.param(allow("adopt", "user_group/other"), id="another address"),
        pytest.param(allow("widen", "user_group/people"), id="another action"),
        pytest.param(allow("adopt", "user_group/people", "2026-11-19"), id="expired yesterday"),
    ],
)
def test_a_consent_is_exact_and_dated(safety):
    assert refusals(adopting(), safety, today=TODAY)


def test_a_consent_holds_on_its_last_day():
    safety = allow("adopt", "user_group/people", "2026-11-20")

    assert refusals(adopting(), safety, today=TODAY) == {}


def test_an_expired_consent_is_said_to_be_one():
    safety = allow("adopt", "user_group/people", "2026-11-19")

    assert "has expired" in said(refusals(adopting(), safety, today=TODAY))


def test_one_interruption_passes_and_two_are_refused():
    assert refusals(scaling("orders"), Safety(), today=TODAY) == {}

    found = refusals(scaling("orders", "sessions"), Safety(), today=TODAY)

    assert len(found) == 2
    assert "2 of 1 allowed (safety.max.interrupt)" in said(found)


def test_a_limit_is_what_the_spec_says():
    assert refusals(scaling("a", "b"), Safety(max=Max(interrupt=2)), today=TODAY) == {}
    assert refusals(scaling("a"), Safety(max=Max(interrupt=0)), today=TODAY)


def test_an_allowed_interruption_does_not_count_against_the_others():
    allowed = frozenset({"interrupt:replication_group/orders"})

    found = refusals(scaling("orders", "sessions"), Safety(), allow=allowed, today=TODAY)

    assert found == {}


def test_what_stands_behind_a_closed_gate_does_not_count():
    plaintext = build.shown_group(transit_encryption_enabled=False, transit_encryption_mode=None)
    wished = build.ReplicationGroup(id="orders", transit_encryption_enabled=True)
    opened = wished.but(gates={"tls-required": "open"})
    none = Safety(max=Max(interrupt=0))

    assert refusals(plan([wished], [plaintext]), none, today=TODAY) == {}
    assert refusals(plan([opened], [plaintext]), none, today=TODAY)
    assert refusals(
        plan([wished], [plaintext]), none, today=TODAY, through=frozenset({"orders/tls-required"})
    )


def test_nothing_lifts_the_protection_of_an_address():
    protected = Safety(protect=("replication_group/orders",))
    allowed = frozenset({"interrupt:replication_group/orders"})

    found = refusals(scaling("orders"), protected, allow=allowed, today=TODAY)

    assert "safety.protect" in said(found)


def test_protection_leaves_harmless_changes_alone():
    protected = Safety(protect=("replication_group/orders",))
    described = build.ReplicationGroup(id="orders", replication_group_description="x")

    assert refusals(plan([described], [build.shown_group()]), protected, today=TODAY) == {}


def test_a_replacement_is_refused_with_the_way_out_whatever_is_allowed():
    made = plan([build.ReplicationGroup(id="orders", port=7000)], [build.shown_group()])
    allowed = frozenset({"replace:replication_group/orders"})

    found = refusals(made, Safety(), allow=allowed, today=TODAY)

    assert "new id" in said(found)


def test_what_no_call_reaches_is_refused():
    token = build.shown_group(auth_token=build.HELD, auth_token_held="")
    made = plan([build.ReplicationGroup(id="orders", auth_token=None)], [token])

    assert "user group" in said(refusals(made, Safety(), today=TODAY))


@pytest.mark.parametrize("whose", [Ownership.UNMANAGED, Ownership.UNKNOWN])
def test_a_change_that_is_felt_by_what_is_not_ours_is_refused(whose):
    desired = build.user(access_string="on ~other:* -@all +@read")
    user = build.live(
        build.shown_user(marks={"secret": "v1"}), reaches=(build.address("user_group/theirs"),)
    )
    theirs = build.live(
        build.user_group("theirs"),
        ownership=whose,
        reaches=(build.address("replication_group/theirs"),),
    )

    # Whose it is has to be known of what the spec names; of the rest only what is ours.
    named = [build.user_group("theirs")] if whose is Ownership.UNKNOWN else []
    made = plan([desired, *named], [user, theirs])

    assert "user_group/theirs would feel it" in said(refusals(made, Safety(), today=TODAY))
    assert (
        refusals(
            made,
            Safety(max=Max(widen=9)),
            allow=frozenset({"touch:user/app"}),
            today=TODAY,
        )
        == {}
    )


def test_who_agrees_to_a_replacement_agrees_to_what_it_does_to_clients():
    estate = TRANSITIONS["a cache is made anew"].prepared()
    never = Safety(max=Max(interrupt=0))

    found = refusals(estate.plan(), never, allow=frozenset({f"replace:{ORDERS}"}), today=TODAY)

    assert found == {}


def test_what_another_tool_reconciles_is_not_taken_over_on_one_consent():
    stranger = build.live(
        build.user_group(tags={"aws:cloudformation:stack-name": "shop"}),
        ownership=Ownership.UNMANAGED,
    )
    made = plan([GROUP], [stranger])

    found = refusals(made, allow("adopt", "user_group/people"), today=TODAY)

    assert "aws:cloudformation:stack-name" in said(found)


def test_every_reason_is_given_at_once():
    stranger = build.live(build.user_group(), ownership=Ownership.UNMANAGED)
    made = plan(
        [GROUP, build.ReplicationGroup(id="orders", port=7000)], [stranger, build.shown_group()]
    )

    with pytest.raises(Refused) as refused:
        guard(made, Safety(), today=TODAY)

    assert len(refused.value.reasons) >= 2


def test_a_consent_that_nothing_needs_is_noted():
    safety = allow("adopt", "user_group/people")

    assert unused(adopting(), safety) == ()
    [note] = unused(plan([], []), safety)
    assert note == ("safety.allow[0] (adopt user_group/people) matches nothing any more: remove it")


def test_a_consent_or_a_gate_of_this_once_that_nothing_asks_for_is_told():
    """A letter too much would otherwise refuse the plan again, without a word of why."""
    useful = frozenset({"adopt:user_group/people"})

    assert idle(adopting(), useful) == ()
    assert idle(plan([], []), frozenset({"widen:user/app,"}), frozenset({"orders/none"})) == (
        "--allow widen:user/app, matches nothing in this plan",
        "--through-gate orders/none is no gate of this plan",
    )
