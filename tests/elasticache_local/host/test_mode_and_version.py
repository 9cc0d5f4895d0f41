"""It is so that what only a start brings in is brought in by one, and no key is lost by it."""

import pytest
from dataplane import shard, wish

from elasticache_local.host.binary import find_binaries

pytestmark = pytest.mark.engines
NODES = shard("0001", nodes=2)
CLUSTERED = (type(NODES)("0001", "0-16383", NODES.nodes),)
TIMES = 300


def fill(guest):
    for n in range(TIMES):
        guest.set(f"key:{n}", n)


def kept(guest):
    return sum(guest.get(f"key:{n}") == str(n) for n in range(TIMES))


def test_disabled_becomes_compatible_then_enabled(plane, client):
    want = wish("mode", shards=(NODES,))
    ports = plane.settle(want).ports
    fill(client(ports["primary"]))

    both = plane.settle(want := plane.later(want, cluster_mode="compatible", shards=CLUSTERED))
    in_both = kept(client(both.ports["configuration"], cluster=True))
    read = client(both.ports["reader"])
    replica, value = read.info("replication")["role"], read.get("key:7")
    enabled = plane.settle(plane.later(want, cluster_mode="enabled"))

    assert in_both == TIMES
    assert (replica, value) == ("slave", "7")
    assert ports.items() <= both.ports.items()
    assert set(both.ports) - set(enabled.ports) == {"primary", "reader"}
    assert kept(client(enabled.ports["configuration"], cluster=True)) == TIMES


def test_compatible_can_be_taken_back(plane, client):
    want = wish("back", cluster_mode="compatible", shards=CLUSTERED)
    ports = plane.settle(want).ports
    fill(client(ports["configuration"], cluster=True))

    plane.settle(plane.later(want, cluster_mode="disabled", shards=(NODES,)))

    assert kept(client(ports["primary"])) == TIMES
    assert client(ports["primary"]).info("cluster")["cluster_enabled"] == 0


def test_versions_move_forward_with_the_data_and_never_back(plane, client):
    by_age = sorted(find_binaries(), key=lambda b: b.version)
    oldest, newest = by_age[0], by_age[-1]
    want = wish("version", nodes=2, engine=oldest.family, engine_version=oldest.version_text)
    first = plane.settle(want)
    fill(client(first.ports["primary"]))
    ahead = {"engine": newest.family, "engine_version": newest.version_text}
    behind = {"engine": oldest.family, "engine_version": oldest.version_text}

    later = plane.settle(want := plane.later(want, **ahead))
    label = plane.settle(plane.later(want, **behind))

    assert (first.engine, first.engine_version) == (oldest.family, oldest.version_text)
    assert (later.engine, later.engine_version) == (newest.family, newest.version_text)
    assert (label.engine, label.engine_version) == (newest.family, newest.version_text)
    assert kept(client(first.ports["primary"])) == TIMES


def test_a_cache_starts_from_a_snapshot_folder(plane, client):
    source = wish("source")
    ports = plane.settle(source).ports
    fill(client(ports["primary"]))
    plane.save(source, "snap")

    found = plane.settle(wish("copy", nodes=2, restore_from="snap"))

    assert kept(client(found.ports["primary"])) == TIMES


@pytest.mark.slow
def test_a_snapshot_of_three_shards_starts_a_cluster_of_one_and_no_key_is_lost(plane, client):
    thirds = ("0-5460", "5461-10922", "10923-16383")
    wide = wish(
        "thirds",
        cluster_mode="enabled",
        shards=tuple(shard(f"000{n}", slots) for n, slots in enumerate(thirds, 1)),
    )
    guest = client(plane.settle(wide).ports["configuration"], cluster=True)
    fill(guest)
    guest.set("{tag}:lasting", "on", ex=1000)
    plane.save(wide, "thirds")

    one = wish("one", cluster_mode="enabled", shards=CLUSTERED, restore_from="thirds")
    found = client(plane.settle(one).ports["configuration"], cluster=True)

    assert kept(found) == TIMES
    assert 0 < found.ttl("{tag}:lasting") <= 1000
