"""It is so that a service that rewrites as no engine does gives an empty plan, and is told on."""

from __future__ import annotations

import dataclasses

import pytest
from estate import Estate, sent
from inprocess import InProcess, Killed, kill
from transition import ONE, orders, people, user

from reconciler.applying.outcome import Reworded
from reconciler.report.apply_report import apply_json, apply_text

SENT = "on ~app:* +@read"
OTHER = "on ~app:* +@write"


def bench(**switches):
    made = InProcess(rewrites_strangely=True, **switches)
    made.secrets.put(ONE, "secret-number-one-of-this", "v1")
    return made


def estate(text=SENT, there=None):
    there = there or bench()
    wishes = (user(access_string=text), people("app"), orders(user_group_ids=("people",)))
    return Estate(there, wishes)


def with_text(one, text):
    wishes = tuple(
        wish.but(access_string=text) if wish.address.kind == "user" else wish for wish in one.wishes
    )
    return dataclasses.replace(one, wishes=wishes)


def shown(there):
    [found] = (one for one in there.aws("describe_users")["Users"] if one["UserId"] == "app")
    return found["AccessString"]


def test_what_the_service_made_of_a_new_user_is_said_once_and_remembered():
    one = estate()

    summary = one.apply()

    [told] = summary.reworded
    assert shown(one.bench).endswith(" -keys")
    assert summary.exit_code == 0
    assert shown(one.bench) in told.text
    assert "It allows less" in told.text
    assert "KEYS" in told.text
    assert one.plan().empty
    assert one.apply().reworded == ()


def test_a_new_user_with_tags_of_its_own_keeps_them():
    one = estate()
    one = dataclasses.replace(one, wishes=(one.wishes[0].but(tags={"team": "a"}), *one.wishes[1:]))

    assert one.apply().exit_code == 0
    assert one.plan().empty


def test_it_is_told_on_the_page_and_in_json():
    summary = estate().apply()

    page = " ".join(apply_text(summary, "shop").split())

    assert page.count("remembered by tag") == 1
    [told] = apply_json(summary, "shop", empty=True)["reworded"]
    assert told["address"] == "user/app"


@pytest.mark.parametrize("worded", ["~app:* on -@all +@read", "on +@read ~app:*"])
def test_what_is_worded_otherwise_and_means_the_same_is_no_change(worded):
    one = estate()
    one.apply()

    assert with_text(one, worded).plan().empty


@pytest.mark.parametrize(
    "other", ["on ~app:* +@read +@write", "on ~app* +@read", "off ~app:* +@read"]
)
def test_what_means_something_else_is_one(other):
    one = estate()
    one.apply()

    assert not with_text(one, other).plan().empty


def test_a_changed_string_is_remembered_anew():
    one = estate()
    one.apply()

    summary = with_text(one, OTHER).apply()

    assert summary.exit_code == 0
    # @write does not have KEYS: the rewriting takes nothing away, and there is nothing to say.
    assert summary.reworded == ()
    assert with_text(one, OTHER).plan().empty
    assert with_text(one, "on ~app:* +@read +@write").apply().reworded
    assert with_text(one, "on ~app:* +@read +@write").plan().empty


def test_when_the_spec_moves_it_is_a_difference_and_the_spec_moved():
    one = estate()
    one.apply()

    [change] = with_text(one, OTHER).plan().changes

    [field] = change.change.fields
    assert field.before == shown(one.bench)
    assert field.moved == "spec"


def test_when_the_live_string_moves_it_is_a_difference_and_is_put_back():
    one = estate()
    one.apply()
    one.bench.aws("modify_user", UserId="app", AccessString="on ~app:* +@all")
    one.bench.settle()

    [change] = one.plan().changes

    [field] = change.change.fields
    assert field.before == "on ~app:* +@all -keys"
    assert field.moved == "live"
    assert one.apply().exit_code == 0
    assert one.plan().empty
    assert shown(one.bench) == "on ~app:* +@read -keys"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", range(1, 6))
def test_a_run_that_is_killed_anywhere_is_carried_on(call, after):
    one = estate()
    first = with_text(one, "on ~app:* +get")
    first.apply()
    with_moved = with_text(one, SENT)
    one.bench.writes.clear()
    try:
        with_moved.apply(one.bench.writer(**kill(call, after=after)))
    except Killed:
        one.bench.settle()

    assert with_moved.apply().exit_code == 0
    assert with_moved.plan().empty


def test_somebody_elses_string_right_after_our_call_is_not_taken_for_the_services():
    one = estate()
    one.apply()
    moved = with_text(one, "on ~app:* +@read +@write")
    theirs = []
    events = []
    for event in moved.applying():
        events.append(event)
        if len(sent(one.bench, tags=False)) > 3 and not theirs:
            one.bench.settle(60)
            theirs.append("on ~theirs:* +@read")
            one.bench.aws("modify_user", UserId="app", AccessString=theirs[0])
            one.bench.clock.advance(60)

    assert events[-1].summary.exit_code == 1
    assert not [event for event in events if isinstance(event, Reworded)]
    assert "theirs" in events[-1].summary.failed[0].reason


def test_an_engines_own_rewriting_needs_no_memory():
    there = InProcess(normalise=lambda text: text.replace("+@read", "-@all +@read"))
    there.secrets.put(ONE, "secret-number-one-of-this", "v1")
    one = estate(there=there)

    assert one.apply().reworded == ()
    tags = there.aws("list_tags_for_resource", ResourceName=arn(there))["TagList"]
    assert not [tag for tag in tags if "acl" in tag["Key"]]


def arn(there):
    [found] = (one for one in there.aws("describe_users")["Users"] if one["UserId"] == "app")
    return found["ARN"]
