"""Whatever people made by hand is written down, watched, and made again elsewhere as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from account_by_hand import SUBNETS, ByHand
from account_to_import import meant
from estate import Estate, refs, shown
from inprocess import InProcess

from reconciler.spec import load

_MAINTENANCE = 8 * 86400
_MAKES = {"create_replication_group", "create_serverless_cache", "create_cache_cluster"}


def told(made: InProcess) -> Any:
    """Give all that the service shows, without whose it is and without what lists no order."""
    found = shown(made)
    for group in found["CacheParameterGroups"]:
        # A parameter that was given its own default is as good as one that was not.
        group["Parameters"] = [one for one in group.get("Parameters", ()) if not _idle(one)]
    found["tags"] = {
        arn: mine
        for arn, tags in found["tags"].items()
        if (mine := {key: text for key, text in tags.items() if not key.startswith("reconciler:")})
    }
    return _unordered(found)


def _idle(parameter: Any) -> bool:
    return (parameter["ParameterName"], parameter.get("ParameterValue")) == (
        "cluster-enabled",
        "no",
    )


def _unordered(value: Any) -> Any:
    match value:
        case dict():
            # "Enabled" is asked for, and nothing that a describe has.
            return {name: _unordered(one) for name, one in value.items() if name != "Enabled"}
        case list():
            return sorted(map(_unordered, value), key=json.dumps)
        case _:
            return value


def differences(was: Any, now: Any, at: str = "") -> Iterator[str]:
    """Name what is not the same, one line each."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted({*was, *now}):
            yield from differences(was.get(name), now.get(name), f"{at}/{name}")
    elif was != now:
        yield f"{at}: {was} -> {now}"


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 60))]
)
def test_the_first_plan_is_empty_and_an_empty_account_becomes_the_same(seed, imported, looked):
    hand = ByHand(seed).everything()
    there = looked(hand.bench)

    found = imported(there.values())

    assert found.written.left_out == ()
    assert set(found.spec.resources) == set(there)
    assert [one.change for one in found.plan(there).changes] == []
    assert hand.made.total() > 20, hand.made
    assert hand.made.keys() >= _MAKES

    found.path.write_text(meant(found.text), encoding="utf-8")
    spec = load(found.path)
    empty = InProcess()
    empty.service.declare_subnets(empty.principal, dict.fromkeys(SUBNETS, "vpc-own"))
    for number, ref in enumerate(sorted(refs(spec.resources.values()), key=str)):
        empty.secrets.put(ref, f"secret-number-{number}-of-this-one")
    again = Estate(empty, list(spec.resources.values()), name="imported")
    summary = again.apply()
    # What waited for a window is written as it will be.
    for one in (hand.bench, empty):
        one.settle(_MAINTENANCE)
    assert not summary.failed, summary
    assert again.plan().empty
    assert list(differences(told(hand.bench), told(empty))) == []
