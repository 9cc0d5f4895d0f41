"""The version that answers, compared at the precision that was asked for."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.acl import TABLES
from reconciler.checks.engine import judged
from reconciler.checks.probe import derived
from reconciler.checks.target import Account, DefaultUser, Target
from reconciler.checks.visit import Hello
from reconciler.kind import Pending
from reconciler.model import Address, Verify
from reconciler.verify import Wishes, verify


@pytest.mark.parametrize(
    ("server", "version", "asked", "verdict"),
    [
        pytest.param("valkey", "8.1.8", "8.1", "proven", id="the patch is not asked for"),
        pytest.param("valkey", "8.1.8", "8", "proven", id="the minor is not asked for"),
        pytest.param("valkey", "8.1.8", "8.1.8", "proven", id="all of it"),
        pytest.param("valkey", "9.1.2", "8.1", "not proven", id="newer"),
        pytest.param("valkey", "7.2.4", "8.1", "refuted", id="older"),
        pytest.param("valkey", "8.0.1", "8.1", "refuted", id="an older minor"),
        pytest.param("redis", "8.1.0", "8.1", "not proven", id="another name"),
        pytest.param("valkey", "6.2.14", "6.x", "proven", id="any minor"),
    ],
)
def test_a_version_is_judged(server, version, asked, verdict):
    assert judged(Hello(server, version, "master", "standalone"), "valkey", asked)[0] == verdict


def target(account: Account, version: str) -> Target:
    return Target(
        Address("replication_group", "orders"), (), "off", DefaultUser.OFF, (account,), Verify(),
        engine="redis", engine_version=version,
    )  # fmt: skip


@pytest.mark.parametrize("sign", ["-@all +", "+@all -"])
def test_no_probe_of_the_catalogue_depends_on_the_version(sign):
    categories = sorted({name for one in TABLES for name in one.categories})

    for name in categories:
        account = Account("app", "app", "password", (), f"on ~a:* &a:* {sign}@{name}")
        found = [
            {(str(one), one.allowed) for one in derived(target(account, version), account, "r1")}
            for version in ("6.2", "7.0", "8.0")
        ]
        assert found[0] == found[1] == found[2], name


def test_a_string_that_the_version_can_not_read_is_not_green():
    account = Account("app", "app", "password", (), "on ~* &* +@all -client|kill")

    [probe] = derived(target(account, "6.2"), account, "r1")

    assert probe.reason == "this access string can't be read for redis 6.2"


@pytest.mark.engines
@pytest.mark.parametrize(
    ("pending", "verdict"),
    [
        pytest.param((), "refuted", id="nothing is under way"),
        pytest.param(
            (Pending("engine_version", "99.1", "sun:03:00-sun:04:00"),), "not proven", id="it waits"
        ),
        pytest.param((Pending("num_cache_clusters", 4),), "refuted", id="something else waits"),
    ],
)
def test_a_version_that_waits_for_its_window_is_not_broken(shop, pending, verdict):
    wished = {**shop.desired, shop.address: shop.desired[shop.address].but(engine_version="99.1")}
    live = shop.observed()
    live[shop.address] = dataclasses.replace(live[shop.address], pending=pending)

    report = verify(
        wished, live, shop.ports(), wishes=Wishes(only=frozenset({"engine"}), patience_s=0.0)
    )

    assert {one.verdict for one in report.findings} == {verdict}
