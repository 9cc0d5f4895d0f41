"""``publish``: what applications connect to stands in SSM, and goes with its cache."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any

import build
import pytest
from build import PASSWORD
from estate import ESTATE, Estate
from inprocess import InProcess, Killed, kill

from reconciler.guard import refusals
from reconciler.kind import Ownership, Wait
from reconciler.kind.asked import Asked
from reconciler.kinds import EVERY_KIND
from reconciler.model import Address, Resource, Safety
from reconciler.nouns.ssm_parameter import SsmParameter, published
from reconciler.observing.confirm import confirmed
from reconciler.plan import Update

NAME = "/shop/orders"
PARAMETER = Address("ssm_parameter", NAME)
CACHE = Address("replication_group", "orders")


def cache(ident: str = "orders", **fields: Any) -> Resource:
    return build.replication_group(ident, **{"publish": f"ssm:/shop/{ident}", **fields})


def with_published(*wishes: Resource) -> list[Resource]:
    """What a spec with these wishes comes to."""
    return [*wishes, *(one for one in map(published, wishes) if one is not None)]


def estate(*wishes: Resource, bench: InProcess | None = None) -> Estate:
    made = bench or InProcess()
    made.secrets.put(PASSWORD, "p" * 20)
    return Estate(made, with_published(*wishes))


def standing(*wishes: Resource) -> Estate:
    found = estate(*wishes)
    assert not found.apply().failed
    found.bench.settle()
    assert found.plan().empty
    found.bench.writes.clear()
    return found


def told(found: Estate, name: str = NAME) -> Any:
    return json.loads(found.bench.parameters.values[name])


def test_it_is_written_once_the_cache_is_there_and_not_again():
    found = estate(cache())

    summary = found.apply()

    assert not summary.failed
    assert not summary.left
    assert [call.action for call in found.bench.writes] == [
        "CreateReplicationGroup",
        "PutParameter",
    ]
    assert found.plan().empty


def test_it_says_where_to_connect_and_how_and_nothing_secret():
    found = standing(build.user(), build.user_group(), cache(user_group_ids=("people",)))

    live = found.facts().observed[CACHE]
    primary = next(one for one in live.endpoints if one.role == "primary")
    assert told(found) == {
        "auth": "users",
        "cache": "replication_group/orders",
        "cluster": False,
        "endpoints": {
            "primary": {"host": primary.host, "port": primary.port},
            "reader": {
                "host": next(one.host for one in live.endpoints if one.role == "reader"),
                "port": next(one.port for one in live.endpoints if one.role == "reader"),
            },
        },
        "engine": "valkey",
        "tls": True,
    }
    assert "p" * 20 not in str(found.bench.parameters)


@pytest.mark.parametrize(
    ("wish", "role"),
    [
        (cache(num_node_groups=2, replicas_per_node_group=1), "configuration"),
        (build.serverless_cache(publish="ssm:/shop/orders"), "serverless"),
    ],
)
def test_each_sort_of_cache_is_published_with_its_own_endpoint(wish, role):
    found = standing(wish)

    assert role in told(found)["endpoints"]
    assert told(found)["cluster"] is True


def test_a_plan_shows_it_and_says_what_it_waits_for():
    plan = estate(cache()).plan()

    (one,) = [one for one in plan.changes if one.address == PARAMETER]
    assert one.needs == {CACHE}
    assert one.stop == Wait("replication_group/orders has its endpoints")


def test_it_is_ours_by_its_tags():
    found = standing(cache())

    assert found.bench.parameters.held[NAME].items() >= {
        ("reconciler:estate", ESTATE),
        ("reconciler:address", f"ssm_parameter/{NAME}"),
    }
    assert found.facts().observed[PARAMETER].ownership is Ownership.OWNED


def test_an_edit_by_hand_is_drift_and_is_put_back():
    found = standing(cache())
    right = told(found)
    found.bench.parameters.values[NAME] = '{"endpoints": {}}'

    (one,) = found.plan().changes
    assert isinstance(one.change, Update)
    assert [(field.field, field.moved) for field in one.change.fields] == [("value", "live")]
    assert not found.apply().failed

    assert told(found) == right
    assert found.plan().empty


def test_the_same_said_in_another_form_is_no_drift():
    found = standing(cache())
    found.bench.parameters.values[NAME] = json.dumps(told(found), indent=4)

    assert found.plan().empty


def test_one_that_was_deleted_is_written_again():
    found = standing(cache())
    right = told(found)
    found.bench.parameters.values.clear()

    assert not found.apply().failed
    assert told(found) == right


def test_a_parameter_of_somebody_else_is_refused_until_that_is_meant():
    found = estate(cache())
    found.bench.parameters.values[NAME] = "theirs"

    reasons = refusals(found.plan(), Safety(), today=date(2026, 11, 20))

    assert "takes over what is not ours" in str(reasons[PARAMETER])


def plaintext(**fields: Any) -> Resource:
    return cache(
        engine="redis", engine_version="7.1",
        **{"transit_encryption_enabled": False, "transit_encryption_mode": None, **fields},
    )  # fmt: skip


def test_endpoints_that_get_new_names_are_published_in_the_same_apply():
    found = standing(plaintext())
    before = told(found)
    secured = plaintext(
        transit_encryption_enabled=True,
        transit_encryption_mode="required",
        gates={"tls-required": "open"},
    )
    found.wishes = with_published(secured)

    (_, one) = found.plan().changes
    assert one.address == PARAMETER
    assert one.stop == Wait("replication_group/orders has its new endpoints")
    assert not found.apply().failed

    after = told(found)
    assert (before["tls"], after["tls"]) == (False, True)
    assert found.plan().empty


def test_a_change_that_leaves_endpoints_alone_leaves_it_alone():
    found = standing(cache())
    found.wishes = with_published(cache(snapshot_retention_limit=3))

    assert [one.address for one in found.plan().changes] == [CACHE]


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_was_killed_at_it_is_finished_by_the_next(after):
    found = estate(cache())
    with pytest.raises(Killed):
        found.apply(found.bench.writer(**kill(2, after=after)))
    found.bench.settle()

    assert not found.apply().failed

    assert told(found)["cache"] == "replication_group/orders"
    assert found.plan().empty


def test_it_goes_with_the_estate():
    found = standing(cache())
    facts = found.facts()
    kept = Asked(destroy=True, final_snapshot=False)
    _, plan = confirmed(EVERY_KIND, found.bench.reader(), dataclasses.replace(facts, asked=kept))

    ending = {one.address: one.steps[-1].call.action for one in plan.changes if one.steps}
    assert ending[PARAMETER] == "DeleteParameter"


def test_reading_thirty_of_them_takes_four_calls():
    wishes = [cache(f"c{place:02}") for place in range(30)]
    found = estate(*wishes)
    for wish in wishes:
        name = f"/shop/{wish.id}"
        found.bench.parameters.values[name] = "{}"
        found.bench.parameters.held[name] = {"reconciler:estate": ESTATE}

    reader = found.bench.reader()
    live = list(EVERY_KIND[-1].observe(reader, frozenset(f"/shop/{one.id}" for one in wishes)))

    assert len(live) == 30
    assert reader.calls == 4


def test_tags_that_the_tagging_api_does_not_show_yet_are_asked_of_ssm():
    found = standing(cache())
    found.bench.parameters.lag = True

    assert found.plan().empty


def test_a_parameter_that_nobody_published_has_no_cache():
    assert SsmParameter(id=NAME).of is None
    assert published(build.replication_group()) is None
