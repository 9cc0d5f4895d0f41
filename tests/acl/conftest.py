"""Engines that were found here, each started once in a test process."""

import oracle
import pytest

ENGINES = oracle.find_engines()


@pytest.fixture(scope="session")
def running():
    """Engines by name, started when they are first asked for."""
    started: dict[str, oracle.Engine] = {}
    yield started
    for engine in started.values():
        engine.stop()


@pytest.fixture(params=sorted(ENGINES) or ["none found"])
def engine(request, running):
    """A real engine; the test runs once for each that was found."""
    name = request.param
    if name not in ENGINES:
        pytest.skip("no redis-server or valkey-server in RECONCILE_ENGINES, on PATH or in a wheel")
    if name not in running:
        running[name] = oracle.Engine(name, ENGINES[name])
    return running[name]
