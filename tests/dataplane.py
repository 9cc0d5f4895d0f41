"""Makers of Wants, a HOST with its answers, and a connection of bytes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import os
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from elasticache_local.host.link import ProcessHost
from elasticache_local.host.orders import Orders
from elasticache_local.want import Want, WantedNode, WantedShard, WantedUser

PASSWORD = "opensesame-opensesame"
_PATIENCE_S = 40
_numbers = itertools.count(1)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def user(name, access_string="on ~* &* +@all", sort="password", *passwords):
    hashes = tuple(sha(each) for each in passwords or ([PASSWORD] if sort == "password" else []))
    return WantedUser(name, name, access_string, sort, hashes)


def shard(name, slots="", nodes=1, cache="node"):
    members = [
        WantedNode(f"{cache}-{name}-{n:03d}", "primary" if n == 1 else "replica")
        for n in range(1, nodes + 1)
    ]
    return WantedShard(name, slots, tuple(members))


def wish(name, **changes):
    """Want a plain group of one node that anybody may enter; everything else by name."""
    sort = changes.pop("sort", "replication_group")
    nodes = changes.pop("nodes", 1)
    given = {
        "key": f"000000000000/eu-west-1/{sort}/{name}-{next(_numbers)}",
        "generation": 1,
        "sort": sort,
        "name": name,
        "account_id": "000000000000",
        "region": "eu-west-1",
        "engine": "valkey",
        "engine_version": "9.1",
        "cluster_mode": "disabled",
        "shards": (shard("0001", nodes=nodes),),
        "tls": "off",
    }
    return Want(**(given | changes))


class Plane:
    """A HOST, and what it has answered."""

    def __init__(self, data_dir, **orders):
        times = {"fail_over_s": 0.2, "replace_s": 0.6, "iam_life_s": 1.0, "keep_data": False}
        self.answers = []
        self._news = threading.Condition()
        self.host = ProcessHost(Orders(str(data_dir), **(times | orders)), self._verdict)
        self.host.listen(self._hear)
        self.binaries = self.host.engines()

    def settle(self, want, shows=lambda _: True):
        """Want this; give the Is that says it holds (and shows what the test waits for)."""
        self.host.want(want)
        return self.settled(want, shows)

    def settled(self, want, shows=lambda _: True):
        with self._news:
            self._news.wait_for(lambda: self._found(want, shows), _PATIENCE_S)
        found = self._found(want, shows)
        assert found, self._newest(want.key)
        return found

    def holds(self, want):
        """Whether the data plane has said that this Want holds."""
        return self._found(want, lambda _: True) is not None

    def save(self, want, folder):
        """Keep what the cache holds; fail if that did not go well."""
        saved = Future()
        self.host.save(want.key, folder, saved.set_result)
        assert saved.result(_PATIENCE_S) == ""

    def wait_for_problem(self, want):
        with self._news:
            self._news.wait_for(lambda: self._newest(want.key, problem=True), _PATIENCE_S)
        return self._newest(want.key, problem=True).problem

    def later(self, want, **changes):
        """The same cache, wanted otherwise."""
        return dataclasses.replace(want, generation=want.generation + 1, **changes)

    def _found(self, want, shows):
        found = self._newest(want.key)
        good = found and found.generation >= want.generation and not found.problem
        return found if good and shows(found) else None

    def _newest(self, key, *, problem=False):
        mine = [found for found in self.answers if found.key == key]
        mine = [found for found in mine if found.problem] if problem else mine
        return mine[-1] if mine else None

    def _hear(self, found):
        with self._news:
            self.answers.append(found)
            self._news.notify_all()

    @staticmethod
    def _verdict(key, name, token):
        return token == f"{name}@{key}"


class Wire:
    """A connection of bytes: what no client library would send."""

    def __init__(self, port, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def send(self, *chunks):
        for chunk in chunks:
            self.socket.sendall(chunk)
        return self

    def read(self, size):
        """Exactly so many bytes, or what came before the end."""
        data = b""
        while len(data) < size and (more := self.socket.recv(size - len(data))):
            data += more
        return data

    def line(self):
        data = b""
        while not data.endswith(b"\r\n") and (more := self.socket.recv(1)):
            data += more
        return data

    def is_cut(self):
        """Whether the other side has hung up, or does so before long."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            return self.socket.recv(1) == b""
        return True


def is_running(pid):
    """Whether the process is there and not merely waiting to be reaped."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return not Path("/proc/self").exists()
    return False


def all_end(pids, within_s=5.0):
    pids, until = list(pids), time.monotonic() + within_s
    while time.monotonic() < until:
        if not any(map(is_running, pids)):
            return True
        time.sleep(0.02)
    return False


def pids_of(host):
    status = host.status()
    nodes = [node for cache in status["caches"].values() for node in cache["nodes"].values()]
    return [status["pid"], *(node["pid"] for node in nodes)]
