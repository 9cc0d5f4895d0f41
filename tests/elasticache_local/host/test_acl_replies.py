"""It is so that users read who the users are, without hashes and without HOST's own."""

import pytest
import redis

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("protocol", [2, 3])
def test_acl_list_shows_the_groups_users_without_hashes(shop, client, protocol):
    told = client(shop["primary"], "boss", tls=True, protocol=protocol).acl_list()

    assert [line.split()[1] for line in told] == ["app", "boss", "default", "robot"]
    assert "#" not in "".join(told)
    assert told[1] == "user boss on ~* &* +@all"


@pytest.mark.parametrize("protocol", [2, 3])
def test_acl_users_does_not_show_ours(shop, client, protocol):
    told = client(shop["primary"], "boss", tls=True, protocol=protocol).acl_users()

    assert told == ["app", "boss", "default", "robot"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_acl_getuser_shows_no_password(shop, client, protocol):
    boss = client(shop["primary"], "boss", tls=True, protocol=protocol)

    assert boss.acl_getuser("app")["passwords"] == []
    assert "on" in boss.acl_getuser("app")["flags"]
    assert boss.acl_getuser("__local") is None


def test_who_may_not_ask_is_refused_by_the_engine(plane, client):
    from dataplane import user, wish  # noqa: PLC0415 - this test alone

    port = plane.settle(wish("mute", users=(user("m", "on ~* -@all +get"),))).ports["primary"]

    with pytest.raises(redis.exceptions.NoPermissionError, match=r"'acl.list'"):
        client(port, "m").execute_command("ACL LIST")


def test_the_list_stands_in_its_place_in_a_pipeline(shop, client):
    pipeline = client(shop["primary"], "boss", tls=True).pipeline(transaction=False)
    for n in range(50):
        pipeline.set(f"p:{n}", "x" * 1000)
        pipeline.execute_command("ACL", "USERS")
        pipeline.get(f"p:{n}")

    answers = pipeline.execute()

    assert answers == [True, ["app", "boss", "default", "robot"], "x" * 1000] * 50


def test_within_a_transaction_and_with_replies_off_it_is_unknown(hall, wire):
    guest = wire(hall["primary"]).send(b"MULTI\r\nACL LIST\r\nDISCARD\r\n")

    assert guest.line() == b"+OK\r\n"
    assert guest.line().startswith(b"-ERR unknown command 'ACL'")
    guest.line()
    guest.send(b"CLIENT REPLY OFF\r\nACL LIST\r\nCLIENT REPLY ON\r\nPING\r\n")
    assert [guest.line(), guest.line()] == [b"+OK\r\n", b"+PONG\r\n"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_the_clients_shown_are_everybodys_but_our_own(shop, client, protocol):
    boss = client(shop["primary"], "boss", tls=True, protocol=protocol)

    names = [each["user"] for each in boss.client_list()]

    assert "boss" in names
    assert "__local" not in names
    assert boss.client_list(client_id=["999999999"]) == []
