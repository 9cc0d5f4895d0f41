"""A plan knows references and versions; no value is in it, nor in anything that it is made from."""

from __future__ import annotations

import dataclasses
import pickle

import build
from estate import Estate
from inprocess import InProcess

CANARIES = {
    build.PASSWORD: "canary-password-7f3a91",
    build.OTHER_PASSWORD: "canary-other-password-7f3a91",
    build.TOKEN: "canary-token-7f3a91-0000",
}


def estate():
    bench = InProcess()
    for ref, value in CANARIES.items():
        bench.secrets.put(ref, value, build.VERSIONS[ref])
    both = build.password(build.PASSWORD, build.OTHER_PASSWORD)
    return Estate(
        bench,
        [
            build.user(authentication_mode=both),
            build.user_group(),
            build.replication_group(auth_token=build.TOKEN),
        ],
    )


def told(plan, facts):
    """Every way in which a value could leave these objects."""
    calls = [step.call for planned in plan.changes for step in planned.steps]
    texts = [repr(plan), str(plan), repr(facts), *map(str, calls), *map(repr, calls)]
    return "".join(texts).encode() + pickle.dumps(dataclasses.asdict(plan))


def test_no_secret_is_in_a_plan_before_or_after_it_was_applied():
    made = estate()

    first = told(made.plan(), made.facts())
    made.apply()
    made.bench.settle()
    for ref in CANARIES:
        made.bench.secrets.versions[str(ref)] = "rotated"
    second = told(made.plan(), made.facts())

    assert made.bench.secrets.opened
    for value in CANARIES.values():
        assert value.encode() not in first + second


def test_planning_opens_no_secret():
    made = estate()

    made.plan()

    assert made.bench.secrets.opened == []
