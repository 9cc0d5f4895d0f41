"""Nodes of nobody's service, without shards: one leads, and all the others follow it."""

from __future__ import annotations

import pytest
from commandline import make_folder
from verifying.engines import engines, follow, until
from verifying.shop import Given, WallClock, refuted

from reconciler.checks.topology import following_in
from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.errors import UsageError
from reconciler.model import External, SecretRef, Verify
from reconciler.verify import Report, Wishes, verify

pytestmark = pytest.mark.engines

OWNER = SecretRef(store="env", id="OWNER")


def verified(shop, *nodes, only=frozenset({"topology"}), **fields) -> Report:
    shop.secrets.values["OWNER"] = "owner"
    external = External(
        addresses=tuple(f"127.0.0.1:{node.port}" for node in nodes or shop.nodes),
        user="owner",
        password=OWNER,
        **fields,
    )
    ports = Ports(
        shop.secrets, None, RedisConnector(connect_timeout_s=5, read_timeout_s=5), WallClock()
    )
    wishes = Wishes(only=frozenset(only))
    return verify({}, {}, ports, external={"three": external}, wishes=wishes)


def test_a_healthy_group_is_proven(shop):
    report = verified(shop)

    assert {(one.subject, one.verdict) for one in report.findings} == {
        ("nodes", "proven"),
        ("replication", "proven"),
    }


def test_what_is_written_goes_to_the_primary_though_a_replica_comes_first(shop):
    *others, leader = sorted(shop.nodes, key=lambda node: node.port)
    leader.tell("REPLICAOF", "NO", "ONE")
    for node in others:
        follow(node, leader)
    until(lambda: leader.admin.info("replication")["connected_slaves"] == 2, "they follow")

    report = verified(shop, only={"data", "many keys"}, verify=Verify(writes=True))

    assert {one.verdict for one in report.findings} == {"proven"}


def test_where_nobody_leads_nothing_is_written(shop):
    report = verified(
        shop, *shop.nodes[1:], only={"data", "pub/sub", "many keys"}, verify=Verify(writes=True)
    )

    said = {(one.verdict, one.got) for one in report.findings}
    assert said == {("not proven", "no address that answers says that it is primary")}


def test_a_node_that_leads_beside_the_primary_is_named(shop):
    lost = shop.nodes[2]
    lost.tell("REPLICAOF", "NO", "ONE")
    until(lambda: shop.linked() == 1, "the primary notices")

    report = verified(shop)

    assert refuted(report) == {("topology", "nodes"), ("topology", "replication")}
    [nodes] = [one for one in report.findings if one.subject == "nodes"]
    assert f"127.0.0.1:{lost.port}" in nodes.got


@pytest.mark.parametrize("promised", [1, 3])
def test_more_or_fewer_replicas_than_promised_are_found(shop, promised):
    found = refuted(verified(shop, replicas_per_node_group=promised))

    assert found == {("topology", "nodes"), ("topology", "replication")}


@pytest.mark.parametrize(
    ("line", "following", "behind"),
    [
        ("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=1", 1, []),
        ("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=10", 1, []),
        (
            *("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=11", 0),
            ["10.0.0.1:6379 has said nothing for 11 s"],
        ),
        (
            *("slave0:ip=10.0.0.1,port=6379,state=wait_bgsave,offset=0,lag=0", 0),
            ["10.0.0.1:6379 is wait_bgsave"],
        ),
        ("slave_repl_offset:5\nslaves_waiting_psync:0", 0, []),
    ],
)
def test_a_replica_follows_when_it_is_online_and_has_spoken(line, following, behind):
    assert following_in(f"role:master\r\n{line}\r\n") == (following, behind)


def test_a_replica_whose_link_is_down_is_named(shop):
    lost = shop.nodes[1]
    lost.tell("CONFIG", "SET", "masterauth", "another")
    shop.primary.tell("CLIENT", "KILL", "TYPE", "replica")
    until(lambda: shop.linked() == 1, "the other is back")

    report = verified(shop)

    lost.tell("CONFIG", "SET", "masterauth", "owner")
    assert refuted(report) == {("topology", "replication")}
    [found] = [one for one in report.findings if one.verdict == "refuted"]
    assert found.got == f"1 that follow; node 127.0.0.1:{lost.port}: its link is down"


def test_of_a_single_address_nothing_is_promised_unless_it_is_said(shop):
    assert verified(shop, shop.nodes[1]).findings == ()

    said = verified(shop, shop.primary, replicas_per_node_group=0)
    assert refuted(said) == {("topology", "replication")}


@pytest.mark.parametrize(("said", "verdict"), [(None, "not proven"), ("9.1", "refuted")])
def test_a_command_that_an_engine_lacks_was_promised_only_by_a_version(tmp_path, said, verdict):
    with engines(tmp_path, 1, "--rename-command", "SSUBSCRIBE", "") as [old]:
        external = External(
            addresses=(f"127.0.0.1:{old.port}",), engine_version=said, verify=Verify(writes=True)
        )
        ports = Ports(
            Given({}), None, RedisConnector(connect_timeout_s=5, read_timeout_s=5), WallClock()
        )
        wishes = Wishes(only=frozenset({"pub/sub"}))

        report = verify({}, {}, ports, external={"old": external}, wishes=wishes)

    told = {one.subject: one.verdict for one in report.findings}
    assert told == {"pub/sub as anyone": "proven", "sharded pub/sub as anyone": verdict}


SPEC = """\
version: 1
estate: lab
aws: {account_id: "123456789012", region: eu-west-1}
external:
  three: {addresses: [%s], user: owner, password: %s}
"""


def test_no_account_is_needed_where_none_is_looked_at(shop, tmp_path):
    folder = make_folder(tmp_path)
    addresses = ", ".join(f'"127.0.0.1:{node.port}"' for node in shop.nodes)
    (folder.path / "specs" / "lab.yaml").write_text(SPEC % (addresses, "{env: OWNER}"))

    ended = folder.run("verify", "--only", "topology", "--only", "login", OWNER="owner")
    assert (ended.code, ended.out.count("0 refuted, 0 not proven")) == (0, 1), ended.err

    (folder.path / "specs" / "lab.yaml").write_text(SPEC % (addresses, "{ssm: /lab}"))
    ended = folder.run("verify", OWNER="owner")
    assert (ended.code, "no AWS credentials" in ended.err) == (6, True)


@pytest.mark.parametrize(
    ("written", "said"),
    [(None, "can't be read: No such file"), ("not a certificate", "holds no certificate")],
)
def test_a_ca_file_that_is_none_is_said_by_name(shop, tmp_path, written, said):
    ca_file = tmp_path / "ca.pem"
    if written is not None:
        ca_file.write_text(written)

    with pytest.raises(UsageError, match=f"{ca_file} {said}"):
        verified(shop, tls=True, ca_file=str(ca_file))
