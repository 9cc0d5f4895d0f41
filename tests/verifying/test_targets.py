"""What is promised of a cache: the spec where it speaks, what is live where it is silent."""

from __future__ import annotations

import pytest

from reconciler.checks.target import ANYONE, DefaultUser, targets_of
from reconciler.kind import Endpoint, Live
from reconciler.model import (
    Address,
    AuthenticationMode,
    External,
    ReplicationGroup,
    SecretRef,
    ServerlessCache,
    User,
    UserGroup,
)
from reconciler.verify import Wishes, targets, unknown

REF = SecretRef(store="env", id="X")
NO_PASSWORD = AuthenticationMode(type="no-password-required")


def cache(**fields) -> ReplicationGroup:
    return ReplicationGroup(id="orders", engine="valkey", engine_version="8.1", **fields)


def live(noun, *roles: str, **fields) -> Live:
    places = tuple(
        Endpoint(role, "127.0.0.1", number + 1, tls=True, node=f"n{number}" * (role == "node"))
        for number, role in enumerate(roles)
    )
    return Live(noun.but(**fields), "arn", "available", at_rest=True, endpoints=places)


def target(noun, *others, observed=()):
    desired = {one.address: one for one in (noun, *others)}
    seen = {one.address: one for one in observed or (live(noun, "primary"),)}
    [found] = targets_of(desired, seen, {})
    return found


def default(access_string: str, mode: AuthenticationMode = NO_PASSWORD) -> User:
    return User(id="d", user_name="default", access_string=access_string, authentication_mode=mode)


GROUP = UserGroup(id="g", engine="valkey", user_ids=("d",))


@pytest.mark.parametrize(
    ("user", "promise"),
    [
        pytest.param(default("off +get ~keys*"), DefaultUser.OFF, id="off"),
        pytest.param(default("on off ~* +@all"), DefaultUser.OFF, id="the last word holds"),
        pytest.param(default("on ~* +@all"), DefaultUser.OPEN, id="on, without a password"),
        pytest.param(
            default("on ~* +@all", AuthenticationMode(type="password", passwords=(REF,))),
            DefaultUser.PASSWORD,
            id="on, with a password",
        ),
        pytest.param(User(id="d", access_string="on ~* +@all"), DefaultUser.OFF, id="no default"),
    ],
)
def test_what_the_default_user_is_meant_to_be(user, promise):
    found = target(cache(user_group_ids=("g",)), GROUP, user)

    assert found.default_user is promise


def test_without_a_group_and_a_token_anyone_may_come_in():
    found = target(cache())

    assert (found.default_user, found.accounts) == (DefaultUser.OPEN, (ANYONE,))


def test_a_token_is_an_account_without_a_name():
    found = target(cache(auth_token=REF))

    [account] = found.accounts
    assert (found.default_user, account.name, account.secrets) == (DefaultUser.TOKEN, None, (REF,))


def test_what_the_spec_leaves_out_is_taken_as_it_is():
    noun = ReplicationGroup(id="orders")
    seen = live(noun, "primary", transit_encryption_enabled=True, num_cache_clusters=3)

    found = target(noun, observed=[seen])

    assert (found.tls, found.replicas, found.shards) == ("required", 2, 1)


def test_what_an_autoscaler_owns_is_not_promised():
    found = target(
        cache(num_node_groups=3, replicas_per_node_group=1, ignore_changes=("num_node_groups",))
    )

    assert (found.shards, found.replicas, found.clustered) == (None, 1, True)


@pytest.mark.parametrize(("gate", "waits"), [({}, True), ({"tls-required": "open"}, False)])
def test_a_closed_gate_holds_the_promise_back(gate, waits):
    noun = cache(transit_encryption_enabled=True, transit_encryption_mode="required", gates=gate)
    seen = live(noun, "primary", transit_encryption_mode="preferred")

    found = target(noun, observed=[seen])

    assert (found.tls, found.gated) == ("required", waits)


def test_a_serverless_cache_speaks_tls_and_the_cluster_protocol():
    noun = ServerlessCache(id="carts", engine="valkey", major_engine_version="8", user_group_id="g")
    seen = live(noun, "serverless", "serverless_reader")

    found = target(noun, GROUP, default("off"), observed=[seen])

    assert (found.tls, found.clustered, found.shards) == ("required", True, None)
    assert found.main.role == "serverless"


def test_a_cache_on_its_way_has_nothing_to_connect_to():
    noun = cache()
    seen = Live(noun, "arn", "creating", at_rest=False)

    assert "status creating" in target(noun, observed=[seen]).absent


def test_an_external_target_is_what_it_says():
    given = External(addresses=("10.0.0.1:6379", "[::1]:7000"), tls=True, user="app", password=REF)

    [found] = targets_of({}, {}, {"six": given})

    assert found.address == Address("external", "six")
    assert [(one.host, one.port) for one in found.endpoints] == [("10.0.0.1", 6379), ("::1", 7000)]
    assert (found.tls, found.default_user, found.managed) == (
        "required",
        DefaultUser.PASSWORD,
        False,
    )


def test_the_runs_wishes_are_laid_on_the_specs_own():
    noun = cache()
    wishes = Wishes(skip=frozenset({"data"}), negative=False, writes=True)

    [found] = targets({noun.address: noun}, {}, {}, wishes)

    assert (found.wishes.negative, found.wishes.writes) == (False, True)
    assert found.wishes.skip == {"data": "left out by --skip"}


@pytest.mark.parametrize(
    ("named", "count"), [("orders", 1), ("replication_group/orders", 1), ("x", 0)]
)
def test_a_run_can_be_narrowed_to_a_cache(named, count):
    noun = cache()

    found = targets({noun.address: noun}, {}, {}, Wishes(caches=frozenset({named})))

    assert len(found) == count


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, ""),
        ({"caches": {"orders"}, "users": {"d"}}, ""),
        ({"caches": {"replication_group/orders"}}, ""),
        ({"caches": {"order"}}, "--cache order: there is none of that name"),
        ({"users": {"e"}}, "--user e: nobody of that id is let in by"),
        ({"caches": {"lab"}, "users": {"d"}}, "--user d: nobody of that id is let in by external/"),
    ],
)
def test_a_name_with_a_slip_in_it_passes_for_no_proof(asked, said):
    nouns = (cache(user_group_ids=("g",)), GROUP, default("on ~* +@all"))
    desired = {one.address: one for one in nouns}
    lab = {"lab": External(addresses=("127.0.0.1:1",))}
    wishes = Wishes(**{name: frozenset(words) for name, words in asked.items()})

    told = unknown(targets(desired, {}, lab, Wishes()), wishes)

    assert told.startswith(said)
    assert bool(told) == bool(said)
