"""It is so that what a person meant is held against the access string, offline."""

from __future__ import annotations

import build
import pytest

from reconciler import spec as specs
from reconciler.model import Expect
from reconciler.rights import check_expect, holdings
from reconciler.rights.expectation import unkept

HEAD = """
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~orders:* &orders:* -@all +@read +set +publish +config -@dangerous"
    authentication_mode: {type: iam}
    expect:
      can: ["SET orders:1 x", "SET carts:1 x"]
      cannot: [FLUSHALL, "GET orders:1"]
"""


def kept(text, *, can=(), cannot=(), engine="valkey", version="8.1", **cache):
    user = build.user("app", access_string=text, expect=Expect(can=can, cannot=cannot))
    group = build.user_group("people", user_ids=("app",))
    cache = build.replication_group(
        "orders", engine=engine, engine_version=version, user_group_ids=("people",), **cache
    )
    resources = {one.address: one for one in (user, group, cache)}
    return list(unkept(user, holdings(resources)["app"]))


@pytest.mark.parametrize(
    ("text", "can", "cannot"),
    [
        ("on ~a:* +@write -@dangerous", ["SET a:1 x"], ["SET b:1 x", "FLUSHALL", "GET a:1"]),
        ("on ~* +@all", ["GET a"], ["CONFIG GET maxmemory", "SHUTDOWN"]),
        ("on &news +subscribe", ["SUBSCRIBE news"], ["SUBSCRIBE others"]),
        ("on -@all +ping", ["PING", "AUTH x"], ["GET a"]),
        ("on ~a +json.get", ["JSON.GET a", "JSON.SET a $ 1"], ["json.del a"]),
    ],
)
def test_what_is_kept_is_no_problem(text, can, cannot):
    assert kept(text, can=can, cannot=cannot) == []


@pytest.mark.parametrize(
    ("text", "can", "said"),
    [
        ("on ~a:* +@write -set", "SET a:1 x", "-set refuses SET (valkey 8.1)"),
        ("on ~a:* +@write", "SET b:1 x", "no pattern lets it write key b:1: only ~a:* may be"),
        ("on ~a:* +@read", "SET a:1 x", "no rule allows SET"),
        ("on ~* +@all", "CONFIG GET maxmemory", "hides CONFIG GET from everybody"),
        ("off ~* +@all", "GET a", "the user is off"),
        ("on ~* +@all", "GETT a", "valkey 8.1 has no command GETT"),
        ("on ~* +@all", "GET", "GET takes 2 words, not 1"),
        ("on &a +publish", "PUBLISH b x", "channel b is not granted: it has &a"),
    ],
)
def test_what_should_be_allowed_and_is_not_says_which_token_decides(text, can, said):
    [(field, why)] = kept(text, can=[can])

    assert field == "expect.can[0]"
    assert said in why


@pytest.mark.parametrize(
    ("text", "cannot", "said"),
    [
        ("on ~a:* +@write", "FLUSHALL", "is allowed: +@write allows FLUSHALL (valkey 8.1)"),
        ("on ~* +@all", "FLUSHAL", "proves nothing: valkey 8.1 has no command FLUSHAL"),
        ("on ~* +@all", "GET", "proves nothing: GET takes 2 words"),
        ("on ~* +@all", 'GET "a', "proves nothing"),
    ],
)
def test_what_should_be_refused_and_is_not_says_which_token_decides(text, cannot, said):
    [(field, why)] = kept(text, cannot=[cannot])

    assert field == "expect.cannot[0]"
    assert said in why


@pytest.mark.parametrize(("group", "problems"), [("default.valkey8", 0), ("orders-valkey8", 1)])
def test_a_parameter_group_of_our_own_leaves_the_channel_default_open(group, problems):
    found = kept("on +publish", can=["PUBLISH a 1"], cache_parameter_group_name=group)

    assert len(found) == problems


def test_every_engine_version_that_the_user_reaches_is_asked():
    text = "on -@all +@read +@write +@connection"

    old = kept(text, can=["SELECT 1"], engine="redis", version="6.2")
    new = kept(text, can=["SELECT 1"], engine="redis", version="7.1")

    assert "(redis 6.2)" in old[0][1]
    assert new == []


def test_the_problem_stands_where_the_expectation_is_written(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(HEAD.replace(" +config", ""))

    problems = check_expect(specs.load(path))

    assert [(one.field, one.line) for one in problems] == [
        ("expect.can[1]", 11),
        ("expect.cannot[1]", 12),
    ]
