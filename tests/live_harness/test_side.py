"""One side of a run: what is recorded, what is waited for, and what may be deleted."""

from __future__ import annotations

import json

import pytest
from live.estate import NAMES, spec_text
from live.teardown import tear_down
from live.user_facts import group, user
from live.world import TAG, LiveFailed

from reconciler.spec import load


def test_no_secret_gets_into_a_record_whatever_it_stands_in(world, tmp_path):
    secret = world.secret()
    user(world, "one", Passwords=[secret])
    user(world, "two", AccessString=f"on >{secret}")
    world.call("modify_replication_group", ReplicationGroupId="none", AuthToken=secret)
    world.make("user", "three", "create_user", UserName=secret, Engine="valkey", AccessString="on")

    text = (tmp_path / "side.jsonl").read_text()

    assert secret not in text
    assert text.count("(scrubbed)") >= 4
    assert f'"Value": "{world.run}"' in text


def test_what_stands_where_secrets_stand_is_never_recorded(world, tmp_path):
    user(world, "one", Passwords=["a-password-of-others"])
    mode = {"Type": "password", "Passwords": ["a-password-of-others"]}
    world.call("modify_user", UserId=world.id("one"), AuthenticationMode=mode)

    assert "a-password-of-others" not in (tmp_path / "side.jsonl").read_text()


@pytest.mark.parametrize("run", ["ab12cd", "416615", "1e2345"])
def test_the_estate_is_a_spec_whatever_the_run_is_called(world, tmp_path, run):
    world.run = run
    (tmp_path / "spec.yaml").write_text(spec_text(world))

    found = load(tmp_path / "spec.yaml")

    assert found.estate.estate == run
    assert {one.tags[TAG] for one in found.resources.values()} == {run}
    assert {f"{one.kind}/{one.id}" for one in found.resources.values()} == {
        f"{kind}/{world.id(name)}" for name, kind in NAMES.items()
    }


def test_both_sides_get_the_same_secrets_and_each_only_once(world):
    assert world.secret() != world.secret()


def test_a_record_holds_what_was_asked_and_what_came_back(world):
    world.recorder.step = "fact x"
    user(world, "one")
    world.call("describe_users", UserId="nobody")

    made, missing = world.recorder.records
    assert (made.step, made.operation, made.answer["Status"]) == ("fact x", "CreateUser", "active")
    assert (missing.code, missing.accepted) == ("UserNotFound", False)
    assert json.loads(json.dumps(missing.params)) == {"UserId": "nobody"}


def test_waiting_remembers_the_words_on_the_way(world):
    user(world, "one")
    group(world, "some", "valkey", "one")

    world.settle("user_group", world.id("some"), "create_user_group")

    [waited] = world.waits
    assert waited.words == ("creating", "active")


def test_what_never_comes_ends_the_wait(world):
    user(world, "one")

    # Nobody deletes it; a group would come to rest sooner than a busy machine looks.
    with pytest.raises(LiveFailed, match="waited 0 minutes for user"):
        world.gone("user", world.id("one"), minutes=0)


def test_teardown_takes_everything_in_an_order_that_is_accepted(world, sandbox):
    user(world, "default", UserName="default", Engine="redis", NoPasswordRequired=True)
    group(world, "some", "redis", "default")
    world.settle("user_group", world.id("some"))
    made = world.make(
        "serverless_cache",
        "cache",
        "create_serverless_cache",
        Engine="valkey",
        UserGroupId=world.id("some"),
    )
    assert made.brief == "accepted"
    said = []

    left = tear_down(world, said.append, minutes=0.2)

    assert left == []
    assert sandbox.holds() == []
    assert [one.split()[1] for one in said] == ["serverless_cache", "user_group", "user"]


def test_teardown_touches_nothing_that_does_not_carry_this_runs_tag(world, sandbox):
    user(world, "mine")
    theirs = {
        "UserId": world.id("theirs"),
        "UserName": "theirs",
        "Engine": "valkey",
        "AccessString": "on ~* +@all",
        "Passwords": ["a-password-of-sixteen"],
        "Tags": [{"Key": TAG, "Value": "other1"}],
    }
    sandbox.client.create_user(**theirs)
    world.made.note("user", world.id("theirs"))

    left = tear_down(world, lambda _: None)

    assert sandbox.holds() == [world.id("theirs")]
    assert left == [f"user {world.id('theirs')}: it does not carry this run's tag, so it stays"]


def test_teardown_works_from_its_notes_while_the_tagging_api_trails(world, sandbox):
    sandbox.service.control("fault", {"sort": "tagging-lag", "seconds": 3600})
    user(world, "mine")
    try:
        assert world.tagged() == []
        assert tear_down(world, lambda _: None) == []
    finally:
        sandbox.service.control("fault", {"clear": True})
    assert sandbox.holds() == []
