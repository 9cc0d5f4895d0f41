"""One pinned TLS context per CA, no way round it, and connections that say who they are."""

from __future__ import annotations

import gc
import socket
import ssl
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import redis
from pydantic import SecretStr
from verifying.engines import Engine, engines, hashed
from verifying.front import Authority, Front

from reconciler import connect
from reconciler.checks.answer import Sort, login_failed
from reconciler.connect import RedisConnector, pinned_context
from reconciler.ports import Connector, Login

pytestmark = pytest.mark.engines

SECRET = "a-password-of-a-user"
LOGIN = Login("app", SecretStr(SECRET))


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    with engines(tmp_path_factory.mktemp("engine"), 1) as [one]:
        one.set_user("default", "off")
        one.set_user("app", "on", hashed(SECRET), "~*", "-@all", "+get", "+@connection", "-client")
        yield one


@pytest.fixture(scope="module")
def front(engine, authority) -> Iterator[Front]:
    one = Front(engine.port, authority.context())
    yield one
    one.close()


def at(front: Front | Engine):
    return SimpleNamespace(host="127.0.0.1", port=front.port)


def ask(connector: Connector, place, *words: str, login: Login | None = LOGIN, tls: bool = True):
    client = connector.node(place, login, tls=tls)
    try:
        return client.execute_command(*words)
    finally:
        client.close()


def test_the_right_certificate_and_secret_lead_in(front, authority):
    assert ask(RedisConnector(authority.ca_file), at(front), "PING") is True


def test_answers_are_text(front, authority):
    assert ask(RedisConnector(authority.ca_file), at(front), "ECHO", "é") == "é"


def test_another_ca_is_refused(front, tmp_path):
    other = Authority(tmp_path)

    with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(RedisConnector(other.ca_file), at(front), "PING")


def test_the_systems_store_does_not_know_our_ca(front):
    with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(RedisConnector(), at(front), "PING")


def test_a_given_ca_is_a_pin_and_not_an_addition(authority):
    known = pinned_context(authority.ca_file).get_ca_certs()

    assert len(known) == 1


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param({"ip": "127.0.0.9"}, id="another name"),
        pytest.param({"days": -1}, id="expired"),
    ],
)
def test_a_wrong_certificate_is_refused(engine, authority, certificate):
    wrong = Front(engine.port, authority.context(**certificate))

    with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(RedisConnector(authority.ca_file), at(wrong), "PING")

    wrong.close()


def test_redis_py_1080_every_context_checks_chain_name_and_age(authority):
    for ca_file in (None, authority.ca_file):
        context = pinned_context(ca_file)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_one_context_serves_every_connection(front, authority, monkeypatch):
    made = []
    real = ssl.SSLContext.wrap_socket
    monkeypatch.setattr(
        ssl.SSLContext,
        "wrap_socket",
        lambda self, *a, **k: made.append(self) or real(self, *a, **k),
    )

    for _ in range(3):
        ask(RedisConnector(authority.ca_file), at(front), "PING")

    clients = [context for context in made if context.verify_mode is ssl.CERT_REQUIRED]
    assert len(clients) == 3
    assert len(set(map(id, clients))) == 1


def test_the_hook_that_we_override_is_there():
    # It is private in redis-py: should it go, TLS would be redis-py's own again, without our pin.
    inherited = redis.connection.SSLConnection._wrap_socket_with_ssl

    assert connect.VerifyConnection._wrap_socket_with_ssl is not inherited


def test_a_user_without_the_right_to_client_is_named_all_the_same(front, authority, engine):
    client = RedisConnector(authority.ca_file).node(at(front), LOGIN, tls=True)
    before = engine.admin.info("errorstats").get("errorstat_NOPERM", {"count": 0})["count"]

    client.ping()

    names = [one["name"] for one in engine.admin.client_list() if one["user"] == "app"]

    client.close()
    after = engine.admin.info("errorstats").get("errorstat_NOPERM", {"count": 0})["count"]
    assert names == ["reconcile-verify"]
    assert after == before


def test_plaintext_is_spoken_only_when_told(front, engine, authority):
    connector = RedisConnector(authority.ca_file, connect_timeout_s=1, read_timeout_s=1)

    with pytest.raises((redis.ConnectionError, redis.InvalidResponse)):
        ask(connector, at(front), "PING", login=None, tls=False)
    assert ask(connector, at(engine), "PING", tls=False) is True


def test_a_wrong_secret_is_refused_once_and_stands_nowhere(front, authority, engine):
    wrong = Login("app", SecretStr("not-the-password"))
    client = RedisConnector(authority.ca_file).node(at(front), wrong, tls=True)
    before = engine.admin.info("errorstats").get("errorstat_WRONGPASS", {"count": 0})["count"]

    with pytest.raises(redis.AuthenticationError) as caught:
        client.ping()

    after = engine.admin.info("errorstats")["errorstat_WRONGPASS"]["count"]
    texts = (repr(client), repr(client.connection_pool), repr(wrong), repr(caught.value))
    client.close()
    assert after - before == 1
    assert not any("not-the-password" in text for text in texts)


def test_a_server_that_repeats_what_it_was_sent_is_not_quoted():
    error = redis.ResponseError("unknown command 'AUTH', with args beginning with: 'hunter2'")

    assert "hunter2" not in repr(login_failed(error))
    assert login_failed(error).sort is Sort.WRONG_PASS


def test_who_does_not_answer_costs_the_time_that_was_given():
    connector = RedisConnector(connect_timeout_s=5, read_timeout_s=0.2)
    begun = time.monotonic()

    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(redis.TimeoutError),
    ):
        ask(connector, SimpleNamespace(host="127.0.0.1", port=mute.getsockname()[1]), "PING",
            tls=False, login=None)  # fmt: skip

    assert 0.15 < time.monotonic() - begun < 1


def test_closed_clients_leave_no_socket_behind(front, authority):
    for _ in range(3):
        ask(RedisConnector(authority.ca_file), at(front), "PING")

    gc.collect()  # a ResourceWarning would fail the test


def test_another_ca_can_be_trusted_with_the_same_time_outs(front, authority, tmp_path):
    elsewhere = RedisConnector(Authority(tmp_path).ca_file, read_timeout_s=1)

    assert ask(elsewhere.trusting(authority.ca_file), at(front), "PING") is True
