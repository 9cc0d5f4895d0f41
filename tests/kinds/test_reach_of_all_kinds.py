"""What the service's own refusals leave reachable is reached by no long way: sizes and the rest."""

from __future__ import annotations

import pytest
from reach_of_groups import ENGINES, LASTING, SIZED
from reach_of_others import MEMBERS, NODES, SERVERLESS
from reachable import compared


@pytest.mark.slow
@pytest.mark.parametrize(
    ("domain", "states"),
    [
        pytest.param(SIZED, 30, id="sizes of replication groups"),
        pytest.param(ENGINES, 40, id="engines and their way back"),
        pytest.param(LASTING, 8, id="durability"),
        pytest.param(SERVERLESS, 50, id="serverless caches"),
        pytest.param(NODES, 30, id="memcached"),
        pytest.param(MEMBERS, 15, id="users and their group"),
    ],
)
def test_what_the_service_lets_one_reach_is_reached_and_by_no_long_way(domain, states):
    found = compared(domain)

    assert (found.states > states, found.tried > states) == (True, True)
    assert found.missed == []
    assert found.long == []
    assert found.taken == []
