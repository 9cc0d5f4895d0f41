"""What a step says of itself is true of this very group: whom it cuts off, what it moves."""

from __future__ import annotations

import build
import pytest
from steps import HELD, plan, wish

from reconciler.kind import Impact, Pending
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.planning.complete import complete
from reconciler.report.plan_facts import PlanReport
from reconciler.report.plan_text import plan_text

ALONE = {
    "replicas_per_node_group": 0,
    "automatic_failover_enabled": False,
    "engine": "redis",
    "engine_version": "6.2.6",
    "cache_parameter_group_name": "default.redis6.x",
}


@pytest.mark.parametrize(
    "wished",
    [
        {"engine_version": "7.1"},
        {"engine": "valkey", "engine_version": "8.1"},
        {"cache_node_type": "cache.r7g.xlarge"},
        {"cache_node_type": "cache.t4g.small"},
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_without_a_replica_nothing_takes_over(wished, at_once):
    asked = wish(**wished, apply_immediately=at_once)
    [alone], _ = plan(asked, build.shown_group(**ALONE))
    [covered], _ = plan(asked, build.shown_group(**{**ALONE, "replicas_per_node_group": 1}))

    assert (alone.impact, covered.impact) == (Impact.INTERRUPTION, Impact.FAILOVER)
    assert "no replica takes over" in alone.impact_text
    assert "failover of each shard" in covered.impact_text


def test_what_is_brought_forward_cuts_off_a_group_without_a_replica():
    waits = Pending("engine_version", "7.1", "sun:03:00-sun:04:00")
    asked = wish(engine_version="7.1")
    shown = build.shown_group(**ALONE)
    live = build.live(shown, pending=(waits,))
    facts = build.facts([asked], [live], asked=Asked(now=frozenset({shown.address})))
    [change] = make_plan(KINDS, facts).changes

    assert change.steps[0].impact is Impact.INTERRUPTION


def test_a_step_names_the_fields_that_it_moves_and_not_all_that_follow_from_them():
    steps, _ = plan(wish(replicas_per_node_group=3), build.shown_group())

    assert [step.changes for step in steps] == [("replicas_per_node_group", "num_cache_clusters")]


def test_a_step_that_sends_what_stands_names_what_it_sends():
    marks = {"auth": "t1/t0/2025-01-01T00:00:00+00:00"}
    shown = build.shown_group(**HELD, marks=marks)
    steps, _ = plan(wish(auth_token=build.TOKEN), shown)

    assert steps[-1].changes == ("auth_token",)


def test_who_logs_in_by_name_is_cut_off_when_the_last_group_goes():
    member = build.user_group(user_ids=("app",))
    shown = build.shown_group(user_group_ids=("people",))
    [step], _ = plan(
        wish(user_group_ids=()),
        shown,
        observed=[build.live(member), build.live(build.shown_user())],
    )

    assert step.impact is Impact.DROPPED_USERS
    assert step.impact_text.startswith("CUTS OFF app; anybody in its network may log in")


def test_of_a_group_of_nobody_nobody_is_cut_off():
    shown = build.shown_group(user_group_ids=("people",))
    empty = build.live(build.user_group(user_ids=()))
    [step], _ = plan(wish(user_group_ids=()), shown, observed=[empty])

    assert step.impact is Impact.NONE


@pytest.mark.parametrize("store", ["env", "file"])
def test_a_token_that_is_no_longer_wished_was_taken_out_of_the_spec_by_its_author(store):
    ref = type(build.TOKEN)(store=store, id="TOKEN")
    kind = build.KIND["replication_group"]
    written = wish(auth_token=ref)
    facts = build.facts([written], secret_versions={ref: "t1"})
    last = complete(kind, written, None, facts).marks["applied"]
    shown = build.shown_group(**HELD, marks={"auth": "t1", "applied": last})
    taken_out = build.facts([wish(auth_token=None)], [shown])
    [change] = make_plan(KINDS, taken_out).changes

    assert [(one.field, one.moved) for one in change.change.fields] == [("auth_token", "spec")]


def test_a_token_that_somebody_took_away_is_their_doing():
    kind = build.KIND["replication_group"]
    written = wish(auth_token=build.TOKEN)
    last = complete(kind, written, None, build.facts([written])).marks["applied"]
    shown = build.shown_group(marks={"auth": "t1", "applied": last})
    [change] = make_plan(KINDS, build.facts([written], [shown])).changes

    assert [(one.field, one.moved) for one in change.change.fields] == [("auth_token", "live")]


def test_who_could_not_log_in_before_gains_and_loses_nothing_by_a_new_version():
    shown = build.shown_group(engine="redis", engine_version="6.2.6")
    asked = wish(
        engine="valkey", engine_version="8.1", user_group_ids=("people",), apply_immediately=True
    )
    facts = build.facts([build.user(), build.user_group(user_ids=("app",)), asked], [shown])
    [change] = [one for one in make_plan(KINDS, facts).changes if one.address == asked.address]

    assert change.rights.gains == ("user_group/people is attached: app may log in",)
    assert change.rights.loses == ("logging in as anybody else",)


def test_who_could_is_told_what_a_new_version_gives_and_takes():
    member = build.user_group(user_ids=("app",), engine="redis")
    user = build.shown_user(engine="redis", access_string="on ~* -@all +@connection")
    shown = build.shown_group(engine="redis", engine_version="6.2.6", user_group_ids=("people",))
    asked = wish(engine="valkey", engine_version="8.1", apply_immediately=True)
    facts = build.facts([asked], [shown, member, user])
    [change] = make_plan(KINDS, facts).changes

    assert any(line.startswith("app: ") for line in change.rights.gains)


def test_a_title_counts_the_gates():
    plain = build.shown_group(transit_encryption_enabled=False, transit_encryption_mode=None)
    group = build.user_group(user_ids=())
    one = wish(transit_encryption_enabled=True)
    two = wish(transit_encryption_enabled=True, user_group_ids=("people",))
    pages = [
        plan_text(PlanReport(make_plan(KINDS, build.facts([asked], [plain, group])), "s.yaml"))
        for asked in (one, two)
    ]

    assert "2 steps with a gate between them" in pages[0]
    assert "3 steps with 2 gates between them" in pages[1]
