"""Any two things that are broken at once are both found, by name, and nothing besides."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from verifying.engines import follow, until
from verifying.front import Front
from verifying.shop import Shop, refuted

pytestmark = [pytest.mark.engines, pytest.mark.slow]

Found = set[tuple[str, str]]


@dataclass(frozen=True)
class Saboteur:
    name: str
    breaks: Callable[[Shop], object]
    found: frozenset[tuple[str, str]]


def _at(check: str, *subjects: str) -> frozenset[tuple[str, str]]:
    return frozenset((check, subject) for subject in subjects)


def _takes_any_password(shop: Shop) -> None:
    shop.nodes[2].tell("ACL", "SETUSER", "orders-report", "nopass")


def _may_flush(shop: Shop) -> None:
    shop.nodes[1].tell("ACL", "SETUSER", "orders-app", "+flushall")


def _may_not_scan(shop: Shop) -> None:
    shop.nodes[0].tell("ACL", "SETUSER", "orders-app", "-scan")


def _another_pattern(shop: Shop) -> None:
    shop.nodes[0].tell("ACL", "SETUSER", "orders-app", "~carts:*")


def _leads_to_the_primary(shop: Shop) -> None:
    reader = shop.fronts["reader"]
    reader.target = shop.primary.port


def _follows_another(shop: Shop) -> None:
    follow(shop.nodes[2], shop.nodes[1])
    until(lambda: shop.linked() == 1, "the primary notices")


def _default_comes_in(shop: Shop) -> None:
    shop.nodes[2].set_user("default", "on", "nopass", "~*", "+@all")


def _overwrites(shop: Shop) -> None:
    def overwrite(data: bytes) -> None:
        for key in shop.primary.admin.keys("*:counter") if b"INCRBY" in data else ():
            shop.primary.tell("INCRBY", key, 1)

    shop.fronts["primary"].heard = overwrite


def _repeats(shop: Shop) -> None:
    sent: list[bytes] = []

    def repeat(data: bytes) -> None:
        if b"\r\nPUBLISH\r\n" in data and not sent:
            sent.append(data)
            shop.primary.tell("PUBLISH", data.split(b"\r\n")[4].decode(), "1")

    shop.fronts["primary"].heard = repeat


FLUSH = "user orders-app: FLUSHALL at node orders-002"
SABOTEURS = (
    Saboteur(
        "any password",
        _takes_any_password,
        _at("login", "user orders-report with a wrong password at node orders-003"),
    ),
    Saboteur("a command too many", _may_flush, _at("rights", FLUSH)),
    Saboteur(
        "a command too few",
        _may_not_scan,
        _at("rights", "user orders-app: SCAN 0 at node orders-001"),
    ),
    Saboteur(
        "a pattern too many",
        _another_pattern,
        _at("rights", "user orders-app: SET carts:1 x at node orders-001"),
    ),
    Saboteur("reader is primary", _leads_to_the_primary, _at("topology", "role of reader")),
    Saboteur("follows another", _follows_another, _at("topology", "replication")),
    Saboteur(
        "default is on",
        _default_comes_in,
        _at(
            "default user", "no login at all at node orders-003", "user default at node orders-003"
        ),
    ),
    Saboteur("overwritten", _overwrites, _at("data", "counter as user orders-app")),
    Saboteur("said twice", _repeats, _at("pub/sub", "pub/sub as user orders-app")),
)
# Both sit at the same place of the way, one at a time.
NEVER_TOGETHER = {"overwritten", "said twice"}
PAIRS = [
    pair
    for pair in itertools.combinations(SABOTEURS, 2)
    if {one.name for one in pair} != NEVER_TOGETHER
]


@pytest.fixture
def broken(shop: Shop):
    """Break it, and put right what the shop itself does not heal."""
    heard = {name: front.heard for name, front in shop.fronts.items()}
    reader: Front = shop.fronts["reader"]
    leads = reader.target

    def by(*saboteurs: Saboteur) -> Shop:
        for one in saboteurs:
            one.breaks(shop)
        return shop

    yield by
    reader.target = leads
    for name, front in shop.fronts.items():
        front.heard = heard[name]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " and ".join(one.name for one in pair))
def test_both_are_found_and_nothing_else(broken, pair):
    report = broken(*pair).verified()

    assert refuted(report) == pair[0].found | pair[1].found
    assert report.exit_code() == 5


@pytest.mark.parametrize("one", SABOTEURS, ids=lambda one: one.name)
def test_to_skip_what_would_find_it_is_not_green(broken, one):
    [check] = {check for check, _ in one.found}

    report = broken(one).verified(skip={check})

    assert refuted(report) == set()
    assert report.exit_code() == 6
    assert [found.got for found in report.findings if found.check == check] == [
        "left out by --skip"
    ]
