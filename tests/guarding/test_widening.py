"""A gain of rights is refused unless it was consented to, now or when it was last applied."""

from __future__ import annotations

from datetime import date

import build

from reconciler.guard import refusals
from reconciler.kinds import KINDS
from reconciler.model import Max, Safety
from reconciler.plan import make_plan
from reconciler.planning import record

TODAY = date(2026, 11, 20)
NARROW, WIDE = "on ~app:* -@all +get", "on ~app:* -@all +get +set"


def found(wished, described, *, marks=(), safety=None, allow=frozenset()):
    desired = build.User(id="app", access_string=wished)
    shown = build.shown_user(access_string=described, marks=dict(marks))
    plan = make_plan(KINDS, build.facts([desired], [shown]))
    return refusals(plan, safety or Safety(), allow=allow, today=TODAY)


def test_a_gain_is_refused_and_a_loss_is_not():
    [reasons] = found(WIDE, NARROW).values()

    assert "widens rights: 1 of 0 allowed (safety.max.widen)" in reasons[0]
    assert "{action: widen, address: user/app" in reasons[0]
    assert found(NARROW, WIDE) == {}


def test_a_gain_that_was_consented_to_passes():
    assert found(WIDE, NARROW, allow=frozenset({"widen:user/app"})) == {}
    assert found(WIDE, NARROW, safety=Safety(max=Max(widen=1))) == {}


def test_rights_that_somebody_took_away_are_put_back_without_asking_again():
    kind = build.KIND["user"]
    last = record.applied(kind, build.User(id="app", access_string=WIDE), ["access_string"])

    assert found(WIDE, NARROW, marks={"applied": last}) == {}


def test_rights_that_the_spec_gains_are_asked_for_though_something_was_applied():
    kind = build.KIND["user"]
    last = record.applied(kind, build.User(id="app", access_string=NARROW), ["access_string"])

    assert found(WIDE, NARROW, marks={"applied": last})


def test_a_user_that_is_new_widens_nothing_by_itself():
    plan = make_plan(KINDS, build.facts([build.user(access_string="on ~* +@all")]))

    assert refusals(plan, Safety(), today=TODAY) == {}
