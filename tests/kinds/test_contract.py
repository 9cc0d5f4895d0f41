"""What every kind must hold, so that a new one is tested on the day it arrives."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
import build
import pytest
from botocore.validate import ParamValidator
from pydantic import SecretStr

from reconciler.kind import Kind, Step, Unreachable
from reconciler.kinds import KINDS
from reconciler.model import RESOURCES, Immutable, Required, Resource, SecretRef, mark
from reconciler.planning.complete import complete
from reconciler.planning.diff import field_changes
from reconciler.planning.unfold import unfold
from reconciler.ports import Call

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
EVERY_FIELD = pytest.mark.parametrize(
    ("kind", "field"),
    [
        pytest.param(kind, field, id=f"{kind.name}.{field}")
        for kind in KINDS
        for field in kind.fields
    ],
)


@functools.cache
def model_of(service: str):
    return botocore.session.get_session().get_service_model(service)


def opened(value: Any) -> Any:
    """A call's parameters as they are sent, with any text in place of a secret."""
    match value:
        case SecretRef():
            return SecretStr("a-secret-of-sixteen").get_secret_value()
        case dict():
            return {key: opened(one) for key, one in value.items()}
        case list():
            return [opened(one) for one in value]
        case _:
            return value


def problems(call: Call) -> str:
    shape = model_of(call.service).operation_model(call.action).input_shape
    report = ParamValidator().validate(opened(dict(call.params)), shape)
    return report.generate_report()


def wish(kind: Kind[Any], **fields: Any) -> Resource:
    return kind.model(id=build.SHOWN[kind.name].id, **fields)


def steps_to(kind: Kind[Any], field: str, value: Any, before: Resource | None = None):
    shown = before or build.SHOWN[kind.name]
    desired = wish(kind, **{field: value}, **companions(kind, field))
    facts = build.facts([desired], [shown, *around(kind)])
    seen = facts.observed[shown.address].resource
    after = complete(kind, desired, seen, facts)
    return seen, after, facts, *unfold(kind, seen, after, facts)


def companions(kind: Kind[Any], field: str) -> dict[str, Any]:
    """What must be said beside a field for it to mean anything."""
    if kind.name == "replication_group" and field == "num_node_groups":
        return {"cluster_mode": "enabled"}
    if kind.name == "replication_group" and field == "durability":
        return {
            "engine_version": "9.0",
            "cluster_mode": "enabled",
            "multi_az_enabled": True,
            "apply_immediately": True,
        }
    return {}


def around(kind: Kind[Any]) -> list[Resource]:
    return [] if kind.name == "user_group" else [build.user_group()]


def test_every_noun_of_a_spec_has_a_kind():
    assert [kind.model for kind in KINDS] == list(RESOURCES)


@EVERY_FIELD
def test_every_field_has_another_value_to_be_tested_with(kind, field):
    assert field in build.OTHER[kind.name], f"add a value for {field} to build.OTHER"


@EVERY_KIND
def test_every_declared_fault_is_a_code_that_the_service_sends(kind):
    model = model_of(kind.service)
    codes = {
        shape.metadata.get("error", {}).get("code", shape.name)
        for shape in map(model.shape_for, model.shape_names)
        if shape.metadata.get("exception")
    }

    declared = kind.retry_faults | kind.already_faults | kind.gone_faults

    assert declared - codes == set()


@EVERY_KIND
def test_an_equal_estate_needs_no_step(kind):
    shown = build.SHOWN[kind.name]
    desired = wish(kind, **{name: getattr(shown, name) for name in kind.fields})
    facts = build.facts([desired], [shown])
    seen = facts.observed[shown.address].resource

    after = complete(kind, desired, seen, facts)

    assert unfold(kind, seen, after, facts) == ((), None)
    assert field_changes(kind, seen, after, desired) == ()


@EVERY_KIND
def test_what_is_left_out_is_never_changed(kind):
    shown = build.SHOWN[kind.name]
    desired = wish(kind)
    facts = build.facts([desired], [shown])
    seen = facts.observed[shown.address].resource

    after = complete(kind, desired, seen, facts)

    assert unfold(kind, seen, after, facts) == ((), None)


DRIFTED = {"engine_version": "8.0.4"}
"""A newer minor is what auto_minor_version_upgrade asks for; an older one is drift."""


GIVEN = {("cache_cluster", "snapshot_window"): "01:00-02:00"}
"""Where what is shown has none."""


@EVERY_FIELD
def test_a_changed_field_is_named_and_nothing_else(kind, field):
    shown = build.SHOWN[kind.name]
    desired = wish(kind, **{name: getattr(shown, name) for name in kind.fields})
    if (value := GIVEN.get((kind.name, field))) is not None:
        desired = desired.but(**{field: value})
    moved = shown.but(**{field: DRIFTED.get(field, build.OTHER[kind.name][field])})
    if field == "tags":
        desired, moved = desired.but(tags={"team": "shop"}), shown.but(tags={"team": "other"})
    if field == "auth_token":
        moved = shown.but(auth_token=build.HELD, auth_token_held="")
    facts = build.facts([desired], [moved])
    seen = facts.observed[shown.address].resource

    after = complete(kind, desired, seen, facts)

    assert [change.field for change in field_changes(kind, seen, after, desired)] == [field]


@EVERY_FIELD
def test_ignored_changes_are_set_at_create_and_never_again(kind, field):
    shown = build.SHOWN[kind.name]
    desired = wish(kind, **{field: build.OTHER[kind.name][field]}, ignore_changes=(field,))
    facts = build.facts([desired], [shown])
    seen = facts.observed[shown.address].resource

    created = complete(kind, desired, None, facts)
    changed = complete(kind, desired, seen, facts)

    assert getattr(created, field) == build.OTHER[kind.name][field]
    assert getattr(changed, field) == getattr(seen, field)


@EVERY_FIELD
def test_an_immutable_field_means_another_resource_and_any_other_has_a_way(kind, field):
    _, _, _, steps, stop = steps_to(kind, field, build.OTHER[kind.name][field])

    immutable = mark(kind.model, field, Immutable) is not None
    if immutable:
        assert isinstance(stop, Unreachable)
        assert stop.replace
        assert steps == ()
    elif (kind.name, field) not in ONE_WAY:
        assert steps
        assert stop is None


ONE_WAY = {
    ("replication_group", "engine"): "the service goes from redis to valkey only",
    ("replication_group", "transit_encryption_enabled"): "no way back from TLS is documented",
    ("replication_group", "transit_encryption_mode"): "as above",
    ("cache_cluster", "az_mode"): "nodes stay where they are; new ones may come to other zones",
    ("serverless_cache", "engine"): "as for a replication group",
}


@pytest.mark.parametrize(("name", "field"), ONE_WAY)
def test_a_way_that_the_service_has_not_is_refused_with_the_way_out(name, field):
    kind = build.KIND[name]

    _, _, _, steps, stop = steps_to(kind, field, build.OTHER[name][field])

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "new id" in stop.way


@EVERY_FIELD
def test_steps_end_where_they_were_to_lead(kind, field):
    _, after, facts, steps, stop = steps_to(kind, field, build.OTHER[kind.name][field])

    if stop is None:
        assert steps
        assert unfold(kind, steps[-1].leaves, after, facts) == ((), None)


@EVERY_FIELD
def test_the_steps_without_their_head_are_the_steps_from_what_it_leaves(kind, field):
    _, after, facts, steps, stop = steps_to(kind, field, build.OTHER[kind.name][field])

    for at, step in enumerate(steps):
        rest, why = unfold(kind, step.leaves, after, facts)
        assert [one.call for one in rest] == [one.call for one in steps[at + 1 :]]
        assert why == stop


@EVERY_FIELD
def test_every_call_is_one_that_the_service_model_takes(kind, field):
    _, _, _, steps, _ = steps_to(kind, field, build.OTHER[kind.name][field])

    assert [problems(step.call) for step in steps] == [""] * len(steps)


@EVERY_FIELD
def test_a_field_put_back_to_the_default_is_a_call_that_the_service_model_takes(kind, field):
    shown = build.SHOWN[kind.name].but(**{field: build.OTHER[kind.name][field]})

    _, _, _, steps, _ = steps_to(kind, field, None, before=shown)

    assert [problems(step.call) for step in steps] == [""] * len(steps)


CREATED = {
    "user": build.user(tags={"team": "shop"}),
    "user_group": build.user_group(tags={"team": "shop"}),
    "cache_parameter_group": build.parameter_group(parameters=None, tags={"team": "shop"}),
    "cache_subnet_group": build.subnet_group(tags={"team": "shop"}),
    "replication_group": build.replication_group(
        **{
            name: value
            for name, value in build.OTHER["replication_group"].items()
            if name
            not in {
                "engine",
                "num_node_groups",
                "replicas_per_node_group",
                "user_group_ids",
                "transit_encryption_enabled",
                "transit_encryption_mode",
            }
        }
    ),
    "serverless_cache": build.serverless_cache(
        **{
            name: value
            for name, value in build.OTHER["serverless_cache"].items()
            if name != "engine"
        }
    ),
    "cache_cluster": build.cluster(**build.OTHER["cache_cluster"]),
    "iam_role": build.role(
        replication_group_ids=None,
        user_ids=None,
        **{
            name: build.OTHER["iam_role"][name]
            for name in ("path", "description", "max_session_duration", "permissions_boundary")
        },
        tags={"team": "shop"},
    ),
}


@EVERY_KIND
def test_a_creation_is_one_call_that_carries_our_tags(kind):
    desired = CREATED[kind.name]
    facts = build.facts([desired])
    after = complete(kind, desired, None, facts)

    steps, stop = unfold(kind, None, after, facts)

    [step] = steps
    assert stop is None
    assert problems(step.call) == ""
    tags = {tag["Key"]: tag["Value"] for tag in step.call.params["Tags"]}
    assert tags["reconciler:estate"] == build.ESTATE
    assert tags["reconciler:address"] == str(desired.address)
    assert 0 < len(tags["reconciler:applied"]) <= 256
    assert tags["team"] == "shop"


@EVERY_KIND
def test_a_creation_sends_every_field_that_was_given(kind):
    desired = CREATED[kind.name]
    facts = build.facts([desired])

    [step], _ = unfold(kind, None, complete(kind, desired, None, facts), facts)

    given = {
        build_wire(name)
        for name in desired.model_fields_set & set(kind.fields)
        if getattr(desired, name) is not None
    }
    assert given - set(step.call.params) == set()


def build_wire(field: str) -> str:
    """The API's name of a field: the one that botocore's xform_name gives back."""
    special = {
        "multi_az_enabled": "MultiAZEnabled",
        "az_mode": "AZMode",
        "user_group_id": "UserGroupId",
        "num_node_groups": "NumNodeGroups",
        "trust": "AssumeRolePolicyDocument",
    }
    return special.get(field, "".join(word.capitalize() for word in field.split("_")))


@EVERY_KIND
def test_what_can_not_be_created_says_what_is_missing(kind):
    desired = wish(kind)
    facts = build.facts([desired])

    steps, stop = unfold(kind, None, complete(kind, desired, None, facts), facts)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    required = [name for name in kind.fields if mark(kind.model, name, Required)]
    assert any(name in stop.reason for name in required)


@EVERY_FIELD
def test_no_step_repeats_what_is_there_already(kind, field):
    before, _, _, steps, _ = steps_to(kind, field, build.OTHER[kind.name][field])

    for step in steps:
        assert isinstance(step, Step)
        unchanged = {
            build_wire(name)
            for name in kind.fields
            if getattr(before, name) == getattr(step.leaves, name) and name != "tags"
        }
        # Engine goes with a version, as the service demands; UpdateRole puts back what it is not
        # told; the rest are ids and switches.
        together = {"Description", "MaxSessionDuration"} if kind.name == "iam_role" else set()
        assert set(step.call.params) & unchanged <= {"Engine", "AuthToken"} | together
        before = step.leaves
