"""It is so that a snapshot restores what the cache held, whatever shape the new one has."""

import pytest

pytestmark = pytest.mark.engines
KEYS = {f"key:{n}": f"value {n}" for n in range(300)}
WISH = {"Engine": "valkey", "EngineVersion": "8.0", "ReplicationGroupDescription": "d"}


def filled(connect, endpoint, *, cluster=False, **more):
    client = connect(endpoint, cluster=cluster, **more)
    for key, value in KEYS.items():
        client.set(key, value)
    return client


def found(client):
    return {key: client.get(key) for key in KEYS}


def primary(group):
    return group["NodeGroups"][0]["PrimaryEndpoint"]


def test_a_group_comes_back_as_it_was_when_it_was_saved(cloud, connect):
    cloud.client.create_replication_group(ReplicationGroupId="orders", NumCacheClusters=2, **WISH)
    client = filled(connect, primary(cloud.group("orders")))

    cloud.client.create_snapshot(SnapshotName="s", ReplicationGroupId="orders")
    assert cloud.snapshot("s")["SnapshotStatus"] == "available"
    client.flushall()
    cloud.client.create_replication_group(
        ReplicationGroupId="copy", SnapshotName="s", NumCacheClusters=2, **WISH
    )

    copy = connect(primary(cloud.group("copy")))
    assert found(copy) == KEYS
    assert client.dbsize() == 0


@pytest.mark.slow
def test_shards_come_back_also_where_there_are_more_of_them(cloud, connect):
    wide = {"CacheParameterGroupName": "default.valkey8.cluster.on", "ReplicasPerNodeGroup": 0}
    cloud.client.create_replication_group(ReplicationGroupId="wide", NumNodeGroups=2, **WISH | wide)
    filled(connect, cloud.group("wide")["ConfigurationEndpoint"], cluster=True)

    cloud.client.delete_replication_group(ReplicationGroupId="wide", FinalSnapshotIdentifier="last")
    assert cloud.snapshot("last")["SnapshotStatus"] == "available"
    cloud.client.create_replication_group(
        ReplicationGroupId="wider", SnapshotName="last", NumNodeGroups=3, **WISH | wide
    )

    wider = connect(cloud.group("wider")["ConfigurationEndpoint"], cluster=True)
    assert found(wider) == KEYS
    assert len(wider.get_primaries()) == 3


def test_a_serverless_cache_goes_to_its_last_snapshot_and_on_to_a_group(cloud, connect):
    cloud.client.create_serverless_cache(ServerlessCacheName="jobs", Engine="valkey")
    filled(connect, cloud.serverless("jobs")["Endpoint"], cluster=True, tls=True)

    cloud.client.delete_serverless_cache(ServerlessCacheName="jobs", FinalSnapshotName="last")
    made = cloud.serverless_snapshot("last")
    cloud.client.create_serverless_cache(
        ServerlessCacheName="again", Engine="valkey", SnapshotArnsToRestore=[made["ARN"]]
    )
    cloud.client.create_replication_group(
        ReplicationGroupId="alone",
        ServerlessCacheSnapshotName="last",
        AutomaticFailoverEnabled=False,
        **WISH | {"EngineVersion": "8.1"},
    )

    again = connect(cloud.serverless("again")["Endpoint"], cluster=True, tls=True)
    assert found(again) == KEYS
    assert found(connect(primary(cloud.group("alone")))) == KEYS


def test_a_cluster_that_is_adopted_and_a_primary_that_is_kept_take_their_data_along(cloud, connect):
    cloud.client.create_cache_cluster(
        CacheClusterId="solo", Engine="redis", EngineVersion="7.1", NumCacheNodes=1
    )
    [node] = cloud.cluster("solo")["CacheNodes"]
    filled(connect, node["Endpoint"])

    cloud.client.create_replication_group(
        ReplicationGroupId="pair",
        ReplicationGroupDescription="d",
        PrimaryClusterId="solo",
        NumCacheClusters=2,
    )
    pair = connect(primary(cloud.group("pair")))
    assert found(pair) == KEYS
    pair.set("key:0", "newer")

    cloud.client.delete_replication_group(ReplicationGroupId="pair", RetainPrimaryCluster=True)
    cloud.gone(lambda: cloud.client.describe_replication_groups(ReplicationGroupId="pair"))
    [node] = cloud.cluster("solo")["CacheNodes"]
    assert found(connect(node["Endpoint"])) == KEYS | {"key:0": "newer"}
