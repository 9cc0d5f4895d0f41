"""One data plane a worker, many caches side by side on it; clients that close behind themselves."""

from __future__ import annotations

import contextlib
import ssl

import pytest
import redis
from dataplane import PASSWORD, Plane, Wire, shard, user, wish
from redis.backoff import NoBackoff
from redis.retry import Retry


@pytest.fixture(scope="session")
def plane(tmp_path_factory):
    plane = Plane(tmp_path_factory.mktemp("plane"))
    yield plane
    plane.host.stop()


@pytest.fixture
def wire(plane):
    """Open connections of bytes that the test need not close; ``tls=True`` trusts our authority."""
    with contextlib.ExitStack() as open_ones:

        def connect(port, *, tls=False):
            context = None
            if tls:
                context = ssl.create_default_context(cafile=plane.host.ca_file)
            opened = Wire(port, context)
            open_ones.callback(opened.socket.close)
            return opened

        yield connect


@pytest.fixture
def client(plane):
    """Open redis-py clients that the test need not close, and that never try twice."""
    with contextlib.ExitStack() as open_ones:

        def connect(port, name=None, password=PASSWORD, *, tls=False, cluster=False, **more):
            given = {
                "host": "127.0.0.1",
                "port": port,
                "socket_timeout": 5,
                "decode_responses": True,
            }
            if name:
                given |= {"username": name, "password": password}
            if tls:
                given |= {"ssl": True, "ssl_ca_certs": str(plane.host.ca_file)}
            if not cluster:
                given["retry"] = Retry(NoBackoff(), 0)
            opened = (redis.RedisCluster if cluster else redis.Redis)(**(given | more))
            open_ones.callback(opened.close)
            return opened

        yield connect


USERS = (
    user(
        "app",
        "on ~app:* &* -@all +@read +@write +@connection +@transaction +acl|list +acl|users"
        " +acl|getuser +acl|whoami",
    ),
    user("boss"),
    user("robot", sort="iam"),
)


@pytest.fixture(scope="session")
def _standing(plane):
    """Want the caches that tests only look at, all at once: they come up side by side."""
    thirds = ("0-5460", "5461-10922", "10923-16383")
    wants = {
        "shop": wish("shop", nodes=3, tls="required", users=USERS, names=("shop.example",)),
        "hall": wish("hall"),
        "atlas": wish(
            "atlas",
            cluster_mode="enabled",
            tls="required",
            users=USERS,
            shards=tuple(shard(f"000{n}", s, 2) for n, s in enumerate(thirds, 1)),
        ),
        "air": wish(
            "air",
            sort="serverless_cache",
            cluster_mode="enabled",
            tls="required",
            users=USERS,
            shards=(shard("0001", "0-16383", 2),),
        ),
    }
    for want in wants.values():
        plane.host.want(want)
    return wants


@pytest.fixture
def shop(plane, _standing):
    """A primary and two replicas; TLS; app, boss and the IAM user robot."""
    return plane.settled(_standing["shop"]).ports


@pytest.fixture
def hall(plane, _standing):
    """One node that anybody may enter, without TLS."""
    return plane.settled(_standing["hall"]).ports


@pytest.fixture
def atlas(plane, _standing):
    """Three shards of two nodes, with the users of the shop."""
    return plane.settled(_standing["atlas"]).ports


@pytest.fixture
def air(plane, _standing):
    """A serverless cache with the users of the shop."""
    return plane.settled(_standing["air"]).ports
