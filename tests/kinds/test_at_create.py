"""What counts only when a cache is made: sent once, never compared, never a difference."""

from __future__ import annotations

import build
import pytest
from estate import Estate, sent
from inprocess import InProcess

from reconciler.kinds import KINDS
from reconciler.model import AtCreate, NodeGroup, mark

SHARDS = (
    NodeGroup(node_group_id="0001", slots="0-99,5000-16383", replica_count=1),
    NodeGroup(
        node_group_id="0002",
        slots="100-4999",
        replica_count=1,
        primary_availability_zone="eu-west-1b",
        replica_availability_zones=("eu-west-1c",),
    ),
)
ZONES = ("eu-west-1b", "eu-west-1c")


@pytest.fixture
def bench():
    made = InProcess()
    Estate(made, [build.replication_group("old", num_cache_clusters=2)]).apply()
    made.settle()
    made.aws("create_snapshot", SnapshotName="nightly", ReplicationGroupId="old")
    made.settle()
    made.writes.clear()
    return made


def old():
    return build.replication_group("old", num_cache_clusters=2)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"snapshot_name": "nightly"}, id="a snapshot"),
        pytest.param({"preferred_cache_cluster_azs": ZONES}, id="zones"),
        pytest.param(
            {
                "num_node_groups": 2,
                "replicas_per_node_group": 1,
                "node_group_configuration": SHARDS,
            },
            id="shards",
        ),
    ],
)
def test_it_is_sent_when_the_cache_is_made_and_no_difference_afterwards(bench, fields):
    estate = Estate(bench, [old(), build.replication_group("new", **fields)])

    assert estate.apply().failed == ()
    bench.settle()

    [create] = [call for call in bench.writes if call.operation == "create_replication_group"]
    assert sent(bench, tags=False) == ["CreateReplicationGroup"]
    wire = {
        "snapshot_name": "SnapshotName",
        "preferred_cache_cluster_azs": "PreferredCacheClusterAZs",
        "node_group_configuration": "NodeGroupConfiguration",
    }
    assert {wire[name] for name in fields if name in wire} <= create.params.keys()
    assert estate.plan().empty


def test_shards_start_with_the_slots_and_zones_that_were_said(bench):
    wish = build.replication_group(
        "new", num_node_groups=2, replicas_per_node_group=1, node_group_configuration=SHARDS
    )
    Estate(bench, [old(), wish]).apply()
    bench.settle()

    [group] = bench.aws("describe_replication_groups", ReplicationGroupId="new")[
        "ReplicationGroups"
    ]

    assert [shard["Slots"] for shard in group["NodeGroups"]] == ["0-99,5000-16383", "100-4999"]
    zones = [one["PreferredAvailabilityZone"] for one in group["NodeGroups"][1]["NodeGroupMembers"]]
    assert zones == ["eu-west-1b", "eu-west-1c"]


def test_said_of_a_cache_that_is_there_it_does_nothing(bench):
    estate = Estate(bench, [old().but(snapshot_name="nightly", preferred_cache_cluster_azs=ZONES)])

    assert estate.plan().empty


AT_CREATE = [
    pytest.param(kind, name, id=f"{kind.name}.{name}")
    for kind in KINDS
    for name in kind.model.model_fields
    if mark(kind.model, name, AtCreate)
]


@pytest.mark.parametrize(("kind", "name"), AT_CREATE)
def test_every_such_field_is_in_the_create_call_and_in_no_other(kind, name):
    value = {
        "snapshot_name": "nightly",
        "serverless_cache_snapshot_name": "nightly",
        "node_group_configuration": SHARDS,
    }.get(name, ("one", "two"))
    maker = {
        "replication_group": build.replication_group,
        "serverless_cache": build.serverless_cache,
        "cache_cluster": build.cluster,
    }[kind.name]
    facts = build.facts([maker(**{name: value})])
    plain = kind.next_step(None, maker(), facts)
    step = kind.next_step(None, maker(**{name: value}), facts)

    assert name not in kind.fields
    assert len(step.call.params.keys() - plain.call.params.keys()) == 1
