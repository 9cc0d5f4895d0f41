"""Laws of steps, for any two states of any kind, legal or not."""

from __future__ import annotations

from typing import Any

import build
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kind import Kind, Unreachable
from reconciler.kinds import KINDS
from reconciler.model import Resource
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def some_fields(kind: Kind[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each field, or not, with one of two values."""
    shown, other = build.SHOWN[kind.name], build.OTHER[kind.name]
    optional = {name: st.sampled_from([getattr(shown, name), other[name]]) for name in kind.fields}
    return st.fixed_dictionaries({}, optional=optional)


def seen(kind: Kind[Any], fields: dict[str, Any]) -> Resource:
    """The fields as describe would show them."""
    shown = build.SHOWN[kind.name].but(**fields)
    if getattr(shown, "auth_token", None) is not None:
        return shown.but(auth_token=build.HELD, auth_token_held="2026-01-01")
    return shown


def unfolded(kind: Kind[Any], was: dict[str, Any], wished: dict[str, Any], *, at_once: bool):
    more = {"apply_immediately": at_once} if "apply_immediately" in kind.model.model_fields else {}
    desired = kind.model(id=build.SHOWN[kind.name].id, **wished, **more)
    facts = build.facts([desired], [seen(kind, was), *neighbours(kind)])
    before = facts.observed[desired.address].resource
    after = complete(kind, desired, before, facts)
    return before, after, facts, *unfold(kind, before, after, facts)


def neighbours(kind: Kind[Any]) -> list[Resource]:
    return [] if kind.name == "user_group" else [build.user_group()]


@EVERY_KIND
@settings(max_examples=150, deadline=None)
@given(data=st.data(), at_once=st.booleans())
def test_steps_end_and_each_begins_where_the_last_one_left(kind, data, at_once):
    was, wished = data.draw(some_fields(kind)), data.draw(some_fields(kind))

    _, after, facts, steps, stop = unfolded(kind, was, wished, at_once=at_once)

    for at, step in enumerate(steps):
        rest, why = unfold(kind, step.leaves, after, facts)
        assert [one.call for one in rest] == [one.call for one in steps[at + 1 :]]
        assert why == stop
    if stop is None and steps:
        assert unfold(kind, steps[-1].leaves, after, facts) == ((), None)


@EVERY_KIND
@settings(max_examples=150, deadline=None)
@given(data=st.data(), at_once=st.booleans())
def test_each_step_changes_something_and_says_what(kind, data, at_once):
    was, wished = data.draw(some_fields(kind)), data.draw(some_fields(kind))

    before, _, _, steps, _ = unfolded(kind, was, wished, at_once=at_once)

    for step in steps:
        changed = {name for name in kind.fields if differs(name, before, step.leaves)}
        assert changed | set(step.record) | set(step.intent)
        assert step.changes
        assert changed <= set(step.changes) | {"tags"}
        before = step.leaves


def differs(name: str, before: Resource, after: Resource) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


@EVERY_KIND
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_left_out_stays_out_of_every_call(kind, data):
    wished = data.draw(some_fields(kind))

    before, after, _, steps, stop = unfolded(kind, {}, wished, at_once=True)

    if not steps and not isinstance(stop, Unreachable):
        same = [name for name in wished if getattr(after, name) == getattr(before, name)]
        assert sorted(same) == sorted(wished)


def test_shards_without_cluster_mode_are_refused_with_the_way_there():
    wished = {"num_node_groups": 2, "cluster_mode": "disabled"}

    *_, stop = unfolded(build.KIND["replication_group"], {}, wished, at_once=True)

    assert isinstance(stop, Unreachable)
    assert "cluster_mode: enabled" in stop.way
