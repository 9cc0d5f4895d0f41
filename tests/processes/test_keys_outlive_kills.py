"""No key is lost when the server kills an apply that moves data, with real engines.

Of each transition one call is picked by the day's date, at one moment; RECONCILE_SEED gives another
one, RECONCILE_KILLS=all every call at every moment.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import signal
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis
from commandline import make_folder
from played import account, prepared
from staged import EVERY
from transition import ONE, Transition, orders, people, user
from warm import warm

from reconciler.kind.asked import Asked
from reconciler.model import Address

pytestmark = [pytest.mark.engines, pytest.mark.slow]
MOMENTS = ("before", "after", "half")
SEED = os.environ.get("RECONCILE_SEED") or f"{datetime.now(UTC):%Y-%m-%d}"
KEYS = {f"app:{number}": f"of {number}" for number in range(300)}

_WRITER = (user(access_string="on ~app:* -@all +@read +@write +@connection"), people("app"))
MOVING = {
    name: EVERY[name]
    for name in (
        "a larger node",
        "a newer engine",
        "a serverless cache is made anew",
        "cluster mode is brought in",
        "parameters of its own follow a cache to another family",
        "parameters of its own follow a cache to cluster mode",
        "redis becomes valkey",
        "replicas are taken away",
        "shards are added",
        "shards are taken away",
        "TLS is brought in",
    )
} | {
    "a cache with users is made anew": Transition(
        (*_WRITER, orders(user_group_ids=("people",))),
        (*_WRITER, orders(user_group_ids=("people",), at_rest_encryption_enabled=False)),
        asked=Asked(replace=frozenset({Address("replication_group", "orders")})),
    )
}


@pytest.fixture(scope="module")
def place_of(tmp_path_factory):
    """Give new accounts of a local ElastiCache with engines, whose minutes are moments."""
    folder = make_folder(tmp_path_factory.mktemp("engines"))
    up = folder.run("local", "up", "--speed", "100", "--format", "json")
    assert up.code == 0, up.err
    ready = json.loads(up.out)
    with warm(folder) as made:
        yield lambda: account(folder, ready, made), ready["ca_file"]
    assert folder.run("local", "down").code == 0
    assert folder.emptied() == []


def _endpoint(place):
    """Give where the one cache of an account is reached, if by TLS, and if as a cluster."""
    for one in place.aws("describe_serverless_caches")["ServerlessCaches"]:
        return one["Endpoint"], True, True
    [group] = place.aws("describe_replication_groups")["ReplicationGroups"]
    if group["ClusterEnabled"]:
        return group["ConfigurationEndpoint"], group["TransitEncryptionEnabled"], True
    return group["NodeGroups"][0]["PrimaryEndpoint"], group["TransitEncryptionEnabled"], False


def _login(place):
    if not place.aws("describe_user_groups")["UserGroups"]:
        return {}
    held = place.client("secretsmanager").get_secret_value(SecretId=ONE.id)["SecretString"]
    return {"username": "app", "password": json.loads(held)[ONE.key]}


@contextlib.contextmanager
def connected(place, ca_file):
    endpoint, tls, sharded = _endpoint(place)
    given = {"host": endpoint["Address"], "port": endpoint["Port"], "decode_responses": True}
    given |= {"ssl": True, "ssl_ca_certs": ca_file} if tls else {}
    kind = redis.RedisCluster if sharded else redis.Redis
    with contextlib.closing(kind(**given, **_login(place))) as client:
        yield client


def put(place, ca_file):
    with connected(place, ca_file) as client:
        for name, value in KEYS.items():
            client.set(name, value)


def held(place, ca_file):
    """Give each key that is still there."""
    with connected(place, ca_file) as client:
        return {name: value for name in KEYS if (value := client.get(name)) is not None}


def picked(calls, name):
    every = [*itertools.product(range(1, calls + 1), MOMENTS)]
    if os.environ.get("RECONCILE_KILLS") == "all":
        return every
    return [random.Random(f"{SEED}/keys/{name}").choice(every)]


@pytest.mark.parametrize("name", MOVING, ids=lambda name: name.replace(" ", "_"))
def test_killed_by_the_server_every_key_is_there_after_the_next_apply(
    name, place_of, record_property
):
    opened, ca_file = place_of
    asked = MOVING[name].asked
    calls = MOVING[name].prepared().apply().writes
    for number, moment in picked(calls, name):
        where = f"killed {moment} call {number} of {calls}; RECONCILE_SEED={SEED}"
        with opened() as place:
            prepared(place, MOVING[name])
            put(place, ca_file)
            started = []

            def tell(count, when, at=(number, moment), pids=started):
                if (count, when) == at:
                    os.kill(pids[0], signal.SIGKILL)

            place.proxy.on_write = tell
            first = place.apply(asked, told=started.append)
            place.proxy.on_write = lambda *_: None
            again = place.apply(replace(asked, now=frozenset()))
            place.rest()

            assert first.code == -signal.SIGKILL, (where, first.err)
            assert again.code == 0, (where, again.err)
            assert held(place, ca_file) == KEYS, where
    record_property("kills by the server with engines", len(picked(calls, name)))
