"""The plan on the screen, word for word."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import build
import pytest

from reconciler.guard import refusals
from reconciler.kind import Ownership, Pending, Wait
from reconciler.kind.asked import Asked
from reconciler.kind.kept import Kept
from reconciler.kinds import KINDS
from reconciler.model import Address, Safety
from reconciler.plan import PendingChange, make_plan
from reconciler.report.lines import WIDTH
from reconciler.report.plan_facts import PlanReport, Seen
from reconciler.report.plan_json import plan_json
from reconciler.report.plan_markdown import plan_markdown
from reconciler.report.plan_text import plan_text

SEEN = Seen("role/reconcile-read", 31, 9, 1.42)
LINES = {"user/app": 23, "replication_group/orders": 49}


def where(address, field):
    line = LINES.get(str(address), 7)
    return f"defaults, specs/prod.yaml:{line}" if field == "tags" else f"specs/prod.yaml:{line}"


def report(desired, shown=(), asked=None, snapshots=(), **more):
    facts = build.facts(desired, shown)
    facts = dataclasses.replace(facts, asked=asked or Asked(), snapshots=snapshots)
    plan = make_plan(KINDS, facts)
    plan = dataclasses.replace(plan, **more)
    agreed = [f"delete:{one.address}" for one in plan.changes if plan.asked.destroy]
    found = refusals(plan, Safety(), allow=frozenset(agreed), today=dt.date(2026, 11, 20))
    return PlanReport(plan, "specs/prod.yaml", seen=SEEN, refusals=found, where=where)


def creates():
    return report([build.user(tags={"team": "shop"}), build.replication_group()])


def widening():
    shown = build.shown_user(access_string="on ~app:* -@all +@read", marks={"secret": "v1"})
    return report([build.user(access_string="on ~app:* -@all +@read +@write")], [shown])


def tls():
    shown = build.shown_group(transit_encryption_enabled=False, transit_encryption_mode=None)
    return report([build.replication_group()], [shown])


def nothing():
    return report([build.user()], [build.shown_user(marks={"secret": "v1"})])


def aside():
    found = nothing()
    pending = dataclasses.replace(
        found.plan,
        pending=(
            PendingChange(
                Address("replication_group", "catalog"),
                Pending("cache_node_type", "cache.r7g.xlarge", "Sun 03:00-04:00 UTC"),
                "cache.r7g.large",
            ),
        ),
        unmanaged=tuple(Address("user", f"other-{n}") for n in range(7)),
        orphans=(Address("user", "old"),),
        unknown=(Address("user_group", "busy"),),
        notes=("safety.allow[0] (adopt user/app) matches nothing any more: remove it",),
    )
    return dataclasses.replace(found, plan=pending)


ENDING = (
    build.live(build.shown_user(), reaches=(Address("user_group", "people"),)),
    build.live(build.user_group(), reaches=(Address("replication_group", "orders"),)),
    build.live(build.user_group("shared"), reaches=(Address("serverless_cache", "theirs"),)),
    build.shown_group(user_group_ids=("people",)),
    build.shown_cluster(),
)


def destroying():
    theirs = build.live(build.shown_serverless("theirs"), ownership=Ownership.UNMANAGED)
    before = Kept("orders-final-1", "arn", "replication_group", ("orders",), "available")
    return report((), [*ENDING, theirs], Asked(destroy=True), (before,))


def pruning():
    return report([], [build.shown_user("late")], Asked(prune=True))


ANEW = [build.replication_group(at_rest_encryption_enabled=False, kms_key_id=build.KEY_ARN)]


def replacing():
    asked = Asked(replace=frozenset({Address("replication_group", "orders")}))
    return report(ANEW, [build.shown_group()], asked)


def stuck():
    return report(ANEW, [build.shown_group()])


def written(address, field):
    return f"specs/prod.yaml:{LINES[str(address)] + len(field)}:5"


def refused():
    wish = build.replication_group(
        engine_version="8.0",
        auto_minor_version_upgrade=False,
        auth_token=None,
        security_group_ids=(),
        snapshot_window="02:30-04:30",
        preferred_maintenance_window="sun:03:00-sun:04:00",
        snapshot_retention_limit=3,
    )
    held = {"auth_token": build.HELD, "auth_token_held": "2026-01-01T00:00:00+00:00"}
    found = report([wish], [build.shown_group(auto_minor_version_upgrade=False, **held)])
    judged = refusals(found.plan, Safety(), today=dt.date(2026, 11, 20), written=written)
    return dataclasses.replace(found, refusals=judged, written=written)


def forwarding():
    waits = Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")
    shown = build.live(build.shown_group(), pending=(waits,))
    asked = Asked(now=frozenset({Address("replication_group", "orders")}))
    return report([build.replication_group(cache_node_type="cache.r7g.xlarge")], [shown], asked)


PAGES = {"creates": creates, "widening": widening, "tls": tls, "nothing": nothing, "aside": aside}
PAGES |= {"destroying": destroying, "pruning": pruning, "replacing": replacing, "stuck": stuck}
PAGES |= {"forwarding": forwarding, "refused": refused}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_exactly_this(name, screen):
    screen(f"plan_{name}.txt", plan_text(PAGES[name]()))


@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_wider_than_a_page(name):
    page = plan_text(PAGES[name]())

    assert max(map(len, page.splitlines())) <= WIDTH


@pytest.mark.parametrize("name", PAGES)
def test_the_json_form_is_exactly_this(name, screen):
    screen(f"plan_{name}.json", json.dumps(plan_json(PAGES[name]()), indent=1) + "\n")


def test_the_markdown_form_is_exactly_this(screen):
    screen("plan_widening.md", plan_markdown(widening()))


def test_colour_changes_no_word():
    painted = plan_text(widening(), lambda text, style: f"\x1b[31m{text}\x1b[0m")

    assert painted.replace("\x1b[31m", "").replace("\x1b[0m", "") == plan_text(widening())


def test_the_same_edit_on_many_is_shown_once():
    users = [build.user(f"app-{n}", access_string="on ~b:* -@all +get") for n in range(40)]
    shown = [build.shown_user(one.id, marks={"secret": "v1"}) for one in users]

    page = plan_text(report(users, shown))

    assert "and 39 more alike" in page
    assert page.count("~ access_string") == 1


def test_a_step_names_the_fields_that_differ_and_not_what_follows_from_them():
    shown = build.shown_group(replicas_per_node_group=2)

    page = plan_text(report([build.replication_group(num_cache_clusters=2)], [shown]))

    assert "    1  DecreaseReplicaCount num_cache_clusters  " in page


def test_where_nothing_is_to_do_the_unmanaged_are_listed_only_when_asked_for():
    found = aside()

    assert "other-0" not in plan_text(found)
    assert "other-6" in plan_text(dataclasses.replace(found, show_unmanaged=True))


def test_of_an_estate_that_is_watched_it_says_that_apply_is_refused():
    page = plan_text(dataclasses.replace(widening(), watched=True))

    assert "mode: observe: this estate is watched, and apply refused." in page.splitlines()
    assert "apply would" not in page


def test_rights_that_only_come_back_are_said_to_count_for_no_limit():
    given = widening()
    back = tuple(dataclasses.replace(one, restores=True) for one in given.plan.changes)
    restoring = dataclasses.replace(given, plan=dataclasses.replace(given.plan, changes=back))

    said = "no limit counts it: what was last applied here comes back"
    assert said in plan_text(restoring)
    assert said not in plan_text(given)


def test_steps_that_are_not_known_yet_are_not_counted_as_none():
    given = creates()
    first, *rest = given.plan.changes
    waits = dataclasses.replace(first, stop=Wait("it has its endpoints"))
    plan = dataclasses.replace(given.plan, changes=(waits, *rest))

    said = ", and those that follow a wait."
    assert said in plan_text(dataclasses.replace(given, plan=plan))
    assert said not in plan_text(given)


PLAIN = {"transit_encryption_enabled": False, "transit_encryption_mode": None}


def gated(through=frozenset(), **fields):
    facts = build.facts([build.replication_group(**fields)], [build.shown_group(**PLAIN)])
    plan = make_plan(KINDS, facts)
    return PlanReport(plan, "specs/prod.yaml", seen=SEEN, through=frozenset(through))


@pytest.mark.parametrize(
    ("report_", "opened_by", "word"),
    [
        (gated(), None, "CLOSED"),
        (gated(gates={"tls-required": "open"}), "spec", "open: spec"),
        (gated({"orders/tls-required"}), "--through-gate", "open: --through-gate"),
        (gated({"carts/tls-required"}), None, "CLOSED"),
    ],
)
def test_every_form_says_whether_a_gate_is_open_and_by_what(report_, opened_by, word):
    found = plan_json(report_)
    [free, step] = found["changes"][0]["steps"]

    assert free["gate"] is None
    assert (step["gate"], step["gate_once"]) == (
        "tls-required",
        "--through-gate orders/tls-required",
    )
    assert (step["gate_open"], step["gate_opened_by"]) == (opened_by is not None, opened_by)
    assert step["gate_text"].startswith("every client must use TLS")
    assert found["summary"]["closed_gates"] == (0 if opened_by else 1)
    assert f"ModifyReplicationGroup (gate tls-required, {word})" in plan_markdown(report_)
    shown = f"gate tls-required, open ({opened_by}):" if opened_by else "GATE tls-required, closed"
    assert shown in plan_text(report_)


def leaves(value):
    match value:
        case dict():
            return [leaf for one in value.values() for leaf in leaves(one)]
        case list():
            return [leaf for one in value for leaf in leaves(one)]
        case _:
            return [str(value)]


@pytest.mark.parametrize("name", PAGES)
def test_the_json_form_has_all_that_the_page_says(name):
    """Every field, call, line, refusal, note and address of the page stands in the JSON."""
    one = PAGES[name]()
    told = leaves(plan_json(one))
    plan = one.plan

    said = list(plan.notes)
    said += [str(address) for address in (*plan.unmanaged, *plan.orphans, *plan.unknown)]
    for planned in plan.changes:
        said += [str(planned.address), *map(str, planned.reaches), *map(str, planned.needs)]
        for step in planned.steps:
            said += [step.call.action, step.impact_text, step.when, *step.lines, step.gate_text]
        for change in getattr(planned.change, "fields", ()):
            said += [change.field, change.moved, *change.inside]
        if planned.rights:
            said += [*planned.rights.gains, *planned.rights.loses, planned.rights.smaller]
        for refused in planned.unreachable:
            said += [refused.reason, refused.way, *refused.fields]
    said += [
        line for some in one.refusals.values() for reason in some for line in reason.split("\n")
    ]
    said += [plan.fingerprint, one.seen.who, plan.estate, one.spec]

    assert [text for text in said if not any(text in leaf for leaf in told)] == []
