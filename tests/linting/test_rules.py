"""It is so that each rule finds its defect, says where it stands, and is silent without it."""

from __future__ import annotations

import build
import pytest
from build import TOKEN, password

from reconciler.lint import RULES, advise
from reconciler.model import AuthenticationMode, Silence

OPEN = AuthenticationMode(type="no-password-required")
GOOD = "on ~app:* -@all +@read +@write +@connection -@dangerous -@scripting"


def estate(text=GOOD, *, cache=None, members=("app",), attached=("people",), **fields):
    """A user in a group on a cache, nothing to be said about any of them."""
    fields.setdefault("authentication_mode", password(TOKEN))
    resources = (
        build.user("app", access_string=text, **fields),
        build.user_group("people", user_ids=members),
        cache or build.replication_group("orders", user_group_ids=attached),
    )
    return {one.address: one for one in resources}


def found(resources, silences=()):
    return [(advice.id, str(advice.address)) for advice in advise(resources, silences)]


def test_a_careful_estate_gets_no_advice():
    assert found(estate()) == []


@pytest.mark.parametrize(
    ("rule", "address", "resources"),
    [
        pytest.param("everything-allowed", "user/app", estate("on ~* +@all"), id="everything"),
        pytest.param(
            "everything-allowed", "user/app", estate("on (~* +@all)"), id="everything in a selector"
        ),
        pytest.param("dangerous-granted", "user/app", estate("on +@dangerous"), id="dangerous"),
        pytest.param("scripts-or-whole-keyspace", "user/app", estate("on ~a:* +eval"), id="script"),
        pytest.param("scripts-or-whole-keyspace", "user/app", estate("on +flushall"), id="flush"),
        pytest.param("keys-without-prefix", "user/app", estate("on ~* +get"), id="every key"),
        pytest.param("keys-without-prefix", "user/app", estate("on ~*:x +get"), id="wild start"),
        pytest.param(
            "channels-left-to-default", "user/app", estate("on +publish"), id="channels unsaid"
        ),
        pytest.param(
            "default-user-on", "user/app", estate(user_name="default"), id="default user on"
        ),
        pytest.param(
            "no-password-in-reach", "user/app", estate(authentication_mode=OPEN), id="no password"
        ),
        pytest.param(
            "secret-from-environment",
            "user/app",
            estate(authentication_mode=password(build.PASSWORD)),
            id="a password of the shell",
        ),
        pytest.param(
            "secret-from-environment",
            "replication_group/orders",
            estate(cache=build.replication_group("orders", auth_token=build.PASSWORD)),
            id="a token of the shell",
        ),
        pytest.param("user-in-no-group", "user/app", estate(members=()), id="no group"),
        pytest.param(
            "group-on-no-cache",
            "user_group/people",
            estate(cache=build.replication_group("orders", auth_token=TOKEN)),
            id="no cache",
        ),
        pytest.param("open-cache", "replication_group/orders", estate(attached=()), id="open"),
    ],
)
def test_a_defect_is_found_where_it_stands(rule, address, resources):
    assert (rule, address) in found(resources)


@pytest.mark.parametrize(
    ("rule", "resources"),
    [
        pytest.param("everything-allowed", estate("off ~* +@all"), id="off"),
        pytest.param("everything-allowed", estate("on ~app:* +@all"), id="a prefix"),
        pytest.param("dangerous-granted", estate("on +info +keys"), id="picked by name"),
        pytest.param("keys-without-prefix", estate("on ~* +ping"), id="no command on keys"),
        pytest.param(
            "channels-left-to-default", estate("on resetchannels +publish"), id="channels said"
        ),
        pytest.param("default-user-on", estate("off -@all", user_name="default"), id="default off"),
        pytest.param(
            "no-password-in-reach",
            estate(authentication_mode=OPEN, attached=()),
            id="no password and no cache",
        ),
        pytest.param("no-password-in-reach", estate(authentication_mode=password()), id="password"),
        pytest.param(
            "open-cache",
            estate(cache=build.replication_group("orders", auth_token=TOKEN)),
            id="a token",
        ),
    ],
)
def test_a_rule_is_silent_without_its_defect(rule, resources):
    assert rule not in [one for one, _ in found(resources)]


def test_everything_allowed_says_it_all_at_once():
    assert [rule for rule, _ in found(estate("on ~* +@all"))] == ["everything-allowed"]


def test_advice_is_silenced_with_a_reason_for_one_address():
    silence = Silence(rule="keys-without-prefix", address="user/app", why="reads for the report")

    assert found(estate("on ~* +get"), [silence]) == []


def test_a_silence_holds_for_its_address_only():
    silence = Silence(rule="keys-without-prefix", address="user/other", why="reads everything")

    assert ("keys-without-prefix", "user/app") in found(estate("on ~* +get"), [silence])


@pytest.mark.parametrize("rule", ["keys-without-prefix", "no-such-rule"])
def test_a_silence_of_nothing_is_advice_in_turn(rule):
    [advice] = advise(estate(), [Silence(rule=rule, why="once it was needed")])

    assert (advice.id, advice.field) == ("silence-of-nothing", "silence[0]")


def test_every_advice_has_a_mend_and_a_line_of_reason():
    bad = estate("on ~* +eval +publish", members=(), user_name="default")
    bad |= {one.address: one for one in [build.replication_group("lone")]}

    for advice in advise(bad):
        assert advice.id in RULES
        assert advice.mend
        assert advice.message
        assert advice.severity in {"warning", "notice"}
        assert str(advice).count("\n") == 0


def test_a_cache_that_can_have_no_token_is_not_told_to_have_one():
    lone = build.serverless_cache("lone")

    [advice] = [one for one in advise({lone.address: lone}) if one.id == "open-cache"]

    assert advice.mend == "attach a user group"
