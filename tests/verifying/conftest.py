"""One shop a worker, whole again before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from verifying.catalog import SETTINGS, Catalog
from verifying.engines import engines
from verifying.front import Authority, Front
from verifying.shop import Shop


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def _shop(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Shop]:
    context = authority.context()
    with engines(tmp_path_factory.mktemp("shop"), 3) as nodes:
        targets = {"primary": 0, "reader": 1, "orders-001": 0, "orders-002": 1, "orders-003": 2}
        fronts = {name: Front(nodes[at].port, context) for name, at in targets.items()}
        yield Shop(nodes, fronts, authority)
        for front in fronts.values():
            front.close()


@pytest.fixture
def shop(_shop: Shop, authority: Authority) -> Shop:
    """The shop as declared; a test may break any one thing of it."""
    fresh = Shop(_shop.nodes, dict(_shop.fronts), authority)
    for front in fresh.fronts.values():
        front.context = authority.context() if front.context is None else front.context
    fresh.heal()
    return fresh


@pytest.fixture(scope="session")
def _catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with engines(tmp_path_factory.mktemp("catalog"), 4, *SETTINGS) as nodes:
        yield Catalog.formed(nodes)


@pytest.fixture
def catalog(_catalog: Catalog) -> Catalog:
    """Two shards of two, as declared; a test may break any one thing of it."""
    _catalog.heal_users()
    return Catalog(_catalog.nodes)
