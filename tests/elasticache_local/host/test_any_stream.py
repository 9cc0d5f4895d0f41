"""Whatever a client says, and however it is cut: the front answers what the engine would."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest
from dataplane import wish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elasticache_local.host import resp
from elasticache_local.host.hidden import is_hidden, unheard_of

pytestmark = pytest.mark.engines
_PATIENCE_S = 20
_IDS = re.compile(rb"(\$2\r\nid\r\n|:CLIENT ID ):\d+")
LIBRARY = (
    "#!lua name=l\nredis.register_function('f', function(k, a) return redis.call('GET', k[1]) end)"
)
# Not: QUIT with more behind it (how much is answered is up to TCP), BCAST (told when idle).
LINES = [
    *(
        "PING",
        "ping hello",
        "SET k v",
        "GET k",
        "GET missing",
        "DEL k",
        "LPUSH l 1 2 3",
        "LPOP l 2",
    ),
    *("LRANGE l 0 -1", "HSET h a 1", "HGETALL h", "ZADD z 1 a", "ZRANGE z 0 -1 WITHSCORES"),
    *("BLPOP nothing 0.01", "INCR k", "TYPE k", "OBJECT ENCODING k", "SELECT 1", "SELECT 99"),
    *("MULTI", "EXEC", "DISCARD", "WATCH k", "UNWATCH", "RESET"),
    *("AUTH any", "AUTH default any", "AUTH nobody any", "AUTH __local any", "AUTH", "AUTH a b c"),
    *("HELLO", "HELLO 2", "HELLO 3", "HELLO 4", "HELLO x", "HELLO 3 AUTH default x SETNAME me"),
    *("HELLO 2 AUTH nobody x", "HELLO 3 SETNAME", "CLIENT SETNAME me", "CLIENT GETNAME", "CLIENT"),
    *("CLIENT REPLY OFF", "CLIENT REPLY SKIP", "CLIENT REPLY ON", "CLIENT REPLY what"),
    *(
        "CLIENT TRACKING ON",
        "CLIENT TRACKING OFF",
        "CLIENT TRACKINGINFO",
    ),
    *(
        "CLIENT TRACKING ON REDIRECT 1",
        "CLIENT CACHING YES",
        "CLIENT NO-EVICT ON",
        "CLIENT UNBLOCK 1",
    ),
    *(
        "SUBSCRIBE a b",
        "PSUBSCRIBE a*",
        "SSUBSCRIBE s",
        "UNSUBSCRIBE",
        "PUNSUBSCRIBE",
        "PUBLISH a x",
    ),
    *("SPUBLISH s x", "SUNSUBSCRIBE", "PUBSUB CHANNELS"),
    *("ACL WHOAMI", "ACL CAT", "ACL", "ACL SETUSER x on", "acl deluser x", "ACL GENPASS 1 2"),
    *("CONFIG GET save", "config", "DEBUG SLEEP 0", "SAVE", "SHUTDOWN", "MODULE LIST", "SYNC"),
    *("REPLICAOF NO ONE", "CLUSTER INFO", "CLUSTER MEET 127.0.0.1 1", "CLUSTER", "FAILOVER"),
    *(
        "COMMAND COUNT",
        "ECHO",
        "NOSUCH thing",
        "WAIT 0 0",
        "FUNCTION LIST",
        "FCALL f 1 k",
        "FCALL g 0",
    ),
]
WORDS = [
    ["EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "k", "x\r\n*1\r\n$4\r\nPING\r\n"],
    ["EVAL", "return redis.call('CONFIG', 'GET', '*')", "0"],
    ["EVAL", "return {1, 'two', redis.error_reply('three'), {4}}", "0"],
    ["EVAL_RO", "return redis.call('SET', 'k', 'v')", "0"],
    ["EVALSHA", "f" * 40, "0"],
    ["SCRIPT", "LOAD", "return 1"],
    ["FUNCTION", "LOAD", "REPLACE", LIBRARY],
    ["SET", "k", "CONFIG GET *\r\nAUTH x\r\n"],
    ["SET", "big", "*1\r\n$6\r\nCONFIG\r\n" * 5000],
    ["GET", "big"],
    ["CLIENT", "SETNAME", "with space"],
    ["AUTH", "default", "x" * 70_000],
    ["", "x"],
    ["G" * 100_000, "k"],
    ["SUBSCRIBE", *(f"channel:{n}" for n in range(2000))],
]
RAW = [
    *(
        b"\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"  PING  \r\n",
        b"PING\n",
        b'SET k "a\\x41\\n\\"b"\r\n',
        b"GET k\n",
    ),
    *(b"SET k 'it\\'s'\r\n", b"MULTI\nPING\r\nEXEC\n"),
]
BROKEN = [
    *(
        b"*2\r\n$x\r\n",
        b"*x\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n:3\r\n",
        b'SET k "open\r\n',
    ),
    *(b"*1\r\n$4\r\nPING\r\n*1\r\n$600000000\r\n", b"*99999999999999999999\r\n"),
]


def both(words):
    """A request, and what the engine has to be asked to answer as the service does."""
    words = [word.encode() for word in words]
    return resp.command(*words), unheard_of(words) if is_hidden(words) else resp.command(*words)


def inline(line):
    return line.encode() + b"\r\n", both(line.split())[1]


QUOTED = [
    (b"'CONFIG' GET x\r\n", both(["CONFIG", "GET", "x"])[1]),
    (b'"config" get x\n', both(["config", "get", "x"])[1]),
    (b'"\\x43luster" "meet"  x 1\r\n', both(["Cluster", "meet", "x", "1"])[1]),
]
REQUESTS = st.one_of(
    st.sampled_from(LINES).map(lambda line: both(line.split())),
    st.sampled_from(LINES).map(inline),
    st.sampled_from(WORDS).map(both),
    st.sampled_from(RAW).map(lambda text: (text, text)),
    st.sampled_from(QUOTED),
    st.lists(st.binary(max_size=12), min_size=1, max_size=4).map(
        lambda words: (resp.command(b"ECHO", *words),) * 2
    ),
)
STREAMS = st.tuples(
    st.lists(REQUESTS, min_size=1, max_size=25), st.sampled_from([None, None, None, *BROKEN])
)


def said(opened, chunks):
    """Everything that is answered, up to the end."""
    heard = b""
    with opened:
        opened.settimeout(_PATIENCE_S)
        try:
            for chunk in chunks:
                opened.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up on what is no protocol; what it said before is still there
        try:
            while more := opened.recv(1 << 20):
                heard += more
        except ConnectionResetError:
            pass
    return _IDS.sub(rb"\1:0", heard)


def cut(stream, sizes):
    """The stream in pieces of these sizes, over and over."""
    at, chunks = 0, []
    while at < len(stream):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(stream[at : at + size])
        at += size
    return chunks


class Both:
    """A cache's front, and its engine's own socket."""

    def __init__(self, plane, want, context):
        [node] = plane.host.status()["caches"][want.key]["nodes"].values()
        self._own = f"/proc/{node['pid']}/cwd/s"
        self._port, self._context = plane.settled(want).ports["primary"], context

    def through_the_front(self, chunks):
        opened = socket.create_connection(("127.0.0.1", self._port))
        if self._context:
            opened = self._context.wrap_socket(opened, server_hostname="localhost")
        return said(opened, chunks)

    def directly(self, *chunks):
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(self._own)
        return said(opened, chunks)

    def clean(self):
        self.directly(b"FLUSHALL\r\nFUNCTION FLUSH\r\nSCRIPT FLUSH\r\nQUIT\r\n")


@pytest.fixture(params=["plain", "tls"])
def both_ways(plane, request):
    if not Path("/proc/self").exists():
        pytest.skip("the engine's own socket is found by way of /proc")
    tls = request.param == "tls"
    want = wish(f"any-{request.param}", tls="required" if tls else "off")
    plane.settle(want)
    context = ssl.create_default_context(cafile=plane.host.ca_file) if tls else None
    return Both(plane, want, context)


def check(both_ways, examples):
    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(STREAMS, st.lists(st.sampled_from([1, 3, 17, 1000, 50_000]), min_size=1, max_size=4))
    def compare(stream, sizes):
        requests, broken = stream
        # Said in any state, and answered: QUIT is not where replies are off.
        end = b"RESET\r\n" + (broken or b"QUIT\r\n")
        asked, direct = (b"".join(each) + end for each in zip(*requests, strict=True))
        sizes = [max(size, len(asked) // 500) for size in sizes]
        both_ways.clean()
        expected = both_ways.directly(direct)
        both_ways.clean()

        assert both_ways.through_the_front(cut(asked, sizes)) == expected

    compare()


def test_any_ten_streams_are_answered_as_the_engine_would(both_ways):
    check(both_ways, 10)


@pytest.mark.slow
def test_any_five_hundred_streams_are_answered_as_the_engine_would(both_ways):
    check(both_ways, 500)
