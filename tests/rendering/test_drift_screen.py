"""A page of drift and what people are told, word for word."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import build
import pytest

from reconciler.drifting.drift import drift_of
from reconciler.drifting.finding import findings_of
from reconciler.drifting.history import Blind, By, Entry, EstateMemory, Event, Mark, Memory, Message
from reconciler.kinds import KINDS
from reconciler.model import Address, AuthenticationMode, Watching
from reconciler.plan import make_plan
from reconciler.planning.complete import complete
from reconciler.report.drift_forms import drift_json, drift_markdown
from reconciler.report.drift_message import message_text
from reconciler.report.drift_report import DriftReport, drift_text
from reconciler.report.history_report import history_text
from reconciler.report.lines import WIDTH
from reconciler.report.plan_facts import Seen

IAM = AuthenticationMode(type="iam")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOSTILE = "</td><script>alert(1)</script> | `x` \x1b[31m\nNo drift.\u202e"
LINES = {"user/app": 23, "replication_group/orders": 49}


def where(address, field):
    return f"specs/prod.yaml:{LINES.get(str(address), 7)}"


def was(wish, **moved):
    """Give what is there: as it was applied, but for what somebody moved."""
    facts = build.facts([wish])
    record = complete(build.KIND[wish.kind], wish, None, facts).marks["applied"]
    shown = build.shown_user if wish.kind == "user" else build.shown_group
    same = {"authentication_mode": IAM} if wish.kind == "user" else {}
    return shown(**{**same, **moved}).but(marks={"applied": record})


def report(desired, observed, *, acknowledged="", newcomers=(), by=None):
    facts = build.facts(desired, observed)
    drift = drift_of(make_plan(KINDS, facts))
    places = {(Address.parse(a), ""): f"specs/prod.yaml:{line}" for a, line in LINES.items()}
    entries = {
        one.id: Entry(
            finding=one,
            first_seen=NOW - timedelta(days=2),
            last_seen=NOW,
            acknowledged=acknowledged if one.severity == "low" else "",
            by=by if one.severity == "high" else None,
        )
        for one in findings_of(drift, facts, Watching(), places)
    }
    return DriftReport(
        drift,
        "specs/prod.yaml",
        entries,
        seen=Seen("role/reconcile-read", 31, 9, 1.42),
        where=where,
        newcomers=newcomers,
        remembered=True,
    )


def many():
    """Somebody widened a user and described a group; one thing is gone, one was merged."""
    user = build.user(access_string="on ~app:* -@all +@read", authentication_mode=IAM)
    group = build.replication_group(tags={"team": "shop"})
    live = was(group, replication_group_description=HOSTILE, tags={"team": "shop"})
    return report(
        [user, group],
        [was(user, access_string="on ~* +@all"), live],
        acknowledged="2026-12-01",
        newcomers=("user/poc",),
        by=By(who="user/mallory", at=NOW - timedelta(days=2), call="ModifyUser"),
    )


def nothing():
    user = build.user(authentication_mode=IAM)
    return report([user], [was(user)])


@pytest.mark.parametrize("case", [many, nothing], ids=lambda case: case.__name__)
def test_the_page(screen, case):
    page = drift_text(case())

    screen(f"drift_{case.__name__}.txt", page)
    assert max(map(len, page.splitlines())) <= WIDTH
    assert "\x1b" not in page


def test_what_somebody_wrote_forges_no_line_and_steers_no_terminal():
    user = build.user(authentication_mode=IAM, tags={"team": "shop"})
    live = was(user, tags={"team": HOSTILE, "\x1b]0;x\x07": "y"})

    page = drift_text(report([user], [live]))

    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "No drift." not in page.splitlines()
    assert r"\x1b[31m\nNo drift.\u202e" in " ".join(page.split())


def test_a_field_that_somebody_moved_is_not_called_ahead_besides():
    wish = build.replication_group(tags={"team": "shop"}, snapshot_retention_limit=7)
    was_applied = build.replication_group(tags={"team": "shop"}, snapshot_retention_limit=1)
    live = was(was_applied, tags={"team": "other"}, snapshot_retention_limit=1)

    page = drift_text(report([wish], [live]))

    assert "  ~ tags  spec {team: shop}" in page
    assert "\n  replication_group/orders  snapshot_retention_limit\n" in page


def test_the_page_as_json(screen):
    screen("drift_many.json", json.dumps(drift_json(many()), indent=2) + "\n")


def test_the_page_for_a_chat(screen):
    page = drift_markdown(many())

    screen("drift_many.md", page)
    # In a span of code it is text; the span can't be left, and no column can be added.
    assert "`</td><script>alert(1)</script> \\| 'x' " in page
    assert "\x1b" not in page


def test_what_people_are_told(screen):
    findings = [entry.finding for entry in many().entries.values()]
    events = [Event(what="drifted", at=NOW, finding=one) for one in findings]
    message = Message(
        key="08cf36a9b09e78ff",
        estate_key="123456789012/eu-west-1/shop-test",
        estate="shop-test",
        spec="specs/prod.yaml",
        owner="shop",
        at=NOW,
        events=events,
    )

    title, body = message_text(message)

    screen("drift_message.txt", f"{title}\n\n{body}")


def remembered(name, account="123456789012", **fields):
    region = "eu-west-1" if account else ""
    return EstateMemory(
        account_id=account, region=region, estate=name, spec=f"specs/{name}.yaml", rounds=7,
        **fields,
    )  # fmt: skip


def test_what_is_remembered(screen):
    """Two of one name in two accounts, and a spec that never could be read."""
    first, second, *_ = many().entries.values()
    counts = ((5, "in step", 0), (3, "drifted", 1), (2, "drifted", 2))
    course = [
        Mark(at=NOW - timedelta(days=ago), state=state, drifted=drifted)
        for ago, state, drifted in counts
    ]
    mended = second.model_copy(update={"resolved": NOW, "ended": "mended", "acknowledged": ""})
    broken = Blind(since=NOW, why="specs/x.yaml:3:1: one thing\nspecs/x.yaml:9:1: two", exit_code=2)
    shop = remembered("shop", open=[first], past=[mended], course=course, last_success=NOW)
    same = remembered("shop", "222222222222", course=[Mark(at=NOW, state="in step")])
    memory = Memory(estates={"1": remembered("x", "", blind=broken), "2": shop, "3": same})

    page = history_text(memory, "drift.json", 20)

    screen("drift_history.txt", page)
    assert "drifted since Tue 2026-11-17" in page
