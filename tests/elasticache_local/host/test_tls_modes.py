"""It is so that a cache speaks TLS as wanted: off, preferred on the same port, required."""

import socket
import ssl

import pytest
import redis
from dataplane import shard, wish

pytestmark = pytest.mark.engines
PING, PONG = b"PING\r\n", b"+PONG\r\n"
FRAMED_PING = b"*1\r\n$4\r\nPING\r\n"


def test_required_lets_nobody_in_without_tls(shop, wire):
    plain = wire(shop["primary"]).send(PING)

    assert plain.is_cut()


def test_required_lets_no_plain_client_into_a_cluster_whatever_engine_runs(plane, wire):
    wants = [
        wish(
            f"closed-{found['engine']}-{found['version']}",
            engine=found["engine"],
            engine_version=found["version"],
            cluster_mode="enabled",
            tls="required",
            shards=(shard("0001", "0-16383", 2),),
        )
        for found in plane.binaries
    ]
    for want in wants:
        plane.host.want(want)

    cut = {
        (plane.settled(want).engine_version, name): wire(port).send(FRAMED_PING).is_cut()
        for want in wants
        for name, port in plane.settled(want).ports.items()
    }

    assert len(cut) >= 3 * len(plane.binaries)
    assert all(cut.values()), cut


def test_required_refuses_before_a_plain_client_has_shown_a_password(shop, wire):
    plain = wire(shop["node:node-0001-001"]).send(b"*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n")

    assert plain.is_cut()


def test_the_certificate_is_good_for_every_name_and_for_no_other(plane, shop):
    context = ssl.create_default_context(cafile=plane.host.ca_file)

    def connect(name):
        with socket.create_connection(("127.0.0.1", shop["reader"]), timeout=5) as opened:
            context.wrap_socket(opened, server_hostname=name).close()

    for name in ("127.0.0.1", "localhost", "shop.example"):
        connect(name)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect("other.example")


def test_only_the_owner_reads_the_authoritys_key(plane):
    assert plane.host.ca_file.with_name("ca.key").stat().st_mode & 0o077 == 0


def test_preferred_takes_both_on_one_port(plane, wire):
    port = plane.settle(wish("both", tls="preferred")).ports["primary"]

    assert wire(port).send(PING).line() == PONG
    assert wire(port, tls=True).send(PING).line() == PONG


def test_off_takes_no_tls(hall, client):
    # As on the service: the engine waits for the end of a line that never comes.
    with pytest.raises((redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)):
        client(hall["primary"], tls=True, socket_timeout=0.3).ping()


def test_going_to_required_cuts_the_plain_connections_and_no_others(plane, wire):
    want = wish("up", tls="off")
    ports = plane.settle(want).ports
    oldest = wire(ports["primary"]).send(PING)
    assert oldest.line() == PONG

    want = plane.later(want, tls="preferred")
    plane.settle(want)
    kept = oldest.send(PING).line()
    safe = wire(ports["primary"], tls=True).send(PING)
    assert safe.line() == PONG
    want = plane.later(want, tls="required")
    plane.settle(want)

    assert kept == PONG
    assert oldest.is_cut()
    assert safe.send(PING).line() == PONG


def test_ports_stay_when_the_mode_changes(plane):
    want = wish("same", tls="off")
    before = plane.settle(want).ports

    assert plane.settle(plane.later(want, tls="required")).ports == before
