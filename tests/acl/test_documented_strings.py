"""It is so that what people publish is read, decided and written as the server does."""

import pytest
import randomacl
from documented import DOCUMENTED

from reconciler.acl import (
    NotACommand,
    canonical,
    minimum_engine_version,
    rights,
    same_rights,
    stored,
    table,
)


def usable(text, found):
    """Leave out what this version does not know: rules of 7.0, commands of later versions."""
    if found.version == "6.2":
        return minimum_engine_version(text) != "7.0"
    return True


@pytest.mark.engines
@pytest.mark.parametrize("text", DOCUMENTED)
def test_the_server_decides_alike(engine, text):
    found = table(engine.engine, engine.version)
    make = randomacl.Maker(found, seed=7)
    probes = [make.probe() for _ in range(200)]
    if not usable(text, found):
        return

    theirs = engine.decides(text, probes)

    ours = rights(text, found, channel_default="resetchannels")
    assert theirs == [_allows(ours, probe) for probe in probes]


def _allows(ours, probe):
    try:
        return ours.allows(probe)
    except NotACommand:
        return None


@pytest.mark.engines
@pytest.mark.parametrize("text", DOCUMENTED)
def test_canonical_and_stored_text_mean_the_same_to_the_server(engine, text):
    found = table(engine.engine, engine.version)
    make = randomacl.Maker(found, seed=8)
    probes = [make.probe() for _ in range(200)]
    if not usable(text, found):
        return

    sent = engine.decides(text, probes)

    assert engine.decides(canonical(text, found), probes) == sent
    assert engine.decides(stored(text, found, 7), probes) == sent
    assert engine.decides(stored(text, found, 8), probes) == sent


@pytest.mark.parametrize("text", DOCUMENTED)
def test_the_canonical_text_allows_the_same(text):
    found = table("valkey", "8.1")

    written = canonical(text, found)

    assert same_rights(written, text, [found])
    assert canonical(written, found, service=False) == written
