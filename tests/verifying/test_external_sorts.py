"""Targets of nobody's service, of every sort and age: alone, paired, behind TLS, without HELLO."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from verifying.engines import BINARIES, Engine, engines, follow, hashed, until
from verifying.front import Front
from verifying.shop import Given, WallClock, refuted
from verifying.test_unreachable import hanging

from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.model import External, SecretRef, Verify
from reconciler.verify import Report, verify

pytestmark = [pytest.mark.engines, pytest.mark.slow]

SECRET = "external-secret-01"
PASSWORD = SecretRef(store="env", id="PASSWORD")
Start = Callable[..., list[Engine]]


@pytest.fixture(params=BINARIES, ids=lambda one: f"{one.family} {one.version_text}")
def start(request, tmp_path) -> Iterator[Start]:
    """Start engines with one password: the first leads, the others follow."""
    running = []

    def begun(count: int, *settings: str) -> list[Engine]:
        block = engines(tmp_path, count, *settings, binary=request.param)
        running.append(block)
        primary, *replicas = nodes = block.__enter__()
        for node in nodes:
            node.tell("ACL", "SETUSER", "default", "resetpass", hashed(SECRET))
            node.tell("CONFIG", "SET", "masteruser", "")
            node.tell("CONFIG", "SET", "masterauth", SECRET)
        for replica in replicas:
            follow(replica, primary)
        until(lambda: states(primary) == ["online"] * len(replicas), "they follow")
        return nodes

    yield begun
    for block in running:
        block.__exit__(None, None, None)


def states(primary: Engine) -> list[str]:
    """Give what it thinks of each that follows."""
    said = primary.admin.info("replication").values()
    return [one["state"] for one in said if isinstance(one, dict) and "state" in one]


def looked_at(*places, seconds: float = 5, **fields) -> Report:
    external = External(
        addresses=tuple(f"127.0.0.1:{place.port}" for place in places),
        verify=Verify(writes=True),
        **{"password": PASSWORD, **fields},
    )
    connector = RedisConnector(connect_timeout_s=seconds, read_timeout_s=seconds)
    ports = Ports(Given({"PASSWORD": SECRET}), None, connector, WallClock())
    return verify({}, {}, ports, external={"one": external})


def lacking(report: Report) -> set[str]:
    """Give what is not proven besides what redis 6.2 does not have."""
    return {
        one.subject
        for one in report.findings
        if one.verdict != "proven" and "engine has no SSUBSCRIBE" not in one.got
    }


@pytest.mark.parametrize("user", [None, "default"])
def test_one_alone_is_proven_whole(start, user):
    assert lacking(looked_at(*start(1), user=user)) == set()


@pytest.mark.parametrize("turn", [1, -1], ids=["primary first", "replica first"])
def test_a_pair_is_proven_whole_whichever_address_comes_first(start, turn):
    """Addresses are asked in their order, which says nothing of who takes writes."""
    nodes = sorted(start(2), key=lambda one: one.port)[::turn]
    leader, other = nodes
    leader.tell("REPLICAOF", "NO", "ONE")
    follow(other, leader)
    until(lambda: states(leader) == ["online"], "it follows")

    assert lacking(looked_at(*nodes)) == set()


def test_a_pair_behind_tls_with_a_ca_of_its_own_is_proven_whole(start, authority, request):
    fronts = [Front(node.port, authority.context()) for node in start(2)]
    for front in fronts:
        request.addfinalizer(front.close)

    assert lacking(looked_at(*fronts, tls=True, ca_file=authority.ca_file)) == set()

    strange = looked_at(*fronts, tls=True)
    places = {("reach", f"endpoints at node 127.0.0.1:{front.port}") for front in fronts}
    assert (refuted(strange), strange.counts["proven"]) == (places, 0)


@pytest.mark.parametrize("fields", [{}, {"password": None}], ids=["password", "open"])
def test_an_engine_that_knows_no_hello_is_proven_all_the_same(start, fields):
    """As before 6.0: no name is given, and who leads is read from INFO."""
    nodes = sorted(start(2, "--rename-command", "HELLO", ""), key=lambda one: -one.port)
    leader, other = nodes
    leader.tell("REPLICAOF", "NO", "ONE")
    follow(other, leader)
    until(lambda: states(leader) == ["online"], "it follows")
    if fields:
        for node in nodes:
            node.tell("ACL", "SETUSER", "default", "nopass")

    assert lacking(looked_at(*nodes, **fields)) == set()


def test_a_pair_whose_primary_hangs_is_one_fault_and_nothing_is_written(start):
    primary, replica = start(2)
    with hanging(primary):
        report = looked_at(primary, replica, seconds=2)

    assert refuted(report) == {("reach", f"endpoints at node 127.0.0.1:{primary.port}")}
    said = {one.check: one.got for one in report.findings if one.check in {"data", "many keys"}}
    assert set(said.values()) == {"no address that answers says that it is primary"}


def test_a_replicas_link_that_is_up_does_not_prove_its_password(start):
    """C2: the link stays up with another masterauth, and with none, until it is reset."""
    primary, replica = start(2)
    for wrong in ("another", ""):
        replica.tell("CONFIG", "SET", "masterauth", wrong)
        assert states(primary) == ["online"]

        found = refuted(looked_at(primary, replica))

        name = f"masterauth at node 127.0.0.1:{replica.port}"
        assert found == {("replica password", name)}
    for node in (primary, replica):
        node.tell("ACL", "SETUSER", "default", "-config")
    report = looked_at(primary, replica)
    assert refuted(report) == set()
    assert {one.verdict for one in report.findings if one.check == "replica password"} == {
        "not proven"
    }
