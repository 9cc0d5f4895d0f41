"""It is so that AUTH tokens are rotated in, set, and checked by the front."""

import pytest
import redis
from dataplane import sha, wish

pytestmark = pytest.mark.engines
OLD, NEW, WRONG = "old-token-old-token", "new-token-new-token", "wrong-token-wrong-token"
REFUSED = "invalid username-password pair or user is disabled"


def test_a_token_is_asked_for(plane, client, wire):
    port = plane.settle(wish("token", token_hashes=(sha(OLD),), open=False)).ports["primary"]

    assert wire(port).send(b"PING\r\n").line() == b"-NOAUTH Authentication required.\r\n"
    assert client(port, "default", OLD).ping()
    with pytest.raises(redis.exceptions.AuthenticationError, match=REFUSED):
        client(port, "default", WRONG).ping()


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_token_alone_opens_as_auth_and_as_hello(plane, client, protocol):
    port = plane.settle(wish("hello", token_hashes=(sha(OLD),), open=False)).ports["primary"]

    guest = client(port, "default", OLD, protocol=protocol)

    assert guest.acl_whoami() == "default"


def test_auth_with_the_token_alone_is_the_default_user(plane, wire):
    port = plane.settle(wish("alone", token_hashes=(sha(OLD),), open=False)).ports["primary"]
    guest = wire(port)

    assert guest.send(f"AUTH {WRONG}\r\n".encode()).line().startswith(b"-WRONGPASS")
    assert guest.send(f"AUTH {OLD}\r\n".encode()).line() == b"+OK\r\n"
    assert guest.send(b"ACL WHOAMI\r\n").read(13) == b"$7\r\ndefault\r\n"


def test_while_a_token_is_rotated_in_both_and_none_open_but_a_wrong_one_does_not(plane, client):
    want = wish("rotate", token_hashes=(sha(OLD), sha(NEW)), open=True)
    port = plane.settle(want).ports["primary"]

    assert client(port).ping()
    assert [client(port, "default", token).ping() for token in (OLD, NEW)] == [True, True]
    with pytest.raises(redis.exceptions.AuthenticationError, match=REFUSED):
        client(port, "default", WRONG).ping()

    plane.settle(plane.later(want, token_hashes=(sha(NEW),), open=False))

    assert client(port, "default", NEW).ping()
    with pytest.raises(redis.exceptions.AuthenticationError):
        client(port, "default", OLD).ping()


def test_the_engines_own_password_is_nobodys_token(plane, wire):
    port = plane.settle(wish("inner", token_hashes=(sha(OLD),), open=False)).ports["primary"]
    guest = wire(port)

    for name in ("__local", "__local-nobody", "default"):
        assert guest.send(f"AUTH {name} {WRONG}\r\n".encode()).line().startswith(b"-WRONGPASS")
