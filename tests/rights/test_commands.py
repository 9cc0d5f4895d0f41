"""It is so that reconcile rights answers offline, in text and in JSON that stays."""

from __future__ import annotations

import json

import pytest

from reconciler.cli import run

SPEC = """
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app-rw:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@write"
    authentication_mode: {type: iam}
  app-ro:
    engine: valkey
    access_string: "on ~app:* -@all +@read"
    authentication_mode: {type: iam}
user_groups:
  people: {engine: valkey, user_ids: [app-rw, app-ro]}
serverless_caches:
  orders: {engine: valkey, major_engine_version: "8", user_group_id: people}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.fixture
def ask(capsys):
    def asked(*arguments):
        code = run(["rights", *arguments])
        return code, capsys.readouterr()

    return asked


def answer(ask, *arguments):
    code, said = ask(*arguments, "--format", "json")
    assert code == 0, said.err
    return json.loads(said.out)


def test_a_string_is_answered_in_the_documented_form(ask):
    text = "on ~app:* -@all +set (%R~x:* &c +get)"

    found = answer(ask, "string", text, "--engine-version", "8.0", "--can", "SET app:1 x")

    assert found["on"] is True
    assert found["canonical"] == "on %R~x:* resetchannels &c -@all +get (~app:* -@all +set)"
    assert found["table"] == "valkey 8.0"
    assert found["selectors"][1] == {
        "commands": ["auth", "get", "hello", "quit", "reset"],
        "first_args": [],
        "read": ["x:*"],
        "write": [],
        "channels": ["c"],
    }
    assert found["selectors"][0]["channels"] == ["*"]
    assert found["can"] == [
        {
            "command": "SET app:1 x",
            "allowed": True,
            "hidden": False,
            "why": "+set allows SET, ~app:* holds app:1",
        }
    ]


def test_each_question_is_answered_and_what_is_assumed_is_said(ask):
    code, said = ask("string", "on ~a +@read", "--can", "GET a", "--can", "SET a 1")

    assert code == 0
    assert "on valkey 9.1; channels that are not named: allchannels" in said.out
    assert "yes  GET a: +@read allows GET, ~a holds a" in said.out
    assert "no   SET a 1: no rule allows SET" in said.out


def test_a_version_without_a_table_says_which_one_judges(ask):
    _, said = ask("string", "on &a +get", "--engine", "valkey", "--engine-version", "7.2")
    _, exact = ask("string", "on &a +get", "--engine", "valkey", "--engine-version", "8.1.2")

    assert said.out.startswith("on valkey 7.2, judged by redis 7.0\n")
    assert exact.out.startswith("on valkey 8.1.2\n")


def test_a_string_may_begin_with_a_dash(ask):
    found = answer(ask, "string", "-@all +ping ~file*", "--can", "PING")

    assert found["can"][0]["allowed"] is True
    assert answer(ask, "diff", "-@all +ping", "-@all")["widens"] is False


def test_the_channel_default_can_be_given(ask):
    given = ("string", "on +publish", "--can", "PUBLISH a 1")

    assert answer(ask, *given)["can"][0]["allowed"] is True
    assert answer(ask, *given, "--channel-default", "resetchannels")["can"][0]["allowed"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["string", "on +@raed"], "did you mean @read?"),
        (["string", "on >s3cret"], "no password rules"),
        (["string", "on %R~a", "--engine-version", "6.2", "--engine", "redis"], "redis 6.2"),
        (["string", "on", "--engine", "memcached"], "redis or valkey"),
        (["string", "on", "--engine-version", "new"], "not an engine version"),
        (["string", "on", "--channel-default", "some"], "allchannels or resetchannels"),
        (["diff", "on +get", "on +gett"], "did you mean +get?"),
    ],
)
def test_what_the_engine_would_refuse_exits_2(ask, arguments, said):
    code, found = ask(*arguments)

    assert code == 2
    assert said in found.err
    assert "s3cret" not in found.err


def test_a_user_is_shown_on_each_cache_and_version_that_it_reaches(ask, spec):
    found = answer(ask, "user", "app-rw", "-f", spec, "--can", "FLUSHALL")

    assert [(one["cache"], one["table"]) for one in found["rights"]] == [
        ("serverless_cache/orders", "valkey 8.0"),
        ("serverless_cache/orders", "valkey 8.1"),
    ]
    assert found["rights"][0]["can"][0]["why"] == "+@write allows FLUSHALL"


def test_who_can_names_users_and_caches(ask, spec):
    _, said = ask("who-can", "FLUSHALL", "-f", spec, "--cache", "orders")

    assert "serverless_cache/orders  user/app-rw  +@write allows FLUSHALL" in said.out
    assert "app-ro" not in said.out
    assert "1 user can't" in said.out


def test_who_can_in_json(ask, spec):
    found = answer(ask, "who-can", "GET app:1", "-f", spec)

    assert {(one["user"], one["can"]) for one in found["answers"]} == {
        ("app-rw", True),
        ("app-ro", True),
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["user", "nobody"], "has no user nobody; it has app-rw, app-ro"),
        (["who-can", "GET a", "--cache", "carts"], "has no cache carts"),
    ],
)
def test_what_the_spec_does_not_have_exits_2(ask, spec, arguments, said):
    code, found = ask(*arguments, "-f", spec)

    assert code == 2
    assert said in found.err


def test_a_difference_of_two_users(ask, spec):
    found = answer(ask, "diff", "user/app-ro", "user/app-rw", "-f", spec, "--engine-version", "8.1")

    assert found["widens"] is True
    assert found["gains"][0] == "108 commands (all of @write), writing to keys app:*"
    assert found["loses"] == []
    assert found["smaller"] == "on ~app:* -@all +@write -@dangerous +@read"
    assert found["versions"]["gains"]["valkey 8.1"]["everywhere"] == [
        "flushall",
        "flushdb",
        "swapdb",
    ]


def test_a_difference_in_text(ask):
    _, said = ask("diff", "on ~a +get +set", "on ~a +get", "--engine-version", "8.1")

    assert said.out == "gains    nothing\nloses    1 command (SET), writing to keys a\n"


def test_users_of_the_spec_are_compared_by_id(ask, spec):
    by_id = ask("diff", "app-ro", "app-rw", "--file", spec)
    by_address = ask("diff", "user/app-ro", "user/app-rw", "--file", spec)

    assert by_id[0] == 0, by_id[1].err
    assert by_id[1].out == by_address[1].out
    assert "loses" in by_id[1].out


def test_a_rule_that_is_a_word_is_no_user(ask):
    code, said = ask("diff", "off", "on ~a +get")

    assert code == 0, said.err


def test_versions_on_which_a_user_may_do_the_same_are_shown_once(ask, spec):
    code, said = ask("user", "app-ro", "--file", spec, "--can", "GET app:1")

    assert code == 0, said.err
    page = said.out.splitlines()
    assert page[0] == "serverless_cache/orders"
    assert page[1].startswith("on valkey 8.0; ")
    assert page[2].startswith("on valkey 8.1; ")
    assert sum("+@read allows GET" in line for line in page) == 1
