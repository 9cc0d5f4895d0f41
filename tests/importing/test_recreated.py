"""What import writes is enough: in an empty account the spec makes again what was there."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import build
import pytest
from account_to_import import bench, estate, meant
from estate import Estate, refs, shown
from inprocess import InProcess

from reconciler.model import CacheParameterGroup, Resource
from reconciler.spec import load

TODAY = dt.date(2026, 11, 20)
TOPIC = build.OTHER["replication_group"]["notification_topic_arn"]
SUBNETS = ("subnet-0a1b2c3d", "subnet-0a1b2c3e", "subnet-0a1b2c3f")


def around(seed: int) -> list[Resource]:
    """What else an account has: groups of parameters and subnets, clusters of nodes."""
    rng = random.Random(seed)
    settings = {"maxmemory-policy": "allkeys-lru", "timeout": str(rng.randint(1, 300))}
    own = build.parameter_group("own", parameters=settings if rng.random() < 0.7 else {})
    memcached = CacheParameterGroup(
        id="pages",
        cache_parameter_group_family="memcached1.6",
        description="pages",
        parameters={"max_item_size": "2097152"},
    )
    some = rng.sample(SUBNETS, rng.randint(2, 3))
    return [
        own,
        memcached,
        build.subnet_group("private", subnet_ids=tuple(sorted(some))),
        build.replication_group(
            "inside",
            cache_subnet_group_name="private",
            cache_parameter_group_name="own",
            security_group_ids=("sg-0a1b2c3d",),
            ip_discovery="ipv4",
            notification_topic_arn=rng.choice((None, TOPIC)),
        ),
        build.cluster(
            "pages",
            num_cache_nodes=rng.randint(1, 4),
            cache_parameter_group_name="pages",
            az_mode="single-az",
        ),
        build.cluster(
            "single",
            engine="redis",
            engine_version="7.1",
            num_cache_nodes=1,
            snapshot_retention_limit=rng.choice((0, 4)),
        ),
    ]


def account() -> InProcess:
    made = bench()
    made.service.declare_subnets(made.principal, dict.fromkeys(SUBNETS, "vpc-own"))
    return made


def told(made: InProcess) -> dict[str, Any]:
    """Everything the service shows, without whose it is."""
    found = shown(made)
    tags = {
        arn: {key: text for key, text in some.items() if not key.startswith("reconciler:")}
        for arn, some in found.pop("tags").items()
    }
    return {**found, "tags": {arn: some for arn, some in tags.items() if some}}


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))]
)
def test_an_empty_account_becomes_what_was_there(seed, imported, looked):
    was = account()
    summary = Estate(was, [*estate(seed), *around(seed)]).apply()
    assert not summary.failed, summary
    was.settle()
    found = imported(looked(was).values())
    assert found.written.left_out == ()
    found.path.write_text(meant(found.text), encoding="utf-8")
    spec = load(found.path, TODAY)

    empty = account()
    for number, ref in enumerate(sorted(refs(spec.resources.values()), key=str)):
        empty.secrets.put(ref, f"secret-number-{number}-of-this-one")
    again = Estate(empty, list(spec.resources.values()), name="imported")
    summary = again.apply()
    empty.settle()

    assert not summary.failed, summary
    assert again.plan().empty
    assert told(empty) == told(was)
