"""Each example runs as it is: it is brought about, proven on the wire, and planned again: empty."""

from __future__ import annotations

import contextlib
import re

import pytest
from examples.conftest import SPECS
from verifying.engines import Engine, engines, until

from reconciler.spec import load

pytestmark = [pytest.mark.engines, pytest.mark.slow]

EXAMPLES = sorted(path.stem for path in (SPECS / "examples").glob("*.yaml"))
ALONE = {"external", "observe"}
"""What apply has no part in; each has a test of its own below."""
SLOTS = 16384


def test_each_is_in_the_table():
    told = (SPECS / "examples" / "README.md").read_text()

    assert set(re.findall(r"\]\(([\w-]+)\.yaml\)", told)) == set(EXAMPLES)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ALONE])
def test_it_is_applied_proven_and_nothing_is_left_to_do(reconcile, name):
    spec = f"specs/examples/{name}.yaml"
    loaded = load(SPECS / "examples" / f"{name}.yaml")
    prepare(reconcile, loaded)
    try:
        applied = reconcile("apply", spec, "--local", "--yes")
        assert applied.code == 0, applied.err
        if "via:" in (SPECS / "examples" / f"{name}.yaml").read_text():
            deployed = reconcile("runner", "deploy", "-f", spec, "--local", "--yes")
            assert deployed.code == 0, deployed.err

        verified = reconcile("verify", spec, "--local")
        planned = reconcile("plan", spec, "--local")

        assert " 0 refuted" in verified.out, verified.out
        assert verified.code == 0, verified.out
        assert planned.code == 0, planned.out
    finally:
        # Engines are not kept for the next one.
        arguments = ("--local", "--yes", "--no-final-snapshot", "--estate", loaded.estate.estate)
        ended = reconcile("destroy", spec, *arguments)
    assert ended.code == 0, ended.err


def test_what_another_tool_keeps_is_watched_and_not_applied(reconcile):
    spec = "specs/examples/observe.yaml"
    client = reconcile.aws.client("elasticache")
    client.create_replication_group(
        ReplicationGroupId="payments",
        ReplicationGroupDescription="payments",
        Engine="valkey",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        SnapshotRetentionLimit=14,
    )
    client.get_waiter("replication_group_available").wait(
        ReplicationGroupId="payments", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )

    assert reconcile("plan", spec, "--local").code == 0
    assert reconcile("apply", spec, "--local", "--yes").code == 4
    assert reconcile("drift", spec, "--local").code == 0

    client.modify_replication_group(
        ReplicationGroupId="payments", SnapshotRetentionLimit=3, ApplyImmediately=True
    )
    drifted = reconcile("drift", spec, "--local")
    assert drifted.code == 3
    assert "snapshot_retention_limit" in drifted.out


def test_six_nodes_of_ones_own_are_proven(reconcile, tmp_path, monkeypatch):
    monkeypatch.setenv("SIX_NODES_PASSWORD", "a password for six nodes")
    arguments = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
    with engines(tmp_path, 6, *arguments) as nodes:
        formed(nodes, "a password for six nodes")
        named = reconcile.path / "specs/examples/external.yaml"
        ports = {f":700{number}": f":{node.port}" for number, node in enumerate(nodes)}
        text = named.read_text()
        for old, new in ports.items():
            text = text.replace(old, new)
        named.write_text(text)

        verified = reconcile("verify", "specs/examples/external.yaml")

    assert " 0 refuted" in verified.out, verified.out
    assert verified.code == 0, verified.out


def prepare(reconcile, loaded):
    """Make what the example says that others keep."""
    region = loaded.estate.aws.region
    for address in loaded.unmanaged:
        assert address.kind == "user"
        client = reconcile.aws.account("123456789012").client("elasticache", region_name=region)
        with contextlib.suppress(client.exceptions.UserAlreadyExistsFault):
            client.create_user(
                UserId=address.id,
                UserName=address.id,
                Engine="valkey",
                AccessString="on -@all +info",
                AuthenticationMode={"Type": "iam"},
            )


def formed(nodes: list[Engine], password: str) -> None:
    """Make three shards of two: nodes 0 to 2 are primaries, 3 to 5 follow them."""
    for epoch, node in enumerate(nodes, 1):
        node.tell("CLUSTER SET-CONFIG-EPOCH", epoch)
        node.tell("CONFIG", "SET", "requirepass", password, "masteruser", "")
        node.tell("CONFIG", "SET", "masterauth", password)
    for at, node in enumerate(nodes[:3]):
        node.tell("CLUSTER ADDSLOTSRANGE", at * SLOTS // 3, (at + 1) * SLOTS // 3 - 1)
    for node in nodes[1:]:
        nodes[0].tell("CLUSTER MEET", "127.0.0.1", node.port)
    names = [str(node.tell("CLUSTER MYID")) for node in nodes]
    for node in nodes:
        until(lambda node=node: all(name in node.raw("CLUSTER NODES") for name in names), "met")
    for replica, name in zip(nodes[3:], names, strict=False):
        replica.tell("CLUSTER REPLICATE", name)
    for node in nodes:
        until(lambda node=node: is_whole(node), "the cluster is whole")


def is_whole(node: Engine) -> bool:
    said = node.raw("CLUSTER SLOTS")
    shown = len(said) == 3 and all(len(one) == 4 for one in said)
    # Each node waits some seconds of its own before it says that all is well.
    return shown and "cluster_state:ok" in str(node.raw("CLUSTER INFO"))
