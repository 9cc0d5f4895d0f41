"""It is so that known defects of other tools with access strings do not happen here, end to end."""

from __future__ import annotations

import datetime as dt

import pytest
from estate import Estate
from inprocess import InProcess
from transition import ONE, orders, password, people, user

from reconciler.guard import refusals
from reconciler.model import AuthenticationMode, Safety

TODAY = dt.date(2026, 11, 20)
READS = "on ~app::* -@all +@read"
# What the guide shows as the answer to a CreateUser that sent READS (of the days of 6.0).
GUIDES = (
    "on ~app::* -@all +@read +@hash +@bitmap +@geo -setbit -bitfield -hset -hsetnx -hmset -hincrby "
    "-hincrbyfloat -hdel -bitop -geoadd -georadius -georadiusbymember"
)


def applied(text, normalise=str.strip, **fields):
    bench = InProcess(normalise=normalise)
    bench.secrets.put(ONE, "secret-number-one-of-this", "v1")
    wishes = (
        user(access_string=text, **fields),
        people("app"),
        orders(user_group_ids=("people",)),
    )
    one = Estate(bench, wishes)
    assert one.apply().exit_code == 0
    bench.settle()
    return one


def behind_the_back(one, text):
    one.bench.aws("modify_user", UserId="app", AccessString=text)
    one.bench.settle()


def fields_of(one):
    return [
        (field.field, field.moved) for found in one.plan().changes for field in found.change.fields
    ]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        pytest.param("on allkeys allcommands", "on ~* +@all", id="words for signs"),
        pytest.param("on ~app:* +@read", "on ~app:* -@all +@read", id="a baseline is added"),
        pytest.param("~app:* +@read on", "on ~app:* -@all +@read", id="order of the parts"),
        pytest.param("on  ~app:*   +GET", "on ~app:* -@all +get", id="spaces and capitals"),
        pytest.param("on ~a ~b +set +get", "on ~b ~a -@all +get +set", id="order of single rules"),
        pytest.param("on ~a +get +get", "on ~a -@all +get", id="said twice"),
        pytest.param("on %RW~a +get", "on ~a -@all +get", id="both rights are one"),
        pytest.param("on ~a &ch +publish", "on ~a resetchannels &ch -@all +publish", id="channels"),
        pytest.param(READS, GUIDES, id="the guide's own answer, as an engine of 6.0 wrote it"),
    ],
)
def test_what_the_service_stores_is_no_change_for_ever(written, stored):
    one = applied(written, normalise=lambda text: stored if text == written else text)

    assert one.plan().empty
    assert one.apply().writes == 0


@pytest.mark.parametrize(
    "form",
    [
        "on ~app::* -@all +@read",
        "~app::* +@read on",
        "on resetkeys ~app::* nocommands +@read",
        "on ~app::* ~app::1 +@read +get",
    ],
)
def test_the_same_rights_in_other_words_from_somebody_else_are_no_change(form):
    one = applied("on ~app::* +@read")

    behind_the_back(one, form)

    assert one.plan().empty


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param("on ~app::* -@all +@read +@write", id="a category"),
        pytest.param("on ~app::* -@all +@read +flushall", id="a command"),
        pytest.param("on ~app::* -@all +@read +client|kill", id="a subcommand"),
        pytest.param("on ~* -@all +@read", id="every key"),
        pytest.param("on ~app::* ~b -@all +@read", id="one more pattern"),
        pytest.param("on ~app::* -@all +@read (~* +get)", id="a selector"),
        pytest.param("on ~app::* -@all +@read +select|0", id="a first argument"),
        pytest.param("on ~app::* -@all +@read +json.get", id="a module's command"),
        pytest.param("on ~app::* +@all", id="everything"),
    ],
)
def test_a_grant_at_the_console_is_seen_and_taken_back(grant):
    one = applied(READS)

    behind_the_back(one, grant)

    assert fields_of(one) == [("access_string", "live")]
    assert refusals(one.plan(), Safety(), today=TODAY) == {}
    assert one.apply().exit_code == 0
    assert one.plan().empty


def test_channels_granted_at_the_console_are_seen():
    one = applied("on ~app::* resetchannels -@all +@pubsub")

    behind_the_back(one, "on ~app::* &* -@all +@pubsub")

    assert fields_of(one) == [("access_string", "live")]


@pytest.mark.parametrize("taken", ["off ~app::* -@all +@read", "on ~app::1 -@all +get"])
def test_what_was_taken_away_at_the_console_is_put_back_without_asking_again(taken):
    one = applied(READS)

    behind_the_back(one, taken)

    [change] = one.plan().changes
    assert change.rights.widens
    assert refusals(one.plan(), Safety(), today=TODAY) == {}
    assert one.apply().exit_code == 0


def test_a_way_to_log_in_that_the_spec_changes_is_not_two_sides_change():
    one = applied(READS)
    iam = AuthenticationMode(type="iam")
    moved = Estate(one.bench, (one.wishes[0].but(authentication_mode=iam), *one.wishes[1:]))

    assert ("authentication_mode", "spec") in fields_of(moved)


def test_a_way_to_log_in_that_somebody_else_changed_is_drift():
    one = applied(READS, user_name="app", authentication_mode=password(ONE))

    one.bench.aws("modify_user", UserId="app", AuthenticationMode={"Type": "iam"})
    one.bench.settle()

    assert ("authentication_mode", "live") in fields_of(one)
