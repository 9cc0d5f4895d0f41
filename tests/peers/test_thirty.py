"""Thirty issues of peers that a better tool would not have: each is played, or it is said where.

Two can't be played on the control plane in this process. What stands for them needs engines.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ISSUES = {
    "terraform": "24244 24733 27363 28011 33859 35636 35897 37911 39546 41181 41567 41644 42966 "
    "43884 45229 46443 49945 50096",
    "ack": "677 2536 2711 2749",
    "crossplane": "622",
    "pulumi": "3848",
    "cdk_real_drift": "482",
    "cloudformation": "2273",
    "cloudposse": "239",
    "upjet": "1370",
}
ELSEWHERE = {
    # Clients of a cluster that hold on to dead nodes: it takes engines, and a client that stays.
    "redis-py 3284": (
        "tests/verifying/test_clusters.py",
        "test_redis_py_3284_an_announced_address_that_clients_can_not_reach",
    ),
    # Chain, host name and expiry of a certificate: it takes a listener that speaks TLS.
    "redis-py 1080": (
        "tests/connecting/test_connector.py",
        "test_redis_py_1080_every_context_checks_chain_name_and_age",
    ),
}


def played() -> set[str]:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    return set(re.findall(r"^def test_([a-z_]+_\d+)_", "\n".join(texts), re.MULTILINE))


@pytest.mark.parametrize(
    "issue", [f"{peer}_{number}" for peer, some in ISSUES.items() for number in some.split()]
)
def test_it_is_played(issue):
    assert issue in played()


@pytest.mark.parametrize("issue", ELSEWHERE)
def test_it_is_tested_elsewhere(issue):
    path, name = ELSEWHERE[issue]
    assert f"def {name}(" in (ROOT / path).read_text()


def test_they_are_thirty():
    assert sum(len(some.split()) for some in ISSUES.values()) + len(ELSEWHERE) == 30
