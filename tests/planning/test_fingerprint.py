"""A fingerprint stands for the changes, and for nothing else."""

from __future__ import annotations

import build

from reconciler.kind import Ownership
from reconciler.kinds import KINDS
from reconciler.plan import make_plan


def fingerprint(desired, observed=(), **more):
    return make_plan(KINDS, build.facts(desired, observed, **more)).fingerprint


GROUP, LIVE = build.user_group(user_ids=("a", "b")), build.user_group(user_ids=("a",))


def test_it_is_eight_hex_digits_and_the_same_each_time():
    found = fingerprint([GROUP], [LIVE])

    assert len(found) == 8
    assert int(found, 16) >= 0
    assert found == fingerprint([GROUP], [LIVE])


def test_it_does_not_move_with_what_the_changes_do_not_touch():
    other = build.user_group("other")
    stranger = build.live(build.user_group("theirs"), ownership=Ownership.UNMANAGED)

    assert fingerprint([other, GROUP], [LIVE, other, stranger]) == fingerprint([GROUP], [LIVE])


def test_it_moves_with_what_is_wished():
    assert fingerprint([GROUP], [LIVE]) != fingerprint([GROUP.but(user_ids=("a", "c"))], [LIVE])


def test_it_moves_with_what_is_there():
    assert fingerprint([GROUP], [LIVE]) != fingerprint([GROUP], [LIVE.but(user_ids=("b",))])


def test_it_moves_with_the_action():
    adopted = build.live(LIVE, ownership=Ownership.UNMANAGED)

    assert fingerprint([GROUP], [LIVE]) != fingerprint([GROUP], [adopted])


def test_it_moves_with_the_version_of_a_secret():
    shown = build.shown_user(marks={"secret": "v0"})
    rotated = {build.PASSWORD: "v2"}

    assert fingerprint([build.user()], [shown]) != fingerprint(
        [build.user()], [shown], secret_versions=rotated
    )


def test_it_moves_with_how_it_is_done():
    now = build.ReplicationGroup(
        id="orders", cache_node_type="cache.r7g.xlarge", apply_immediately=True
    )
    later = now.but(apply_immediately=False)

    assert fingerprint([now], [build.shown_group()]) != fingerprint([later], [build.shown_group()])


def test_an_empty_plan_has_one_too():
    assert fingerprint([], []) == fingerprint([LIVE], [LIVE])
