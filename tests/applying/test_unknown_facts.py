"""What no source states about the service may be either way: every transition still arrives."""

from __future__ import annotations

import dataclasses

import pytest
from staged import EVERY as TRANSITIONS

from elasticache_local.switch import Switches

OTHER = {
    field.name: not field.default
    for field in dataclasses.fields(Switches)
    if isinstance(field.default, bool)
}
TELLING = (
    "everything is created",
    "rights are changed",
    "a user joins",
    "TLS is brought in",
    "a token gives way to users",
)


@pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))
def test_with_every_unknown_fact_the_other_way_it_arrives(name):
    estate = TRANSITIONS[name].prepared(**OTHER)

    assert estate.apply().exit_code == 0
    assert estate.plan().empty


@pytest.mark.parametrize("switch", OTHER)
def test_with_one_unknown_fact_the_other_way_the_telling_ones_arrive(switch):
    for name in TELLING:
        estate = TRANSITIONS[name].prepared(**{switch: OTHER[switch]})

        assert estate.apply().exit_code == 0, name
        assert estate.plan().empty, name
