"""It is so that IAM users come in by a token that CONTROL finds good, over TLS, for a time."""

import time

import pytest
import redis
from dataplane import user, wish

pytestmark = pytest.mark.engines
REFUSED = "invalid username-password pair or user is disabled"
ROBOT = (user("robot", sort="iam"),)


@pytest.fixture
def cache(plane, request):
    want = wish("iam", tls=getattr(request, "param", "required"), users=ROBOT)
    return want, plane.settle(want).ports["primary"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_good_token_opens(cache, client, protocol):
    want, port = cache

    robot = client(port, "robot", f"robot@{want.key}", tls=True, protocol=protocol)

    assert robot.acl_whoami() == "robot"


@pytest.mark.parametrize("token", ["", "robot@another-cache", "x" * 400])
def test_a_bad_token_is_refused_in_the_engines_words(cache, client, token):
    with pytest.raises(redis.exceptions.AuthenticationError, match=REFUSED):
        client(cache[1], "robot", token, tls=True).ping()


@pytest.mark.parametrize("cache", ["preferred"], indirect=True)
def test_no_token_is_good_without_tls(cache, client):
    want, port = cache

    assert client(port, "robot", f"robot@{want.key}", tls=True).ping()
    with pytest.raises(redis.exceptions.AuthenticationError, match=REFUSED):
        client(port, "robot", f"robot@{want.key}").ping()


def test_what_is_said_behind_a_login_waits_for_it(cache, wire):
    want, port = cache
    robot = wire(port, tls=True)

    robot.send(f"AUTH robot robot@{want.key}\r\nACL WHOAMI\r\nPING\r\n".encode())

    assert robot.read(23) == b"+OK\r\n$5\r\nrobot\r\n+PONG\r\n"


def test_the_connection_ends_unless_a_fresh_token_comes_in_time(plane, cache, wire):
    want, port = cache
    login = f"AUTH robot robot@{want.key}\r\n".encode()
    started = time.monotonic()
    tired, fresh = wire(port, tls=True).send(login), wire(port, tls=True).send(login)
    assert tired.line() == fresh.line() == b"+OK\r\n"

    time.sleep(0.6)  # the life of a connection is 1 s on this data plane
    assert fresh.send(login).line() == b"+OK\r\n"

    assert tired.is_cut()
    assert 0.9 < time.monotonic() - started < 1.5
    assert fresh.send(b"PING\r\n").line() == b"+PONG\r\n"


def test_a_password_user_outlives_the_life_of_an_iam_connection(shop, client):
    boss = client(shop["primary"], "boss", tls=True, single_connection_client=True)
    before = boss.client_id()

    time.sleep(1.1)

    assert boss.client_id() == before
