"""It is so that users are on every node as they are wanted, and gone when they are not."""

import pytest
import redis
from dataplane import PASSWORD, sha, user, wish

pytestmark = pytest.mark.engines
WRONG = "invalid username-password pair or user is disabled"


def test_a_user_has_its_rights_and_no_others_on_every_node(shop, client):
    nodes = [port for name, port in shop.items() if name.startswith("node:")]

    for port in nodes:
        app = client(port, "app", tls=True)
        assert app.acl_whoami() == "app"
        with pytest.raises(redis.exceptions.NoPermissionError):
            app.get("other:1")
    assert len(nodes) == 3


@pytest.mark.parametrize(
    ("name", "password"),
    [("app", "wrong-wrong-wrong-wrong"), ("nobody", PASSWORD), ("__local", PASSWORD)],
)
def test_a_wrong_login_is_refused_in_the_engines_words(shop, client, name, password):
    with pytest.raises(redis.exceptions.AuthenticationError, match=WRONG):
        client(shop["primary"], name, password, tls=True).ping()


def test_without_a_default_user_of_the_groups_own_nobody_comes_in_unnamed(shop, wire):
    guest = wire(shop["primary"], tls=True).send(b"PING\r\n")

    assert guest.line() == b"-NOAUTH Authentication required.\r\n"


def test_both_passwords_of_a_user_open(plane, client):
    passwords = ("first-first-first-first", "second-second-second")
    ports = plane.settle(
        wish("two", users=(user("u", "on ~* +@all", "password", *passwords),))
    ).ports

    assert [client(ports["primary"], "u", each).ping() for each in passwords] == [True, True]


def test_a_default_user_of_the_groups_own_is_who_comes_in_unnamed(plane, client):
    everybody = user("default", "on ~open:* -@all +@read +acl|whoami", "no-password")
    ports = plane.settle(wish("own", users=(everybody,))).ports

    guest = client(ports["primary"])

    assert guest.acl_whoami() == "default"
    with pytest.raises(redis.exceptions.NoPermissionError):
        guest.set("open:1", "x")


def test_a_user_that_leaves_is_cut_off_and_those_that_stay_are_not(plane, client):
    want = wish("leave", users=(user("stays"), user("leaves")))
    ports = plane.settle(want).ports
    stays, leaves = (
        client(ports["primary"], name, single_connection_client=True)
        for name in ("stays", "leaves")
    )
    assert leaves.ping()
    before = stays.client_id()

    plane.settle(plane.later(want, users=(user("stays"),)))

    with pytest.raises(redis.exceptions.ConnectionError):
        leaves.ping()
    assert stays.client_id() == before


def test_changed_rights_and_passwords_hold_at_once(plane, client):
    want = wish("change", users=(user("u", "on ~* +@all"),))
    ports = plane.settle(want).ports
    connected = client(ports["primary"], "u", single_connection_client=True)
    assert connected.set("k", "v")

    fresh = "another-another-another"
    plane.settle(plane.later(want, users=(user("u", "on ~* -@all +get", "password", fresh),)))

    assert connected.get("k") == "v"
    with pytest.raises(redis.exceptions.NoPermissionError):
        connected.set("k", "w")
    with pytest.raises(redis.exceptions.AuthenticationError, match=WRONG):
        client(ports["primary"], "u").get("k")
    assert client(ports["primary"], "u", fresh).get("k") == "v"


def test_an_access_string_that_the_engine_refuses_is_a_problem_in_its_words(plane):
    want = wish("bad", users=(user("u", "on ~* +nosuchcommand"),))
    plane.host.want(want)

    problem = plane.wait_for_problem(want)

    assert problem.startswith("user u: ERR Error in ACL SETUSER modifier '+nosuchcommand'")
    plane.settle(plane.later(want, users=(user("u", "on ~* +@all"),)))


def test_parameters_hold_and_those_no_longer_wanted_go_back(plane, client):
    want = wish("par", parameters={"maxmemory-policy": "allkeys-lfu", "no-such-thing": "1"})
    ports = plane.settle(want).ports
    policy = client(ports["primary"]).info("memory")["maxmemory_policy"]

    plane.settle(plane.later(want, parameters={}))

    assert policy == "allkeys-lfu"
    assert client(ports["primary"]).info("memory")["maxmemory_policy"] == "noeviction"


def test_a_parameter_that_the_engine_does_not_know_is_noted_and_no_problem(plane):
    want = wish("note", parameters={"no-such-thing": "1"})
    plane.settle(want)

    [note] = plane.host.status()["caches"][want.key]["notes"]

    assert note.startswith("parameter no-such-thing: ERR Unknown option")


def test_no_password_crosses_to_the_data_plane(plane):
    want = wish("hash", users=(user("u"),))

    assert want.users[0].password_hashes == (sha(PASSWORD),)
    assert PASSWORD not in repr(want)


@pytest.mark.parametrize("default", ["allchannels", "resetchannels"])
def test_a_channel_pattern_stands_in_place_of_the_default(plane, client, default):
    rights = "on ~orders:* &orders:* -@all +@read +@pubsub"
    wants = [
        wish(
            f"channels-{found['version']}",
            engine=found["engine"],
            engine_version=found["version"],
            users=(user("narrow", rights), user("wide", "on ~* -@all +@pubsub")),
            parameters={"acl-pubsub-default": default},
        )
        for found in plane.binaries
    ]
    for want in wants:
        plane.host.want(want)

    for port in (plane.settled(want).ports["primary"] for want in wants):
        narrow = client(port, "narrow")
        assert narrow.publish("orders:1", "x") == 0
        with pytest.raises(redis.exceptions.NoPermissionError):
            narrow.publish("other:1", "x")
        if default == "allchannels":
            assert client(port, "wide").publish("other:1", "x") == 0


def test_a_channel_pattern_of_a_selector_stands_in_place_of_the_default_there_alone(plane, client):
    rights = "on ~* &a:* -@all +publish (~* &b:* -@all +spublish) (%R~* -@all +spublish)"
    port = plane.settle(wish("selectors", users=(user("both", rights),))).ports["primary"]
    both = client(port, "both")

    assert [both.publish("a:1", "x"), both.execute_command("SPUBLISH", "b:1", "x")] == [0, 0]
    assert both.execute_command("SPUBLISH", "c:1", "x") == 0
    with pytest.raises(redis.exceptions.NoPermissionError):
        both.publish("b:1", "x")
