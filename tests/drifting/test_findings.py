"""What is drift and what is not, how serious it is, and whom it is told to."""

from __future__ import annotations

import build
import pytest
from estate import Estate
from inprocess import InProcess
from watched import bench_of

from reconciler.drifting.drift import drift_of
from reconciler.drifting.finding import findings_of
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode, SeverityRule, Watching
from reconciler.plan import make_plan
from reconciler.planning.complete import complete

IAM = AuthenticationMode(type="iam")


def record_of(wish):
    facts = build.facts([wish])
    return complete(build.KIND[wish.kind], wish, None, facts).marks["applied"]


def found(wishes, observed, watching=None):
    facts = build.facts(wishes, observed)
    return findings_of(drift_of(make_plan(KINDS, facts)), facts, watching or Watching())


def drifted(wish, live, *others, watching=None):
    """The findings where ``wish`` was applied, and ``live`` is what is there now."""
    live = live.but(marks={"applied": record_of(wish)})
    return found([wish, *others], [live, *others], watching)


def group(**fields):
    return build.replication_group(**fields), build.shown_group(**fields)


@pytest.mark.parametrize(
    ("wish", "live", "expected"),
    [
        pytest.param(
            build.user(authentication_mode=IAM),
            build.shown_user(access_string="on ~* +@all", authentication_mode=IAM),
            "high",
            id="rights were widened",
        ),
        pytest.param(
            build.user(access_string="on ~* +@all", authentication_mode=IAM),
            build.shown_user(access_string="on ~a -@all +get", authentication_mode=IAM),
            "medium",
            id="rights were narrowed",
        ),
        pytest.param(
            build.user(
                "x", user_name="default", access_string="off -@all", authentication_mode=IAM
            ),
            build.shown_user(
                "x", user_name="default", access_string="on ~* +@all", authentication_mode=IAM
            ),
            "high",
            id="the default user was enabled",
        ),
        pytest.param(
            build.user(authentication_mode=IAM),
            build.shown_user(
                access_string="on ~app:* -@all +@read",
                authentication_mode=AuthenticationMode(type="no-password-required"),
            ),
            "high",
            id="the way to log in was opened",
        ),
        pytest.param(
            build.user_group(),
            build.user_group(user_ids=("app", "eve")),
            "high",
            id="somebody joined",
        ),
        pytest.param(
            build.user_group(user_ids=("app", "ops")), build.user_group(), "medium", id="one left"
        ),
        pytest.param(
            group()[0],
            build.shown_group(transit_encryption_mode="preferred"),
            "high",
            id="plaintext is let in",
        ),
        pytest.param(
            group()[0],
            build.shown_group(automatic_failover_enabled=False),
            "high",
            id="failover is off",
        ),
        pytest.param(
            build.replication_group(tags={"team": "a"}),
            build.shown_group(tags={"team": "b"}),
            "low",
            id="a tag",
        ),
        pytest.param(
            build.replication_group(snapshot_retention_limit=7),
            build.shown_group(snapshot_retention_limit=0),
            "medium",
            id="anything else",
        ),
    ],
)
def test_severity_follows_what_an_edit_gives_away(wish, live, expected):
    [finding] = drifted(wish, live)

    assert finding.severity == expected


def test_plaintext_that_is_let_in_is_told_as_let_in():
    [finding] = drifted(group()[0], build.shown_group(transit_encryption_mode="preferred"))

    assert (finding.gained, finding.lost) == (("clients without TLS may connect",), ())


def test_a_rule_of_the_spec_comes_before_the_ordinary_ones():
    rule = SeverityRule(address="user/*", field="access_*", severity="low", why="a sandbox")
    wish = build.user(authentication_mode=IAM)
    live = build.shown_user(access_string="on ~* +@all", authentication_mode=IAM)

    [finding] = drifted(wish, live, watching=Watching(severity=(rule,)))

    assert finding.severity == "low"


def test_an_id_is_of_the_place_and_the_value():
    wish = build.user(authentication_mode=IAM)

    def ident(rules):
        live = build.shown_user(access_string=rules, authentication_mode=IAM)
        return drifted(wish, live)[0].id

    assert ident("on ~a +@all") == ident("on ~a +@all")
    assert ident("on ~a +@all") != ident("on ~b +@all")


def test_every_edit_says_what_it_reaches():
    bench = bench_of(
        [
            build.user("app", authentication_mode=IAM),
            build.user_group("people"),
            build.replication_group("orders", user_group_ids=("people",), tags={"team": "shop"}),
        ]
    )
    bench.estate.bench.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    bench.estate.bench.settle(60)

    [finding] = bench.round().seen.findings

    assert finding.reaches == ("user_group/people", "replication_group/orders")
    assert any("every command" in line for line in finding.gained)
    # It bears no owner's tag itself: whoever owns all that it reaches hears of it.
    assert finding.owner == "shop"


def test_what_was_never_recorded_is_taken_for_drift():
    wish = build.user(authentication_mode=IAM)
    live = build.shown_user(access_string="on ~* +@all", authentication_mode=IAM)

    [finding] = found([wish], [live])

    assert (finding.address, finding.sort) == ("user/app", "changed")


def test_a_field_that_is_newly_written_is_ahead():
    wish = build.replication_group(snapshot_retention_limit=7)
    live = build.shown_group(
        snapshot_retention_limit=0, marks={"applied": record_of(build.replication_group())}
    )
    facts = build.facts([wish], [live])

    drift = drift_of(make_plan(KINDS, facts))

    assert drift.drifted == ()
    assert [one.address for one in drift.ahead] == [wish.address]


def test_what_waits_at_a_gate_is_no_drift_and_hides_none():
    plain = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
    before = build.replication_group(**plain, snapshot_retention_limit=7)
    wish = build.replication_group(snapshot_retention_limit=7)
    live = build.shown_group(
        transit_encryption_mode="preferred",
        snapshot_retention_limit=0,
        marks={"applied": record_of(before)},
    )
    facts = build.facts([wish], [live])

    drift = drift_of(make_plan(KINDS, facts))

    fields = [change.field for one in drift.drifted for change in one.fields]
    assert fields == ["snapshot_retention_limit"]


def test_lost_ownership_does_not_hide_an_edit():
    bench = bench_of([build.user("app", authentication_mode=IAM)])
    arn = bench.estate.facts().arn("user", "app")
    bench.estate.bench.aws(
        "remove_tags_from_resource", ResourceName=arn, TagKeys=["reconciler:estate"]
    )
    bench.estate.bench.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    bench.estate.bench.settle(60)

    sorts = {(one.sort, one.field) for one in bench.round().seen.findings}

    assert sorts == {("not ours", ""), ("changed", "access_string")}


def test_what_is_busy_is_not_called_mended():
    bench = bench_of([build.user("app", authentication_mode=IAM)])
    bench.estate.bench.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    bench.estate.bench.settle(60)
    one = bench.round()
    from dataclasses import replace  # noqa: PLC0415 - only here

    from reconciler.drifting.remember import remember  # noqa: PLC0415

    busy = replace(one, seen=replace(one.seen, findings=(), unknown=frozenset({"user/app"})))
    kept = remember(bench.store.memory, busy, telling=True)

    assert not kept.outbox
    assert [entry.finding.address for entry in next(iter(kept.estates.values())).open] == [
        "user/app"
    ]


def test_an_estate_that_is_only_watched_drifts_too():
    service = InProcess()
    Estate(service, [build.user("app", authentication_mode=IAM)]).apply()
    arn = Estate(service, []).facts().arn("user", "app")
    keys = ["reconciler:estate", "reconciler:address", "reconciler:applied"]
    service.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=keys)
    service.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    service.settle(60)
    facts = Estate(service, [build.user("app", authentication_mode=IAM)]).facts()

    drift = drift_of(make_plan(KINDS, facts, mode="observe"))

    assert [one.sort for one in drift.drifted] == ["changed"]


def test_what_somebody_scheduled_is_told_as_not_finished():
    bench = bench_of([build.replication_group("orders", snapshot_retention_limit=1)])
    bench.estate.bench.aws(
        "modify_replication_group", ReplicationGroupId="orders",
        CacheNodeType="cache.r7g.xlarge", ApplyImmediately=False,
    )  # fmt: skip
    bench.estate.bench.settle()
    [scheduled] = bench.round().seen.findings
    bench.estate.bench.aws(
        "modify_replication_group", ReplicationGroupId="orders",
        CacheNodeType="cache.r7g.xlarge", ApplyImmediately=True,
    )  # fmt: skip
    bench.estate.bench.settle()
    [done] = bench.round().seen.findings

    assert (scheduled.live, scheduled.pending) == ("cache.r7g.xlarge", True)
    assert (done.live, done.pending, done.id) == ("cache.r7g.xlarge", False, scheduled.id)
