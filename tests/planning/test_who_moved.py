"""The tag ``applied`` remembers each field, so a difference says which side moved."""

from __future__ import annotations

import re

import build
import pytest

from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.planning import record
from reconciler.planning.complete import complete


def applied(desired):
    """The record that an apply of this would have left."""
    facts = build.facts([desired])
    kind = build.KIND[desired.kind]
    return complete(kind, desired, None, facts).marks["applied"]


def moved(desired, shown, last):
    marked = shown.but(marks={"applied": last} if last else {})
    [planned] = make_plan(KINDS, build.facts([desired], [marked])).changes
    return {field.field: field.moved for field in planned.change.fields}


NOW, THEN = build.user_group(user_ids=("a", "b")), build.user_group(user_ids=("a",))
ELSE = build.user_group(user_ids=("c",))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        pytest.param(NOW, "live", id="live drifted from what was applied"),
        pytest.param(THEN, "spec", id="the spec is ahead of what was applied"),
        pytest.param(ELSE, "both", id="both left what was applied"),
        pytest.param(None, "unrecorded", id="nothing was applied"),
        pytest.param(
            build.UserGroup(id="people", engine="valkey"), "unrecorded", id="not this field"
        ),
    ],
)
def test_a_difference_says_which_side_moved(last, said):
    found = moved(NOW, THEN, applied(last) if last else "")

    assert found == {"user_ids": said}


def test_a_change_back_to_what_was_applied_restores():
    last = {"applied": applied(NOW)}

    [drifted] = make_plan(KINDS, build.facts([NOW], [THEN.but(marks=last)])).changes
    [ahead] = make_plan(
        KINDS, build.facts([NOW], [THEN.but(marks={"applied": applied(THEN)})])
    ).changes

    assert drifted.restores
    assert not ahead.restores


def test_a_stale_record_alone_is_no_change():
    stale = THEN.but(marks={"applied": "nonsense"})

    assert make_plan(KINDS, build.facts([THEN], [stale])).empty


def test_a_version_that_was_applied_is_known_in_the_precision_that_runs():
    shown = build.shown_group(engine_version="8.0.1")
    last = applied(build.ReplicationGroup(id="orders", engine_version="8.0"))
    desired = build.ReplicationGroup(id="orders", engine_version="8.1")

    assert moved(desired, shown, last) == {"engine_version": "spec"}


@pytest.mark.parametrize(
    ("last", "desired", "shown", "said"),
    [
        pytest.param(
            {"snapshot_retention_limit": None},
            {"snapshot_retention_limit": 3},
            {"snapshot_retention_limit": 0},
            "spec",
            id="null was applied, and its default runs",
        ),
        pytest.param(
            {"snapshot_retention_limit": None},
            {"snapshot_retention_limit": 3},
            {"snapshot_retention_limit": 7},
            "both",
            id="null was applied, and something else runs",
        ),
        pytest.param(
            {"transit_encryption_enabled": True},
            {"transit_encryption_enabled": True, "transit_encryption_mode": "preferred"},
            {"transit_encryption_enabled": True, "transit_encryption_mode": "required"},
            "spec",
            id="it followed from something else, and runs",
        ),
    ],
)
def test_what_was_applied_as_null_is_there_as_its_default(last, desired, shown, said):
    found = moved(
        build.ReplicationGroup(id="orders", **desired),
        build.shown_group(**shown),
        applied(build.ReplicationGroup(id="orders", **last)),
    )

    assert set(found.values()) == {said}


@pytest.mark.parametrize(
    ("described", "said"),
    [
        pytest.param("on ~app:* -@all +@read", "spec", id="as applied, in the engine's own words"),
        pytest.param("on ~app:* -@all +@write", "both", id="neither side is as applied"),
    ],
)
def test_an_access_string_that_was_applied_is_known_in_the_engines_words(described, said):
    last = applied(build.User(id="app", access_string="~app:* on +@read"))
    desired = build.User(id="app", access_string="on ~app:* -@all +@hash")

    assert moved(desired, build.shown_user(access_string=described), last) == {
        "access_string": said
    }


def test_only_the_very_text_that_was_applied_counts_as_restoring():
    """Two texts may mean the same on one engine and not on another."""
    last = applied(build.User(id="app", access_string="on ~app:* +@read"))
    desired = build.User(id="app", access_string="on ~app:* -@all +@read")
    shown = build.shown_user(access_string="off -@all", marks={"applied": last})

    [planned] = make_plan(KINDS, build.facts([desired], [shown])).changes

    assert not planned.restores


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_record_of_every_field_fits_into_a_tag(kind):
    full = build.SHOWN[kind.name]

    text = record.applied(kind, full, kind.fields)

    assert 5 * len(kind.fields) <= len(text) <= record.LONGEST
    assert re.fullmatch(r"[A-Za-z0-9+/]*", text)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_two_fields_of_a_kind_share_a_name_in_the_record(kind):
    names = {record.applied(kind, build.SHOWN[kind.name], [field])[:2] for field in kind.fields}

    assert len(names) == len(kind.fields)
