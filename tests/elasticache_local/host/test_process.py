"""It is so that HOST ends, comes back and leaves nothing, whatever happens to CONTROL."""

import contextlib
import dataclasses
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
import redis
from dataplane import Plane, all_end, is_running, pids_of, shard, user, wish

from elasticache_local.host import left_over
from elasticache_local.host.link import HostGone, ProcessHost
from elasticache_local.host.orders import Orders

pytestmark = pytest.mark.engines


@pytest.fixture
def own(tmp_path):
    """A data plane of the test's own, kept data and all."""
    planes = []

    def start(**orders):
        planes.append(Plane(tmp_path, **orders))
        return planes[-1]

    yield start
    for plane in planes:
        plane.host.stop()


def test_a_host_that_dies_comes_back_with_every_cache_on_the_same_ports(own, client):
    plane = own()
    want = wish("phoenix", nodes=2)
    ports = plane.settle(want).ports
    host, *engines = pids_of(plane.host)

    plane.answers.clear()
    os.kill(host, signal.SIGKILL)
    again = plane.settled(want)

    assert again.ports == ports
    assert all_end([host, *engines])
    with redis.Redis(port=ports["primary"]) as guest:
        assert guest.ping()


def test_a_question_that_was_open_when_host_died_is_answered(own):
    plane = own()
    os.kill(plane.host.status()["pid"], signal.SIGKILL)

    assert plane.host.normalise("on ~x") == "on ~x -@all"


def test_what_was_being_saved_when_host_died_is_not_called_saved(own, tmp_path):
    plane = own()
    want = wish("torn")
    with redis.Redis(port=plane.settle(want).ports["primary"]) as guest:
        guest.set("k", "v")
    pid, told = plane.host.status()["pid"], Future()

    os.kill(pid, signal.SIGSTOP)  # so that it dies with the question unanswered
    plane.host.save(want.key, "torn", told.set_result)
    os.kill(pid, signal.SIGKILL)

    assert told.result(20) == "the data plane ended while it was saving"
    assert not list((tmp_path / "snapshots").glob("**/*.rdb"))


def test_a_host_that_can_not_start_is_given_up_and_said_so(tmp_path):
    (tmp_path / "run").write_text("a file where a folder has to be")
    host = ProcessHost(Orders(str(tmp_path)), lambda *_: False)

    with pytest.raises(HostGone, match="does not start"):
        host.engines()
    with pytest.raises(HostGone):
        host.normalise("on ~*")
    host.stop()


def test_a_clean_stop_leaves_no_process_and_keeps_the_data(own):
    plane = own(keep_data=True)
    halves = (shard("0001", "0-8191", 1, "c"), shard("0002", "8192-16383", 1, "c"))
    plain, clustered = wish("kept", nodes=2), wish("many", cluster_mode="enabled", shards=halves)
    plane.host.want(clustered)
    before = plane.settle(plain).ports, plane.settled(clustered).ports
    with redis.Redis(port=before[0]["primary"]) as guest:
        guest.set("k", "v")
    with redis.RedisCluster(port=before[1]["configuration"], host="127.0.0.1") as guest:
        for n in range(100):
            guest.set(n, n)
    pids = pids_of(plane.host)

    plane.host.stop()
    gone = all_end(pids)
    plane = own(keep_data=True)
    plane.host.want(clustered)
    after = plane.settle(plain).ports, plane.settled(clustered).ports

    assert gone
    assert after == before
    with redis.Redis(port=after[0]["primary"]) as guest:
        assert guest.get("k") == b"v"
    with redis.RedisCluster(port=after[1]["configuration"], host="127.0.0.1") as guest:
        assert sum(guest.get(n) == str(n).encode() for n in range(100)) == 100


def test_what_is_not_kept_is_gone(own, tmp_path):
    plane = own(keep_data=False)
    plane.settle(want := wish("fleeting"))
    plane.host.stop()

    assert not list((tmp_path / "run").glob("*/dump.rdb"))
    assert not list((tmp_path / "run").glob("*/s"))
    with pytest.raises(HostGone):
        plane.host.status()
    plane.host.want(want)
    plane.host.stop()


CONTROL = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from dataplane import Plane, wish
plane = Plane(Path(sys.argv[1]))
plane.settle(wish("orphan", nodes=2))
status = plane.host.status()
nodes = [n for c in status["caches"].values() for n in c["nodes"].values()]
print(status["pid"], *(n["pid"] for n in nodes), flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def control_with_a_cache(folder):
    """A CONTROL in a process of its own: gives it, its HOST's pid and those of two engines."""
    argv = [sys.executable, "-c", CONTROL, str(folder), str(Path(__file__).parents[2])]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as control:
        try:
            pids = [int(pid) for pid in control.stdout.readline().split()]
            assert [is_running(pid) for pid in pids] == [True, True, True]
            yield control, *pids
        finally:
            control.kill()


def test_the_death_of_control_takes_everything_with_it(tmp_path):
    with control_with_a_cache(tmp_path) as (control, *pids):
        control.kill()

        assert all_end(pids)


def test_what_control_has_not_read_when_it_dies_is_no_defect_of_host(tmp_path):
    ours, theirs = socket.socketpair()
    orders = json.dumps(dataclasses.asdict(Orders(str(tmp_path))))
    argv = [sys.executable, "-m", "elasticache_local.host", str(theirs.fileno()), orders]
    with (
        theirs,
        subprocess.Popen(argv, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE) as host,
    ):
        theirs.close()
        assert select.select([ours], [], [], 30)[0]
        ours.close()  # its greeting lies there unread

        assert host.communicate(timeout=20)[1] == b""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start sweeps")
def test_the_kernel_ends_engines_whose_host_and_control_die_at_once(tmp_path):
    with control_with_a_cache(tmp_path) as (control, host, *engines):
        os.kill(host, signal.SIGSTOP)  # so that it can't end them itself
        control.kill()
        os.kill(host, signal.SIGKILL)

        assert all_end(engines)


def test_a_process_left_by_an_earlier_life_is_ended_and_a_stranger_is_not(tmp_path):
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(argv) as left, subprocess.Popen(argv) as stranger:
        try:
            for name, process in (("a", left), ("b", stranger)):
                (tmp_path / name).mkdir()
                left_over.note(tmp_path / name, process.pid)
            (tmp_path / "b" / "pid").write_text(f"{stranger.pid} 1")

            assert left_over.sweep(tmp_path) == 1
            assert left.wait(5) == -signal.SIGKILL
            assert stranger.poll() is None
        finally:
            left.kill()
            stranger.kill()


def test_no_secret_stands_in_a_process_list(plane, shop):
    pids = ",".join(map(str, pids_of(plane.host)))
    asked = ["ps", "-ww", "-o", "args=", "-p", pids]

    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert listed.count("-server 127.0.0.1:") >= 3
    assert not re.search(r"[0-9a-f]{32}", listed)


def test_no_secret_stands_in_a_file_that_others_read(plane, shop):
    run = plane.host.ca_file.with_name("run")

    assert run.stat().st_mode & 0o077 == 0
    for file in run.rglob("*"):
        if file.is_file() and file.suffix != ".pem":
            assert not re.search(rb"\b[0-9a-f]{64}\b", file.read_bytes()), file


def test_without_engines_every_endpoint_has_a_port_and_nothing_listens(own):
    plane = own(engines=False)
    want = wish("paper", nodes=2, users=(user("u"),))

    found = plane.settle(want)

    assert found.engine == ""
    assert found.roles == {"node-0001-001": "primary", "node-0001-002": "replica"}
    assert set(found.ports) == {"primary", "reader", "node:node-0001-001", "node:node-0001-002"}
    assert len(set(found.ports.values())) == 4
    for port in found.ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_memcached_has_its_control_plane_only_where_it_is_not_installed(own, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    want = wish("memo", sort="cache_cluster", engine="memcached", engine_version="1.6.22")

    found = own().settle(want)

    assert (found.engine, found.engine_version) == ("", "")
    assert found.ports.keys() >= {"configuration", "node:node-0001-001"}
