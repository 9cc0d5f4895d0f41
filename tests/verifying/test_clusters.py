"""Shards, slots and what a cluster announces; an AUTH token; targets that are not ElastiCache's."""

from __future__ import annotations

import dataclasses

import pytest
from verifying.catalog import TOKEN, Catalog
from verifying.engines import free_port, hashed, until
from verifying.shop import about, refuted, with_password

from reconciler.checks.announced import Announced, Member, parsed
from reconciler.checks.read_routing import misrouted
from reconciler.model import ReplicationGroup, User, UserGroup, Verify
from reconciler.verify import Wishes, verify

pytestmark = pytest.mark.engines


def places(catalog: Catalog, *at: int) -> set[str]:
    names = {number: f"node 127.0.0.1:{catalog.nodes[number].port}" for number in at}
    return {"configuration" if number == 0 else name for number, name in names.items()}


def test_a_healthy_cluster_is_proven_whole(catalog):
    report = catalog.verified()

    assert refuted(report) == set()
    assert report.counts["not proven"] == 0
    assert {finding.check for finding in report.findings} == {
        *("reach", "login", "auth token", "engine", "shards", "read routing"),
        "connections",
        *("data", "pub/sub", "streams", "many keys"),
    }


def test_the_token_is_tried_on_every_node_that_the_cluster_announces(catalog):
    [token] = [one for one in about(catalog.verified(), "login") if "token" in one.subject]

    assert token.got == "logs in, at 4 of 4 addresses"


def test_what_will_be_refused_counts_the_nodes_that_only_the_cluster_names(catalog):
    report = catalog.verified()

    # The configuration endpoint and four nodes, one of which it leads to here.
    dialled, at_each = 1, 2 + 1
    assert report.refusals == dialled + at_each * 5


def test_nothing_of_a_visit_stays_behind(catalog):
    catalog.verified()

    assert [node.admin.dbsize() for node in catalog.nodes] == [0, 0, 0, 0]


def test_a_cache_that_is_open_as_declared_is_proven_whole(catalog):
    catalog.unlock()

    report = catalog.verified()

    assert report.counts == {"proven": len(report.findings), "refuted": 0, "not proven": 0}
    assert report.refusals == 0
    [login] = about(report, "login")
    assert (login.subject, login.got) == (
        "anyone",
        "comes in without a login, at 4 of 4 addresses",
    )


def test_a_node_that_is_locked_though_it_should_be_open(catalog):
    catalog.unlock()
    catalog.nodes[2].set_user("default", "on", hashed("surprise"), "~*", "&*", "+@all")

    found = refuted(catalog.verified(only={"login"}))

    [place] = places(catalog, 2)
    assert found == {("login", f"anyone at {place}")}


def test_a_node_that_lets_anybody_in(catalog):
    catalog.nodes[3].set_user("default", "on", "nopass", "~*", "&*", "+@all")

    found = refuted(catalog.verified())

    [place] = places(catalog, 3)
    assert found == {
        ("auth token", f"no login at all at {place}"),
        (
            "login",
            f"the AUTH token at {place}",
        ),  # it says that no password is asked for
    }


def test_a_node_with_another_token(catalog):
    catalog.nodes[2].set_user("default", "on", hashed("an older token"), "~*", "&*", "+@all")

    found = refuted(catalog.verified(only={"login", "auth token"}))

    [place] = places(catalog, 2)
    assert found == {("login", f"the AUTH token at {place}")}


def test_a_slot_that_nobody_covers(catalog):
    catalog.nodes[0].tell("CLUSTER DELSLOTS", 100)

    report = catalog.verified()

    catalog.nodes[0].tell("CLUSTER ADDSLOTS", 100)
    assert refuted(report) == {("shards", "slots")}
    [slots] = [one for one in about(report, "shards") if one.subject == "slots"]
    assert slots.got == "1 of 16384 uncovered"


def test_a_slot_that_one_node_alone_has_lost(catalog):
    catalog.nodes[1].tell("CLUSTER DELSLOTS", 9000)

    report = catalog.verified(only={"shards"})

    catalog.nodes[1].tell("CLUSTER ADDSLOTS", 9000)
    [place] = places(catalog, 1)
    assert refuted(report) == {("shards", f"slots as seen at {place}")}


def test_where_a_lost_slot_takes_the_cluster_down_that_is_one_fault(catalog):
    for node in catalog.nodes:
        node.tell("CONFIG SET", "cluster-require-full-coverage", "yes")
    for at in (0, 1):
        catalog.nodes[at].tell("CLUSTER DELSLOTS", 100 + 9000 * at)
    until(lambda: "state:fail" in catalog.nodes[0].raw("CLUSTER INFO"), "it is down")

    report = catalog.verified()

    for at in (0, 1):
        catalog.nodes[at].tell("CLUSTER ADDSLOTS", 100 + 9000 * at)
    for node in catalog.nodes:
        node.tell("CONFIG SET", "cluster-require-full-coverage", "no")
    [place] = places(catalog, 1)
    assert refuted(report) == {("shards", "slots"), ("shards", f"slots as seen at {place}")}
    assert {one.got.rpartition(": ")[2] for one in about(report, "streams")} == {"see shards"}
    assert report.exit_code() == 5


def test_a_node_that_knows_another_password_is_one_fault_whoever_meets_it(catalog):
    catalog.nodes[1].set_user("default", "on", hashed("another"), "~*", "&*", "+@all")

    report = catalog.verified()

    [place] = places(catalog, 1)
    assert refuted(report) == {("login", f"the AUTH token at {place}")}


def leads(node, ident):
    """Say whether this node takes that one for a primary, which one without slots is too."""
    lines = node.raw("CLUSTER NODES").splitlines()
    return any("master" in line.split()[2] for line in lines if line.startswith(ident))


def test_a_node_that_left_the_cluster_and_serves_nothing(catalog):
    primary, replica = catalog.nodes[0], catalog.nodes[2]
    replica.tell("CLUSTER RESET", "SOFT")
    for node in catalog.nodes:
        replica.tell("CLUSTER MEET", "127.0.0.1", node.port)
    until(lambda: "state:ok" in replica.raw("CLUSTER INFO"), "it knows the others again")
    ident = replica.tell("CLUSTER MYID")
    until(lambda: all(leads(node, ident) for node in catalog.nodes), "all know that it left")

    report = catalog.verified_as_external(only={"shards"})

    replica.tell("CLUSTER REPLICATE", primary.tell("CLUSTER MYID"))
    until(lambda: all(map(catalog.is_whole, catalog.nodes)), "it follows again")
    assert refuted(report) == {("shards", f"slots as seen at node 127.0.0.1:{replica.port}")}


def test_a_node_that_serves_nothing_though_it_sees_every_slot(catalog):
    """As one does that is cut off from most primaries: its own INFO says so, by a front's hand."""
    node = catalog.nodes[2]
    real, ports = catalog.ports().connector, catalog.ports

    class Cut(type(real)):
        def node(self, endpoint, login, *, tls):
            client = super().node(endpoint, login, tls=tls)
            if endpoint.port == node.port:
                pool = client.connection_pool
                pool.connection_class = type("Cut", (Failing, pool.connection_class), {})
            return client

    catalog.ports = lambda: dataclasses.replace(ports(), connector=Cut(read_timeout_s=5))

    found = refuted(catalog.verified(only={"shards"}))

    assert found == {("shards", f"slots as seen at node 127.0.0.1:{node.port}")}


class Failing:
    """A connection over which CLUSTER INFO says that the cluster has failed."""

    def read_response(self, *args, **options):
        said = super().read_response(*args, **options)
        return said.replace("state:ok", "state:fail") if isinstance(said, str) else said


def test_a_shards_replica_that_can_not_log_in_to_its_primary(catalog):
    primary, replica = catalog.nodes[0], catalog.nodes[2]
    replica.tell("CONFIG SET", "masterauth", "another")
    primary.tell("CLIENT KILL", "TYPE", "replica")
    until(lambda: primary.admin.info("replication")["connected_slaves"] == 0, "it is gone")

    report = catalog.verified(only={"shards"})

    replica.tell("CONFIG SET", "masterauth", "owner")
    until(lambda: primary.admin.info("replication").get("slave0", {}).get("state") == "online", "")
    assert refuted(report) == {("shards", f"replication at node 127.0.0.1:{primary.port}")}
    [finding] = [one for one in about(report, "shards") if one.verdict == "refuted"]
    assert finding.got == "0 that follow"


def test_an_external_cluster_has_the_shards_that_the_spec_says(catalog):
    declared = catalog.external.model_copy(
        update={"num_node_groups": 3, "replicas_per_node_group": 0}
    )

    report = verify({}, {}, catalog.ports(), external={"six": declared})

    assert refuted(report) == {("shards", "shards"), ("shards", "replicas of each shard")}


def test_keys_that_all_fall_into_one_shard_prove_nothing_across_shards(catalog):
    pinned = User(
        id="app",
        engine="valkey",
        access_string="on ~{pinned}:* &* -@all +@read +@write +@connection +command +cluster",
        authentication_mode=with_password("TOKEN"),
    )
    group = UserGroup(id="g", engine="valkey", user_ids=("app",))
    for node in catalog.nodes:
        node.set_user("app", hashed(TOKEN), *(pinned.access_string or "").split())
    cache = catalog.desired[catalog.address]
    fields = cache.model_dump(exclude_unset=True, exclude={"auth_token"})
    desired = [ReplicationGroup(**fields, user_group_ids=("g",)), group, pinned]

    report = verify(
        {one.address: one for one in desired},
        catalog.observed(),
        catalog.ports(),
        wishes=Wishes(only=frozenset({"many keys", "data"})),
    )

    for node in catalog.nodes:
        node.tell("ACL", "DELUSER", "app")
    assert {one.verdict for one in about(report, "data")} == {"proven"}
    [finding] = about(report, "many keys")
    assert (finding.verdict, finding.got) == (
        "not proven",
        "every key that could be ours falls into one shard",
    )


def test_fewer_shards_than_declared(catalog):
    catalog.shards = 3

    assert refuted(catalog.verified()) == {("shards", "shards")}


def test_fewer_replicas_than_declared(catalog):
    catalog.replicas = 2

    assert refuted(catalog.verified()) == {("shards", "replicas of each shard")}


def test_redis_py_3284_an_announced_address_that_clients_can_not_reach(catalog):
    nowhere, replica = free_port(), catalog.nodes[2]
    replica.tell("CONFIG SET", "cluster-announce-client-port", nowhere)
    told = catalog.nodes[0]
    until(lambda: str(nowhere) in repr(told.raw("CLUSTER SLOTS")), "the news spreads")

    found = refuted(catalog.verified())

    replica.tell("CONFIG SET", "cluster-announce-client-port", 0)
    # By every node: whichever the next one asks would lead it there.
    for node in catalog.nodes:
        until(lambda one=node: str(nowhere) not in repr(one.raw("CLUSTER SLOTS")), "taken back")
    assert ("shards", f"announced addresses at node 127.0.0.1:{nowhere}") in found
    assert {check for check, _ in found} == {"shards"}


@pytest.mark.parametrize(
    ("read_from", "primaries", "replicas"),
    [("primary", True, False), ("replica", False, True), ("any", True, True)],
)
def test_reads_are_counted_where_they_should_go(catalog, read_from, primaries, replicas):
    catalog.verify = Verify(read_from=read_from)
    before = [reads(node) for node in catalog.nodes]

    report = catalog.verified(only={"read routing"})

    made = [reads(node) - count for node, count in zip(catalog.nodes, before, strict=True)]
    assert [one.verdict for one in report.findings] == ["proven"]
    assert sum(made) == 60
    assert [count > 0 for count in made] == [primaries, primaries, replicas, replicas]


def reads(node) -> int:
    return node.admin.info("commandstats").get("cmdstat_hstrlen", {"calls": 0})["calls"]


def test_reads_that_go_elsewhere_are_found():
    one, other, replica = Member("a", 1), Member("b", 1), Member("c", 1)
    announced = Announced(((0, 8191, (one, replica)), (8192, 16383, (other,))))

    told = misrouted({one: 29, other: 30, replica: 1}, announced, "primary")

    assert told == "59 on primaries, 1 on replicas"
    assert misrouted({one: 0, other: 0, replica: 60}, announced, "replica") == ""
    assert misrouted({one: 1, other: 0, replica: 59}, announced, "replica") != ""


@pytest.mark.parametrize(
    ("told", "host"),
    [
        (["10.0.0.1", 6379, "id"], "10.0.0.1"),
        ([None, 6379, "id", ["hostname", "a.example"]], "a.example"),
        (["?", 6379, "id", ["ip", "10.0.0.1", "hostname", "a.example"]], "a.example"),
        (["", 6379, "id", []], "asked.example"),
        ([None, 6379], "asked.example"),
    ],
)
def test_a_node_is_reached_by_the_name_that_it_announces(told, host):
    assert parsed([[0, 16383, told]], "asked.example").members == (Member(host, 6379),)


def test_a_replica_that_a_client_leaves_out_is_found():
    one, other, first, second = (Member("a", 1), Member("b", 1), Member("c", 1), Member("d", 1))
    announced = Announced(((0, 8191, (one, first)), (8192, 16383, (other, second))))

    both = {one: 0, other: 0, first: 30, second: 30}
    assert misrouted(both, announced, "replica") == ""
    told = misrouted({**both, first: 60, second: 0}, announced, "replica")
    assert told == "0 on primaries, 60 on replicas"


def test_a_replica_that_takes_no_reads(catalog):
    catalog.verify = Verify(read_from="replica")
    for node in catalog.nodes[2:]:
        node.tell("ACL", "SETUSER", "default", "-hstrlen")

    found = refuted(catalog.verified(only={"read routing"}))

    assert found == {("read routing", "reads")}


def test_who_may_not_ask_for_counts_proves_no_routing(catalog):
    for node in catalog.nodes:
        node.tell("ACL", "SETUSER", "default", "-info")

    report = catalog.verified(only={"read routing"})

    assert [one.verdict for one in report.findings] == ["not proven"]


def test_an_external_cluster_is_verified_by_its_addresses(catalog):
    report = catalog.verified_as_external()

    assert refuted(report) == set()
    assert report.exit_code() == 0
    subjects = {(one.check, one.subject) for one in report.findings if one.verdict == "proven"}
    assert subjects >= {
        ("login", "the password"),
        ("auth token", "a wrong password"),
        ("shards", "slots"),
        ("shards", "announced addresses"),
        ("data", "counter as the password"),
    }


def test_where_the_first_address_is_dead_another_is_asked(catalog):
    dead = f"127.0.0.1:{free_port()}"
    six = catalog.external
    six = six.model_copy(update={"addresses": (dead, *six.addresses)})

    report = verify({}, {}, catalog.ports(), external={"six": six}, wishes=Wishes())

    assert refuted(report) == {("reach", f"endpoints at node {dead}")}
    well = {one.check for one in report.findings if one.verdict == "proven"}
    assert {"shards", "data", "pub/sub", "streams", "many keys", "read routing"} <= well


def test_an_external_node_without_the_password(catalog):
    # Not the first of the addresses: by that one everything else is tried too.
    broken = max(catalog.nodes[2:], key=lambda node: node.port)
    broken.set_user("default", "on", "nopass", "~*", "&*", "+@all")

    found = refuted(catalog.verified_as_external())

    name = f"node 127.0.0.1:{broken.port}"
    assert found == {
        ("auth token", f"no login at all at {name}"),
        ("login", f"the password at {name}"),
    }


@pytest.mark.parametrize(
    ("user", "secret", "verdict", "words"),
    [
        ("", TOKEN, "proven", "4 of 4"),
        ("", "", "refuted", "not set"),
        ("", "another", "refuted", "another password"),
        ("owner", "owner", "not proven", "another user"),
    ],
)
def test_that_replicas_know_the_password_is_compared(catalog, user, secret, verdict, words):
    # The links stay up whatever stands here: that is why they prove nothing.
    for node in catalog.nodes:
        node.tell("CONFIG SET", "masteruser", user)
        node.tell("CONFIG SET", "masterauth", secret)

    report = catalog.verified_as_external(only={"replica password"})

    for node in catalog.nodes:
        node.tell("CONFIG SET", "masteruser", "owner")
        node.tell("CONFIG SET", "masterauth", "owner")
    assert {one.verdict for one in report.findings} == {verdict}, report.findings
    assert words in report.findings[0].got
    assert TOKEN not in repr(report)


def test_an_external_target_without_rights_to_look_says_so(catalog):
    catalog.verify = Verify()
    for node in catalog.nodes:
        node.tell("ACL", "SETUSER", "default", "-cluster")

    report = catalog.verified_as_external(only={"shards"})

    assert refuted(report) == set()
    assert report.exit_code() == 6
