"""Every unknown is asked about, or has a reason; a turned switch is the one fact that differs."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from live.cache_facts import CACHE_FACTS, NOT_ASKED
from live.estate import demo
from live.fact import ask, learned, switch_names
from live.recorder import Recorder
from live.user_facts import USER_FACTS
from live.world import Made, Place, Run, World

from elasticache_local import ElastiCacheLocal
from elasticache_local.switch import Switches

DEFAULTS = {one.name: one.default for one in dataclasses.fields(Switches)}
ACCOUNT, REGION = "111122223333", "eu-west-1"
SUBNETS, SECURITY = "sandbox", "sg-0a1b2c3d4e5f60718"
TURNED = {
    "keeps_channels_sent": "false",
    "channel_pattern_replaces_default": "false",
    "hidden_command_may_not_be_taken_away": "false",
    "id_max_length_40": "false",
    "user_name_max_length": "77",
    "user_filters": "user-id,userid",
    "redis_group_takes_valkey_users": "true",
    "busy_group_refuses_user_change": "true",
    "tells_unknown_events": "false",
}
TURNED_OF_CACHES = {
    "tag_write_makes_busy": "false",
    "tagging_lag_s": "3",
    "remove_only_group_without_flag": "true",
    "parameter_group_waits_for_window": "true",
    "reuses_member_ids": "false",
    "tls_may_go_back": "true",
    "set_needs_rotate": "false",
    "serverless_name_max_length": "33",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Ask a service of its own, with switches turned; the default one is asked once."""
    memory = {}

    def call(facts, **switches):
        key = (facts, *sorted(switches.items()))
        if key not in memory:
            memory[key] = told_by(tmp_path_factory.mktemp("side"), facts, switches)
        return memory[key]

    return call


def told_by(folder, facts, switches):
    with ElastiCacheLocal(engines=False, region=REGION, switches=switches) as service:
        account = service.account(
            ACCOUNT, cache_subnet_groups=[SUBNETS], security_group_ids=[SECURITY]
        )
        keys = {
            "AWS_ACCESS_KEY_ID": account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
        }
        place = Place(ACCOUNT, REGION, SUBNETS, SECURITY, service.endpoint_url, keys)
        recorder = Recorder(folder / "side.jsonl")
        world = World(place, Run("ab12cd", "seed"), recorder, Made(folder / "made"), 0.02)
        if facts is CACHE_FACTS:
            # The commands keep their journal in the folder that they are typed in.
            with contextlib.chdir(folder):
                demo(world, folder, lambda _: None)
        found = ask(world, facts, lambda _: None)
        recorder.close()
        return found


def test_every_switch_is_asked_about_or_has_a_reason():
    about = [one.name for one in (*USER_FACTS, *CACHE_FACTS) if one.reads is not None]

    assert sorted([*about, *NOT_ASKED]) == sorted(switch_names())
    assert all(NOT_ASKED.values())


def test_no_fact_has_anothers_name():
    names = [one.name for one in (*USER_FACTS, *CACHE_FACTS)]

    assert len(set(names)) == len(names)


def as_set(value):
    return set(value) if isinstance(value, list | tuple) else value


def check_defaults(facts, told):
    for fact in facts:
        assert told[fact.name].silence == "", fact.name
        if fact.reads is not None:
            assert as_set(fact.reads(told[fact.name].told)) == as_set(DEFAULTS[fact.name]), fact


def check_turned(facts, name, here, turned):
    found = {one.fact.name: one for one in learned(facts, turned, here)}

    assert [one for one, it in found.items() if it.verdict != "as assumed"] == [name]
    read, _, value = found[name].mend.partition("=")
    assert read == name
    return value


@pytest.mark.slow
def test_what_is_read_of_users_is_what_the_switches_say(asked):
    check_defaults(USER_FACTS, asked(USER_FACTS))


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNED)
def test_a_turned_switch_about_users_is_the_one_fact_that_differs(asked, name):
    turned = asked(USER_FACTS, **{name: TURNED[name]})

    value = check_turned(USER_FACTS, name, asked(USER_FACTS), turned)
    assert set(value.split(",")) == set(TURNED[name].split(","))


@pytest.mark.slow
def test_what_is_read_of_caches_is_what_the_switches_say(asked):
    check_defaults(CACHE_FACTS, asked(CACHE_FACTS))


@pytest.mark.slow
@pytest.mark.parametrize("name", TURNED_OF_CACHES)
def test_a_turned_switch_about_caches_is_the_one_fact_that_differs(asked, name):
    turned = asked(CACHE_FACTS, **{name: TURNED_OF_CACHES[name]})

    value = check_turned(CACHE_FACTS, name, asked(CACHE_FACTS), turned)
    if name == "tagging_lag_s":
        # Measured, and a look takes a moment too.
        assert float(value) >= float(TURNED_OF_CACHES[name])
    else:
        assert value == TURNED_OF_CACHES[name]


def test_every_switch_that_is_asked_about_is_turned_once():
    assert {*TURNED, *TURNED_OF_CACHES, "user_starts_creating", *NOT_ASKED} == switch_names()
