"""It is so that memcached clients work where a memcached server is installed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import time

import pytest

from elasticache_local.host.memcached import find_memcached
from elasticache_local.host.memcached_front import Requests

CONFIG = b"config get cluster\r\n"


def pieces(*chunks):
    """What comes of a stream, spans of bytes put together."""
    stream, found = Requests(), []
    for chunk in chunks:
        for piece in stream.feed(chunk):
            if isinstance(piece, bytes) and found and isinstance(found[-1], bytes):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def test_the_question_for_the_nodes_is_taken_out_of_the_stream_and_nothing_else():
    around = b"get a\r\n", b"set a 0 0 3\r\nabc\r\n"
    stream = around[0] + CONFIG + around[1] + b"get AmazonElastiCache:cluster\r\n" + around[0]
    byte_by_byte = [stream[at : at + 1] for at in range(len(stream))]

    expected = [around[0], "config", around[1], "get", around[0]]
    assert pieces(stream) == expected
    assert pieces(*byte_by_byte) == expected


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"set a 0 0 20\r\n" + CONFIG + b"\r\n", id="data"),
        pytest.param(b"ms a 20\r\n" + CONFIG + b"\r\n", id="meta"),
        pytest.param(b"\x80\x0a" + bytes(22) + CONFIG, id="binary"),
        pytest.param(b"cas a 0 0 20 7 noreply\r\n" + CONFIG + b"\r\n", id="cas"),
        pytest.param(b"config set cluster\r\nconfig get other\r\n", id="another"),
    ],
)
def test_data_that_looks_like_the_question_passes(stream):
    assert pieces(stream) == [stream]
    assert pieces(*(stream[at : at + 1] for at in range(len(stream)))) == [stream]


@pytest.fixture
def installed():
    if not find_memcached():
        assert not shutil.which("memcached"), "it is here, and too old"
        pytest.skip("no memcached on PATH: then it has its control plane only")


class Guest:
    def __init__(self, port, context=None):
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        self._stream = self.socket.makefile("rb")

    def ask(self, text, lines=1):
        self.socket.sendall(text)
        return b"".join(self._stream.readline() for _ in range(lines))

    def read(self, size):
        return self._stream.read(size)


@pytest.fixture
def guest():
    with contextlib.ExitStack() as open_ones:

        def connect(endpoint, context=None):
            opened = Guest(endpoint["Port"], context)
            open_ones.callback(opened.socket.close)
            return opened

        yield connect


def create(cloud, name, **more):
    given = {"Engine": "memcached", "NumCacheNodes": 2} | more
    cloud.client.create_cache_cluster(CacheClusterId=name, **given)
    return cloud.cluster(name)


pytestmark = pytest.mark.engines


@pytest.mark.slow
def test_each_node_is_a_server_and_every_endpoint_knows_all_nodes(installed, cloud, guest):
    cluster = create(cloud, "sessions")
    first, second = (node["Endpoint"] for node in cluster["CacheNodes"])
    configuration = cluster["ConfigurationEndpoint"]
    one, other = guest(first), guest(second)

    assert one.ask(b"version\r\n").startswith(b"VERSION 1.")
    assert one.ask(b"set a 0 0 5\r\nhello\r\n") == b"STORED\r\n"
    assert one.ask(b"get a\r\n", 3) == b"VALUE a 0 5\r\nhello\r\nEND\r\n"
    assert other.ask(b"get a\r\n") == b"END\r\n"
    nodes = " ".join(f"127.0.0.1|127.0.0.1|{each['Port']}" for each in (first, second))
    text = f"1\n{nodes}\n".encode()
    told = b"CONFIG cluster 0 %d\r\n%b\r\nEND\r\n" % (len(text), text)
    for endpoint in (first, second, configuration):
        # In its place among others, and what is on its way is not overtaken.
        client = guest(endpoint)
        client.socket.sendall(b"get b\r\n" * 100 + CONFIG + b"get b\r\n")
        assert client.read(500 + len(told) + 5) == b"END\r\n" * 100 + told + b"END\r\n"


@pytest.mark.slow
def test_auto_discovery_follows_the_nodes_that_come_and_go(installed, cloud, guest):
    cluster = create(cloud, "grows", NumCacheNodes=1)
    client = guest(cluster["ConfigurationEndpoint"])
    assert client.ask(CONFIG, 5).split(b"\r\n")[1].startswith(b"1\n")
    cloud.client.modify_cache_cluster(
        CacheClusterId="grows", NumCacheNodes=3, ApplyImmediately=True
    )
    grown = cloud.cluster("grows")

    number, nodes, *_ = client.ask(CONFIG, 5).split(b"\r\n")[1].split(b"\n")
    assert number == b"2"
    ports = [int(each.rpartition(b"|")[2]) for each in nodes.split()]
    assert ports == [node["Endpoint"]["Port"] for node in grown["CacheNodes"]]


@pytest.mark.slow
def test_it_speaks_tls_where_that_was_asked_for(installed, aws, cloud, guest):
    cluster = create(cloud, "secret", TransitEncryptionEnabled=True, NumCacheNodes=1)
    [node] = cluster["CacheNodes"]
    context = ssl.create_default_context(cafile=aws.ca_file)

    assert guest(node["Endpoint"], context).ask(b"version\r\n").startswith(b"VERSION")
    plain = guest(node["Endpoint"])
    with contextlib.suppress(ConnectionError):
        assert not plain.ask(b"version\r\n").startswith(b"VERSION")


@pytest.mark.slow
def test_a_node_that_dies_is_replaced_and_empty(installed, aws, cloud, guest):
    cluster = create(cloud, "phoenix", NumCacheNodes=1)
    endpoint = cluster["ConfigurationEndpoint"]
    assert guest(endpoint).ask(b"set a 0 0 1\r\nx\r\n") == b"STORED\r\n"

    aws.control("kill-node", {"node": "phoenix-0001"})

    end = time.monotonic() + 30
    while True:
        with contextlib.suppress(ConnectionError):
            if guest(endpoint).ask(b"get a\r\n") == b"END\r\n":
                break
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_parameters_are_the_servers(installed, cloud, guest):
    own = {"CacheParameterGroupName": "large"}
    cloud.client.create_cache_parameter_group(
        CacheParameterGroupFamily="memcached1.6", Description="d", **own
    )
    value = {"ParameterName": "max_item_size", "ParameterValue": "2097152"}
    cloud.client.modify_cache_parameter_group(ParameterNameValues=[value], **own)
    cluster = create(cloud, "large", NumCacheNodes=1, **own)

    client = guest(cluster["ConfigurationEndpoint"])
    said = [client.ask(b"stats settings\r\n")]
    while said[-1] != b"END\r\n":
        said.append(client.ask(b""))
    assert b"STAT item_size_max 2097152\r\n" in said
