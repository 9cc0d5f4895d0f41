"""Any account and any spec for it: applied, nothing is left, and nothing else has moved.

The seed is the day's date; RECONCILE_SEED gives another. What the pairs covered is printed: per
kind and field, how often it was created, changed, reset, the same, left alone, refused.
"""

from __future__ import annotations

import dataclasses
import os
import random
import re
from collections import Counter
from datetime import UTC, datetime

import build
import pytest
from any_coverage import NOT_SEEN, Covered, thin
from any_estate import Pair, meaning, prepared, refusals
from any_wish import SORTS
from estate import Estate, shown
from summed import COVERED

from elasticache_local.switch import Switches
from reconciler.applying.outcome import Finished, StepSent, StepSettled
from reconciler.kind import Facts, Unreachable
from reconciler.kinds import KINDS
from reconciler.model import Resource
from reconciler.plan import Adopt, Create, Plan
from reconciler.ports import Call

SEED = os.environ.get("RECONCILE_SEED") or f"{datetime.now(UTC):%Y-%m-%d}"
OTHER = {
    field.name: not field.default
    for field in dataclasses.fields(Switches)
    if isinstance(field.default, bool)
}
BY_TAG = frozenset({"auth_token", "authentication_mode", "passwords", "access_string"})
"""What is known by our own tags: which secret was set, and how the service writes what was sent.

Of a thing that bears none of them any more it is not known.
"""
FOLLOWS: dict[str, dict[str, set[str]]] = {
    "replication_group": {
        "cache_parameter_group_name": {"engine", "engine_version", "cluster_mode"},
        "transit_encryption_mode": {"transit_encryption_enabled"},
        "transit_encryption_enabled": {"transit_encryption_mode"},
        "auth_token": {"user_group_ids"},
        "user_group_ids": {"auth_token"},
        "num_cache_clusters": {"cluster_mode", "num_node_groups", "replicas_per_node_group"},
        "num_node_groups": {"cluster_mode", "num_cache_clusters"},
        "replicas_per_node_group": {"cluster_mode", "num_cache_clusters"},
        "cluster_mode": {"num_node_groups"},
        "automatic_failover_enabled": {"cluster_mode", "multi_az_enabled"},
    },
    "cache_cluster": {
        "cache_parameter_group_name": {"engine_version"},
        "preferred_availability_zone": {"az_mode"},
    },
}
"""What the service moves by itself, or must, when something else of the same thing moves."""
A_WEEK_S = 8 * 24 * 3600
WINDOW = re.compile(r"^waits until .*\((sun|mon|tue|wed|thu|fri|sat):[0-9:]+-\w+:[0-9:]+\)$")
"""How it is said that the rest comes after a maintenance window."""
ITS_OWN = ("Status", "UserGroupIds", "ReplicationGroups", "ServerlessCaches")
"""What the service maintains: statuses, and who refers to a thing."""
NAMES = {
    "Users": "UserId",
    "UserGroups": "UserGroupId",
    "CacheParameterGroups": "CacheParameterGroupName",
    "CacheSubnetGroups": "CacheSubnetGroupName",
    "ReplicationGroups": "ReplicationGroupId",
    "CacheClusters": "CacheClusterId",
    "ServerlessCaches": "ServerlessCacheName",
}


def expected(pair: Pair, facts: Facts, wish: Resource) -> set[str]:
    """Say which fields a plan must name, by what the describes show and what the wish means."""
    kind, live = build.KIND[wish.kind], facts.observed[wish.address].effective
    named = set()
    # TLS without a mode means required.
    for name in kind.implied(wish) - wish.model_fields_set:
        named |= {name} if getattr(live, name) != "required" else set()
    for name in kind.fields:
        if name not in wish.model_fields_set or (wish.kind, name) in NOT_SEEN:
            continue
        wished, stands = getattr(wish, name), getattr(live, name)
        if name == "tags":
            differs = any((stands or {}).get(key) != one for key, one in (wished or {}).items())
        elif wished is None:
            resets = SORTS[wish.kind].resets
            differs = name in resets and meaning(name, resets[name]) != meaning(name, stands)
        elif name == "auth_token":
            differs = stands is None
        elif wish.kind == "cache_parameter_group" and name == "parameters":
            differs = {**(stands or {})} != wished
        else:
            differs = meaning(name, wished) != meaning(name, stands)
        named |= {name} if differs else set()
    return named


def check_plan(pair: Pair, facts: Facts, plan: Plan, covered: Covered) -> None:
    """Every field that moved is named, and no other; counted by what it does."""
    planned = {one.address: one for one in plan.changes}
    for address, written in pair.after.items():
        wish, one = written.wish, planned.pop(address, None)
        if address not in pair.before:
            assert isinstance(getattr(one, "change", None), Create)
            for name in wish.model_fields_set & set(build.KIND[wish.kind].fields):
                covered[wish.kind, name, "create"] += getattr(wish, name) is not None
            continue
        named = {change.field for change in getattr(one and one.change, "fields", ())}
        must = expected(pair, facts, wish)
        if one is not None and isinstance(one.change, Adopt):
            assert named - BY_TAG == must - BY_TAG, (address, named, must)
        else:
            assert named - {"passwords"} == must, (address, named, must)
        for name in build.KIND[wish.kind].fields:
            covered[wish.kind, name, _column(wish, name, named)] += 1
    assert planned == {}, "a plan names what nobody wished"


def _column(wish: Resource, name: str, named: set[str]) -> str:
    if name not in wish.model_fields_set:
        return "left alone"
    if name not in named:
        return "same"
    return "reset" if getattr(wish, name) is None else "change"


def check_refusals(chance: random.Random, pair: Pair, covered: Covered) -> None:
    """What can't change in place is refused in the plan, with the field that is at fault."""
    for written in pair.before.values():
        wishes = list(refusals(chance, written)) if chance.random() < 0.4 else []
        for name, wish in chance.sample(wishes, min(len(wishes), 2)):
            plan = Estate(pair.estate.bench, [wish]).plan()
            [one] = [one for one in plan.changes if one.address == wish.address]
            assert isinstance(one.stop, Unreachable), (wish.address, name)
            assert name in one.stop.reason, (wish.address, name)
            covered[wish.kind, name, "refused"] += 1


def check_apply(estate: Estate) -> bool:
    """Each call is accepted in its state, and leaves just what its step said.

    Say whether something waits for a maintenance window, and all else is done.
    """
    events = []
    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent):
            assert event.fate == "", event
        if isinstance(event, StepSettled):
            check_leaves(estate, event)
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.summary.failed, end.summary.gated) == ((), ())
    waiting = [one for one in end.summary.left if not one.why.startswith("it waits for")]
    assert [one for one in waiting if not WINDOW.search(one.why)] == []
    return bool(waiting)


def check_leaves(estate: Estate, event: StepSettled) -> None:
    """What describe shows now is what the step's ``leaves`` says, in every field."""
    kind, leaves = build.KIND[event.address.kind], event.step.leaves
    assert leaves is not None
    if event.scheduled:
        # What waits for its window is shown in part: that it comes true is looked at afterwards.
        return
    found = {one.address: one for one in kind.observe(estate.bench.reader(), {event.address.id})}
    held = found[event.address].effective
    for name in kind.fields:
        promised = getattr(leaves, name)
        if name in {"tags", "auth_token"} or (kind.name, name) in NOT_SEEN:
            continue
        created = event.step.call.operation.startswith("create_")
        # What a creation leaves open the service chooses.
        if created and (promised is None or name not in _desired(estate, event).model_fields_set):
            continue
        assert meaning(name, getattr(held, name)) == meaning(name, promised), (event.step, name)


def _desired(estate: Estate, event: StepSettled) -> Resource:
    return next(wish for wish in estate.wishes if wish.address == event.address)


def check_untouched(pair: Pair, before: Facts, was: dict, is_now: dict) -> None:
    """What nobody wished is as it was: others' things to the byte, ours field by field."""
    moved = {address.id for address in pair.after}
    # Tags of a group spread to its members.
    members = {one["CacheClusterId"] for one in was["CacheClusters"] if _group(one) in moved}
    for arn, tags in was["tags"].items():
        assert arn.rpartition(":")[2] in moved | members or is_now["tags"].get(arn) == tags
    for key, name in NAMES.items():
        others = [_plain(one) for one in was[key] if one[name] not in moved | members]
        now = [_plain(one) for one in is_now[key]]
        assert [one for one in others if one not in now] == []
    now = pair.estate.facts()
    for address, written in pair.after.items():
        if address in pair.before:
            _check_left_alone(written.wish, before, now)


def _check_left_alone(wish: Resource, before: Facts, now: Facts) -> None:
    old, new = (facts.observed[wish.address].effective for facts in (before, now))
    fields = build.KIND[wish.kind].fields
    moved = {name for name in fields if getattr(old, name) != getattr(new, name)}
    for name in moved - wish.model_fields_set - build.KIND[wish.kind].implied(wish):
        why = FOLLOWS.get(wish.kind, {}).get(name, set())
        assert why & moved, f"{wish.address}: {name} moved and nobody wished it"


def _group(member: dict) -> str | None:
    return member.get("ReplicationGroupId")


def _plain(one: dict) -> dict:
    return {name: value for name, value in one.items() if name not in ITS_OWN}


def turns_durability(plan: Plan) -> bool:
    """Say whether a standing group is to be made durable or plain: the guide differs on that."""
    calls = [step.call for one in plan.changes for step in one.steps]
    return any("Durability" in one.params and not _creates(one) for one in calls)


def _creates(call: Call) -> bool:
    return call.operation.startswith("create_")


def check_said(estate: Estate) -> None:
    """Where the service may refuse what a plan counts on, it succeeds, or fails with its words."""
    *_, end = estate.applying()
    assert isinstance(end, Finished)
    assert all("Durability can be enabled" in one.reason for one in end.summary.failed)
    estate.bench.settle(A_WEEK_S)
    assert end.summary.failed or end.summary.left or estate.plan().empty


def check(seed: str, covered: Covered, **switches: bool) -> None:
    """One account, one spec: everything that must hold."""
    chance = random.Random(seed)
    pair = prepared(chance, **switches)
    estate = pair.estate
    check_refusals(chance, pair, covered)
    was = shown(estate.bench)
    facts, plan = estate.looked()
    check_plan(pair, facts, plan, covered)
    assert [one.stop for one in plan.changes if isinstance(one.stop, Unreachable)] == []
    if not switches.get("durability_may_be_turned", True) and turns_durability(plan):
        check_said(estate)
        return
    weeks = 0
    while check_apply(estate):
        weeks += 1
        assert weeks < 5, "it waits from window to window"
        estate.bench.settle(A_WEEK_S)
    estate.bench.settle()
    assert estate.plan().empty
    if any(getattr(wish, "apply_immediately", None) is False for wish in estate.wishes):
        estate.bench.settle(A_WEEK_S)
        assert estate.plan().empty
    check_untouched(pair, facts, was, shown(estate.bench))


def run(count: int, seed: str, **switches: bool) -> Covered:
    """Check this many pairs; a failure names the seed of its pair."""
    covered: Covered = Counter()
    for number in range(count):
        try:
            check(f"{seed}/{number}", covered, **switches)
        except BaseException as failed:
            failed.add_note(f"RECONCILE_SEED={seed}, pair {number}, {switches}")
            raise
    return covered


def test_every_kind_has_wishes_at_random():
    assert {kind.name for kind in KINDS} == set(SORTS)


def told(covered: Covered) -> list[tuple[str, str, str, int]]:
    """Give what was covered as the end of a run sums it up."""
    return [(*where, times) for where, times in covered.items()]


@pytest.mark.parametrize("batch", range(4))
def test_accounts_and_specs_converge(batch, record_property):
    record_property(COVERED, told(run(75, f"{SEED}/{batch}")))


@pytest.mark.slow
def test_two_thousand_accounts_and_specs_converge_and_cover_every_transition(record_property):
    covered = run(2000, SEED)

    record_property(COVERED, told(covered))
    assert thin(covered) == {}


@pytest.mark.slow
@pytest.mark.parametrize("switch", OTHER)
def test_they_converge_with_an_unknown_fact_the_other_way(switch):
    run(2000, f"{SEED}/{switch}", **{switch: OTHER[switch]})
