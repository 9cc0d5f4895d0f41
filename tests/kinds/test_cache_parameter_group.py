"""Parameter groups: twenty a call, nothing resent, complete before a cache has one."""

from __future__ import annotations

import json
from importlib import resources

import build
import pytest
from estate import Estate, sent
from inprocess import InProcess

from reconciler.kind import Unreachable
from reconciler.model import Parameter
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["cache_parameter_group"]
NUMBERED = {f"p{number:02}": str(number) for number in range(45)}


def plan(desired, shown, *observed):
    facts = build.facts([desired], [shown, *observed])
    before = facts.observed[shown.address].effective
    return unfold(KIND, before, complete(KIND, desired, before, facts), facts)


def asked(step):
    return [one["ParameterName"] for one in step.call.params["ParameterNameValues"]]


def shown(**parameters):
    return build.shown_parameter_group(parameters=parameters)


def wish(**parameters):
    return build.CacheParameterGroup(id="shop-valkey8", parameters=parameters)


def test_a_new_group_is_made_first_and_then_told_its_parameters():
    desired = build.parameter_group(parameters=NUMBERED)
    facts = build.facts([desired])

    steps, stop = unfold(KIND, None, complete(KIND, desired, None, facts), facts)

    assert stop is None
    assert [step.call.operation for step in steps] == [
        "create_cache_parameter_group",
        *["modify_cache_parameter_group"] * 3,
    ]
    assert [len(asked(step)) for step in steps[1:]] == [20, 20, 5]
    assert sorted(name for step in steps[1:] for name in asked(step)) == sorted(NUMBERED)


def test_what_is_not_listed_is_put_back_before_anything_is_set():
    known = {name: Parameter(value="-1") for name in (*NUMBERED, "q")}
    held = build.shown_parameter_group(parameters=NUMBERED, known=known)

    steps, _ = plan(build.CacheParameterGroup(id=held.id, parameters={"p00": "0", "q": "1"}), held)

    assert [step.call.operation for step in steps] == [
        *["reset_cache_parameter_group"] * 3,
        "modify_cache_parameter_group",
    ]
    assert [len(asked(step)) for step in steps] == [20, 20, 4, 1]
    assert "p00" not in {name for step in steps for name in asked(step)}


def test_only_what_differs_is_sent():
    [step], _ = plan(
        wish(**{"maxmemory-policy": "allkeys-lru"}, timeout="60", databases="16"),
        shown(**{"maxmemory-policy": "allkeys-lru"}, timeout="300"),
    )

    assert step.call.params["ParameterNameValues"] == [
        {"ParameterName": "timeout", "ParameterValue": "60"}
    ]


def test_a_parameter_that_needs_a_reboot_is_said_to():
    [step], _ = plan(wish(databases="32", timeout="60"), shown())

    assert "takes over databases when it is rebooted" in step.impact_text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("maxmemory-polcy", "valkey8 has no parameter maxmemory-polcy", id="unknown"),
        pytest.param("maxclients", "maxclients can't be modified", id="fixed"),
    ],
)
def test_what_the_family_has_not_is_refused_before_a_call(name, told):
    steps, stop = plan(wish(**{name: "1"}), shown())

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert told in stop.reason


def test_another_family_is_another_group():
    steps, stop = plan(
        build.CacheParameterGroup(id="shop-valkey8", cache_parameter_group_family="valkey9"),
        shown(),
    )

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert stop.replace
    assert "new id" in stop.way


def test_cluster_mode_does_not_change_under_a_cache():
    held, desired = shown(), wish(**{"cluster-enabled": "yes"})
    cache = build.shown_group(cache_parameter_group_name="shop-valkey8")

    steps, stop = plan(desired, held, cache)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "replication_group/orders" in stop.reason
    assert len(plan(desired, held)[0]) == 1


def test_it_is_complete_before_a_cache_has_it():
    wishes = [
        build.replication_group(cache_parameter_group_name="shop-valkey8"),
        build.parameter_group(),
    ]
    estate = Estate(InProcess(), wishes)

    assert estate.apply().failed == ()
    estate.bench.settle()

    assert sent(estate.bench) == [
        "CreateCacheParameterGroup",
        "ModifyCacheParameterGroup",
        "CreateReplicationGroup",
    ]
    assert estate.plan().empty


def family(name):
    """The modifiable parameters of a family in the local service's own tables."""
    files = resources.files("elasticache_local.service") / "data"
    rows = {}
    for source in json.loads((files / "families.json").read_text("utf-8"))[name]:
        for row in json.loads((files / f"{source}.json").read_text("utf-8")):
            rows[row["name"]] = row
    return {
        key: row for key, row in rows.items() if row.get("modifiable", True) and not row.get("gone")
    }


def other_value(row):
    allowed = row.get("allowed", "")
    if row.get("type") == "integer" and "," not in allowed:
        low, _, high = allowed.partition("-") if allowed else ("1", "", "2")
        return high if row.get("value") == low else low
    choices = [one for one in allowed.split(",") if one != row.get("value")]
    return choices[0] if allowed else "KEA"


def test_every_parameter_of_a_family_is_set_and_put_back_and_nothing_is_left():
    values = {key: other_value(row) for key, row in family("valkey8").items()}
    bench = InProcess()
    full = Estate(bench, [build.parameter_group(parameters=values)])

    assert full.apply().failed == ()
    assert full.plan().empty
    empty = Estate(bench, [build.parameter_group(parameters={})])
    assert empty.apply().failed == ()
    assert empty.plan().empty
    assert max(len(call.params.get("ParameterNameValues", ())) for call in bench.writes) == 20


def test_a_value_that_moved_is_named_by_its_parameter():
    bench = InProcess()
    estate = Estate(bench, [build.parameter_group()])
    estate.apply()
    bench.aws(
        "modify_cache_parameter_group",
        CacheParameterGroupName="shop-valkey8",
        ParameterNameValues=[{"ParameterName": "timeout", "ParameterValue": "7"}],
    )

    [planned] = estate.plan().changes

    [field] = planned.change.fields
    assert (field.field, field.moved) == ("parameters", "live")
    assert field.inside == ("timeout  7 -> none",)


def test_parameters_are_read_of_named_groups_only():
    bench = InProcess()
    for name in ("of-others", "shop-valkey8"):
        bench.aws(
            "create_cache_parameter_group",
            CacheParameterGroupName=name,
            CacheParameterGroupFamily="valkey8",
            Description="own",
        )

    Estate(bench, [build.parameter_group()]).facts()

    assert bench.reads["describe_cache_parameters"] == 1


def test_the_families_own_groups_are_nobodys():
    estate = Estate(InProcess(), [build.parameter_group()])
    estate.apply()

    seen = estate.plan()

    assert (seen.unmanaged, seen.unknown, seen.orphans) == ((), (), ())
