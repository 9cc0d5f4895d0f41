"""The pages of drift hold what is remembered, stand alone, and no text of others breaks them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import build
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from randomacl import Maker

from reconciler import acl
from reconciler.cli.drift_pages import Pages
from reconciler.drifting.finding import Finding
from reconciler.drifting.history import Blind, By, Entry, EstateMemory, Mark, Memory, written
from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.report.site import proof_of, site
from reconciler.report.site.access import QUESTIONS, doors, may
from reconciler.report.site.course import stretches
from reconciler.report.site.graph import drawing

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOSTILE = (
    "</td></table></dl><script>alert(1)</script><img src=//x.example onerror=alert(1)>&\"'{{7*7}}"
)
VOID = {"meta", "link", "br", "img", "input"}


def finding(ident="aa48259098", address="user/app", **fields):
    given = {"field": "access_string", "sort": "changed", "severity": "high", **fields}
    return Finding(id=ident, address=address, **given)


def entry(found=None, **fields):
    return Entry(
        finding=found or finding(spec="on ~a:* +get", live="on ~* +@all"),
        first_seen=NOW - timedelta(hours=2),
        last_seen=NOW,
        **fields,
    )


def estate(name="shop", **fields):
    given = {"rounds": 3, "last_success": NOW, **fields}
    return EstateMemory(
        account_id="123456789012",
        region="eu-west-1",
        estate=name,
        spec=f"specs/{name}.yaml",
        **given,
    )


def memory(*estates):
    return Memory(estates={f"{one.account_id}/{one.region}/{one.estate}": one for one in estates})


def live():
    some = (
        build.user("app", access_string="on ~app:* -@all +get +set"),
        build.user("ops", access_string="off ~* +@all"),
        build.user_group("people", user_ids=("app", "ops")),
        build.replication_group("orders", user_group_ids=("people",), engine_version="8.0"),
        build.replication_group("bare", user_group_ids=None, engine_version="8.0"),
    )
    return {one.address: one for one in some}


class Seen(HTMLParser):
    """Collects the elements of a page, their attributes and its text."""

    def __init__(self):
        super().__init__()
        self.elements, self.text, self.stack, self.unbalanced = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text.append(data)

    def all(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def read(page):
    seen = Seen()
    seen.feed(page)
    seen.close()
    return seen


def words(page):
    return " ".join(" ".join(read(page).text).split())


def pages(*estates, access=None, proofs=()):
    made = site(memory(*estates), access or {}, NOW, proofs)
    return made["index.html"], [text for name, text in made.items() if name != "index.html"]


def test_a_drifted_user_is_one_click_from_the_first_page():
    made = site(memory(estate(open=[entry()])), {}, NOW)
    (link,) = [one for one in read(made["index.html"]).all("href") if "#finding-" in one]
    file, _, anchor = link.partition("#")

    assert anchor in read(made[file]).all("id")
    assert "user/app access_string" in words(made["index.html"])


def test_every_link_leads_somewhere():
    made = site(memory(estate(open=[entry()]), estate("other")), {}, NOW)

    for text in made.values():
        for link in read(text).all("href"):
            if link == "data:,":
                continue
            file, _, anchor = link.partition("#")
            target = made[file] if file else text
            assert not anchor or anchor in read(target).all("id"), link


def test_a_finding_says_what_changed_who_gained_and_which_command_mends_it():
    found = finding(
        spec="on ~a:* +get",
        live="on ~* +@all",
        gained=("245 commands",),
        reaches=("replication_group/orders",),
        where="specs/shop.yaml:4",
        owner="shop",
        both=True,
    )
    by = By(who="alice", at=NOW, call="ModifyUser")
    text = words(pages(estate(open=[entry(found, by=by)]))[1][0])

    for fact in (
        "on ~a:* +get",
        "on ~* +@all",
        "245 commands",
        "replication_group/orders",
        "by alice (ModifyUser",
        "specs/shop.yaml:4",
        "the spec was changed too",
        "reconcile apply specs/shop.yaml --target user/app",
        "reconcile drift ack aa48259098 specs/shop.yaml --until DATE --why REASON",
    ):
        assert fact in text


def test_what_is_accepted_is_no_alarm_and_still_shown():
    index, (page,) = pages(estate(open=[entry(acknowledged="2026-12-01")]))

    assert "Nothing that is new or not acknowledged" in words(index)
    assert "Accepted for now" in words(page)
    assert "until 2026-12-01" in words(page)


def test_an_estate_that_nobody_could_look_at_says_since_when_and_why():
    blind = Blind(since=NOW - timedelta(hours=5), why="no route to the endpoint", exit_code=6)
    index, (page,) = pages(estate(blind=blind))

    assert "1 could not look" in words(index)
    assert "no route to the endpoint" in words(page)
    assert "Not known: the last look did not succeed" in words(page)


def test_who_may_do_what_is_by_what_is_there_now():
    found = doors(live(), frozenset({"user/app"}))
    by_cache = {door.caches: door for door in found}
    (group,) = by_cache["replication_group/orders",].groups
    app, ops = group.people

    assert [app.id, app.drifted, app.reads, app.writes] == ["app", True, "app:*", "app:*"]
    assert [name for name, yes in zip(QUESTIONS, app.answers, strict=True) if yes] == ["GET", "SET"]
    assert (ops.login, any(ops.answers)) == ("shut off", False)
    assert by_cache["replication_group/bare",].open_to == "anybody in its network"


@pytest.mark.parametrize("table", list(acl.TABLES), ids=lambda table: table.name)
def test_each_answer_is_what_a_decision_with_its_reasons_says(table):
    # Two that ElastiCache hides, and none that an engine knows.
    names, judged = (*QUESTIONS, "SHUTDOWN", "BGSAVE", "NONESUCH"), 0
    for seed in range(30):
        try:
            rights = acl.read(Maker(table, seed).text(slips=0), table)
        except acl.AccessStringError:
            continue
        told = {name: acl.decide_name(rights, name).works for name in names}
        assert {name: may(rights, name) for name in names} == told
        judged += 1
    assert judged > 10


def test_caches_that_let_the_same_people_in_alike_share_a_table():
    some = live()
    twin = some[Address("replication_group", "orders")].but(id="twin")
    found = doors({**some, twin.address: twin}, frozenset())

    assert ("replication_group/orders", "replication_group/twin") in {one.caches for one in found}


def test_the_graph_has_a_line_for_each_way_in_and_marks_what_drifted():
    found = drawing(doors(live(), frozenset()), ["user/app"])

    assert {one.title for one in found.lines} == {
        "replication_group/orders lets in user_group/people",
        "user_group/people lets in user/app",
        "user_group/people lets in user/ops",
    }
    assert [one.address for one in found.spots if one.drifted] == ["user/app"]
    assert "replication_group/bare" in {one.address for one in found.spots}


def test_a_graph_that_nobody_could_read_is_not_drawn():
    people = [build.user(f"u{n:03}", access_string="on ~* +get") for n in range(200)]
    group = build.user_group("people", user_ids=tuple(one.id for one in people))
    cache = build.replication_group("orders", user_group_ids=("people",), engine_version="8.0")
    found = doors({one.address: one for one in (*people, group, cache)}, frozenset())

    assert drawing(found, []) is None
    assert "Too many to be drawn" in words(
        pages(estate(), access={"123456789012/eu-west-1/shop": found})[1][0]
    )


def test_of_too_many_what_drifted_is_drawn_and_what_feels_it():
    users = [build.user(f"u-{n}") for n in range(150)]
    groups = [
        build.user_group("many", user_ids=tuple(f"u-{n}" for n in range(149))),
        build.user_group("few", user_ids=("u-149",)),
    ]
    caches = [build.replication_group(one.id, user_group_ids=(one.id,)) for one in groups]
    every = doors({one.address: one for one in (*users, *groups, *caches)}, frozenset())

    found = drawing(every, ["user/u-7"])

    assert found.partial
    assert {spot.address for spot in found.spots if spot.address[:5] == "user/"} == {"user/u-7"}
    assert [line.title for line in found.lines] == [
        "replication_group/many lets in user_group/many",
        "user_group/many lets in user/u-7",
    ]
    assert drawing(every, []) is None


def test_no_name_is_longer_than_its_box():
    ident = "w" * 300
    user = build.user(ident, access_string="on +@all")
    group = build.user_group(user_ids=(ident,))
    cache = build.replication_group(user_group_ids=(group.id,))

    found = drawing(doors({one.address: one for one in (user, group, cache)}, frozenset()), [])

    assert all(len(spot.label) * 7 <= spot.wide for spot in found.spots)


def test_the_bar_shows_fourteen_days_and_the_same_state_once():
    marks = [
        Mark(at=NOW - timedelta(days=30), state="in step"),
        Mark(at=NOW - timedelta(days=7), state="drifted", drifted=1),
        Mark(at=NOW - timedelta(days=6), state="drifted", drifted=2),
        Mark(at=NOW - timedelta(days=3.5), state="in step"),
    ]
    found = stretches(estate(course=marks), NOW)

    assert [one.state for one in found] == ["in step", "drifted", "in step"]
    assert [(one.left, one.width) for one in found] == [(0, 500), (500, 250), (750, 250)]


@settings(deadline=None)
@given(
    ages=st.lists(st.integers(0, 40 * 24), unique=True, max_size=30).map(
        lambda some: sorted(some, reverse=True)
    ),
    data=st.data(),
)
def test_the_bar_has_no_gap_and_no_overlap_whatever_happened(ages, data):
    states = st.sampled_from(["in step", "drifted", "could not look"])
    marks = [Mark(at=NOW - timedelta(hours=age), state=data.draw(states)) for age in ages]
    found = stretches(estate(course=marks), NOW)

    assert bool(found) == bool(ages)
    for one, after in itertools.pairwise(found):
        assert one.end == after.start
        assert one.state != after.state
    assert not found or found[-1].end == NOW


def test_no_page_asks_anybody_for_anything_and_only_its_own_script_may_run():
    for page in pages(estate(open=[entry()]))[1] + [pages(estate())[0]]:
        seen = read(page)
        policy = next(a["content"] for _, a in seen.elements if "http-equiv" in a)
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

        assert policy.startswith("default-src 'none'")
        assert f"script-src 'sha256-{digest}'" in policy
        assert not seen.all("src")
        assert not seen.unbalanced
        for link in seen.all("href"):
            assert not re.match(r"(?i)[a-z]+:(?!,)|//", link.replace("data:,", ""))


@settings(deadline=None)
@given(text=st.text(max_size=20).map(lambda some: some + HOSTILE))
def test_no_text_of_a_spec_or_a_service_becomes_part_of_a_page(text):
    def shaped(said):
        found = finding(
            address="user/app",
            field=said,
            spec=said,
            live={said: [said]},
            gained=(said,),
            reaches=(said,),
            where=said,
            owner=said,
        )
        by = By(who=said, at=NOW, call=said)
        kept = estate(open=[entry(found, by=by)], past=[entry(found)], unmanaged=[said])
        kept = kept.model_copy(update={"spec": said, "estate": said})
        return site(memory(kept), {}, NOW)

    hostile, plain = shaped(text), shaped("plain")
    for one, other in zip(hostile.values(), plain.values(), strict=True):
        assert [tag for tag, _ in read(one).elements] == [tag for tag, _ in read(other).elements]


VERIFIED = {
    "spec": "specs/shop.yaml",
    "at": NOW.isoformat(),
    "counts": {"proven": 3, "refuted": 1, "not proven": 0},
    "exit_code": 5,
    "findings": [
        {
            "check": "login",
            "address": "replication_group/orders",
            "subject": "user app",
            "verdict": "refuted",
            "expected": "logs in",
            "got": "it did not",
        }
    ],
}
SIDE = {"operations": 40, "interrupted_s": 1.5, "bucket_s": 0.1, "good": [10, 0, 10, 10]}
DRILLED = {
    "address": "replication_group/orders",
    "shard": "0001",
    "estate": "shop",
    "account_id": "123456789012",
    "region": "eu-west-1",
    "began": NOW.isoformat(),
    "reads_from": "replica",
    "called_s": 0.1,
    "reads": SIDE,
    "writes": {**SIDE, "interrupted_s": 2.25},
    "written": {"lost": 4},
}


def test_the_last_verification_and_drill_stand_on_the_page_of_their_estate():
    proofs = [proof_of(json.dumps(one), "report.json") for one in (VERIFIED, DRILLED)]
    _, (mine, other) = pages(estate(), estate("other"), proofs=proofs)
    mine, other = sorted((mine, other), key=lambda page: "it did not" not in page)

    assert "3 proven, 1 refuted, 0 not proven" in words(mine)
    assert "interrupted for 1.500 s; writes for 2.250 s; 4 writes lost" in words(mine)
    assert mine.count("<polyline") == 2
    assert "it did not" not in other
    assert "None was handed over" in words(other)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"counts": 3}', json.dumps({**DRILLED, "reads": {}}), "nonsense"]
)
def test_what_is_no_report_is_refused_by_name(text):
    with pytest.raises(UsageError, match=r"report\.json: is no report"):
        proof_of(text, "report.json")


class Kept:
    """A MemoryStore that holds one text."""

    place = "memory"

    def __init__(self, held):
        self.held = held

    def read(self):
        return written(self.held)


def test_pages_of_estates_that_are_gone_go_too_and_nothing_else_does(tmp_path):
    (tmp_path / "notes.html").write_text("mine")
    Pages(tmp_path).write(Kept(memory(estate(), estate("old"))), NOW)
    assert len(list(tmp_path.glob("estate-*.html"))) == 2

    Pages(tmp_path).write(Kept(memory(estate())), NOW)

    assert len(list(tmp_path.glob("estate-*.html"))) == 1
    assert (tmp_path / "notes.html").read_text() == "mine"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_pages_are_written_again_only_after_a_look(tmp_path):
    found = Pages(tmp_path)
    found.write(Kept(memory(estate())), NOW)
    (tmp_path / "index.html").unlink()
    found.write(Kept(memory(estate())), NOW)

    assert not (tmp_path / "index.html").exists()


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="--html"):
        Pages(tmp_path / "file" / "out").write(Kept(memory(estate())), NOW)
