"""The judge of the drill: the front holds a node for 1.500 s, and the drill says so."""

from __future__ import annotations

import json
import statistics
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from commandline import Folder, end_of, make_folder

pytestmark = [pytest.mark.engines, pytest.mark.slow]

HELD_S, TOLERANCE_S, DRILLS = 1.5, 0.010, 5
SPEC = """\
version: 1
estate: drill
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@write +@connection -@dangerous +cluster|slots"
    authentication_mode: {type: password, passwords: [{secretsmanager: drill/app, key: password}]}
user_groups:
  people: {engine: valkey, user_ids: [app]}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
  catalog:
    replication_group_description: catalog
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_node_groups: 2
    replicas_per_node_group: 1
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Folder]:
    one = make_folder(tmp_path_factory.mktemp("drill"))
    (one.path / "specs" / "prod.yaml").write_text(SPEC)
    applied = one.run("apply", "--local", "--yes")
    assert applied.code == 0, applied.err
    yield one
    one.run("local", "down")


def control_url(folder: Folder) -> str:
    """Ask where the local service is steered: a process of its own, which takes its time."""
    return json.loads(folder.run("local", "status", "--format", "json").out)["control_url"]


def post(url: str, body: dict) -> None:
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).close()


def primary_of(folder: Folder, address: str, shard: str) -> str:
    status = json.loads(folder.run("local", "status", "--format", "json").out)
    [cache] = [one for one in status["caches"] if one["key"].endswith(address)]
    names = [node for node, role in cache["roles"].items() if role == "primary"]
    return next(name for name in sorted(names) if shard in name or len(names) == 1)


def watched(folder: Folder, address: str, shard: str, reads: str, hold: str = "") -> dict:
    steered = control_url(folder) if hold else ""
    process = folder.start(
        *("drill", "watch", address, "--shard", shard, "--reads", reads, "--seconds", "6"),
        *("--local", "--yes", "--format", "json"),
    )
    if hold:
        # The load has said that it is on; what comes next comes after its usual second.
        for line in process.stderr:
            if "load is on" in line:
                break
        timer = threading.Timer(
            2.5, post, (f"{steered}/hold-node", {"node": hold, "seconds": HELD_S})
        )
        timer.start()
    ended = end_of(process)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


@pytest.mark.parametrize(
    ("address", "shard"), [("replication_group/orders", "0001"), ("catalog", "0002")]
)
def test_the_median_of_five_drills_is_what_it_was(folder, address, shard):
    node = primary_of(folder, address.rpartition("/")[2], shard)

    found = [watched(folder, address, shard, "primary", hold=node) for _ in range(DRILLS)]

    for side in ("reads", "writes"):
        told = [one[side]["interrupted_s"] for one in found]
        assert statistics.median(told) == pytest.approx(HELD_S, abs=TOLERANCE_S), told


def test_where_nothing_is_cut_it_says_nought(folder):
    found = [watched(folder, "orders", "0001", "replica") for _ in range(3)]

    assert [one["reads"]["interrupted_s"] for one in found] == [0, 0, 0]
    assert [one["writes"]["interrupted_s"] for one in found] == [0, 0, 0]


@pytest.mark.parametrize("address", ["replication_group/orders", "replication_group/catalog"])
@pytest.mark.parametrize("reads", ["primary", "replica"])
def test_a_failover_ends_and_loses_nothing(folder, address, reads):
    ended = folder.run(
        *("drill", "failover", address, "--shard", "0001", "--reads", reads, "--workers", "2"),
        *("--local", "--yes", "--format", "json"),
    )

    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert found["service"]["at_rest"]
    assert found["service"]["promoted_s"] > 0
    assert found["written"]["lost"] == 0
    assert any("Failover from primary node" in event["text"] for event in found["events"])
