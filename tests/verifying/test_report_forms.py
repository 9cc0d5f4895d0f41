"""A verification tells the same in every form, and no form can be broken by what it tells."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Address
from reconciler.report.matrix import matrices, matrix_text
from reconciler.report.verify_html import verify_html
from reconciler.report.verify_junit import verify_junit
from reconciler.report.verify_report import verify_markdown, verify_text
from reconciler.verify import EngineSeen, Finding, Ran, Report

ORDERS, CARTS = Address("replication_group", "orders"), Address("serverless_cache", "carts")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOSTILE = '</td></table><script src="//x.example/a.js"></script><img src=x onerror=alert(1)>&"\''


def said(check, verdict, subject="user app", address=ORDERS, **fields):
    given = {"expected": "logs in", "got": "it did", **fields}
    return Finding(check, address, subject, verdict, **given)


def right(user, command, verdict, *, allowed, place=""):
    expected = "allowed (access string)" if allowed else "refused (access string)"
    subject = f"user {user}: {command}{place}"
    return said("rights", verdict, subject, expected=expected, user=user, command=command)


def report(*findings):
    return Report(findings, {ORDERS: EngineSeen("valkey 8.1", "valkey 8.1.2")}, seconds=1.5)


MIXED = report(
    said("login", "proven"),
    said("login", "refuted", "user <ops>", got="it did not"),
    said("iam", "not proven", "user fn", critical=True),
    said("data", "not proven", "a hash", CARTS),
)


class Seen(HTMLParser):
    """Collects the elements of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements, self.text, self.stack, self.unbalanced = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "img"):
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    seen = Seen()
    seen.feed(page)
    seen.close()
    return seen


def test_junit_counts_refuted_as_failure_and_a_missing_critical_promise_as_error():
    root = ET.fromstring(verify_junit(MIXED, "specs/prod.yaml", "critical"))

    sums = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert sums == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    failed = next(one for one in root.iter("testcase") if one.find("failure") is not None)
    assert failed.get("classname") == "replication_group/orders.login"
    assert failed.find("failure").get("message") == "expected logs in, got it did not"


def test_junit_is_red_without_a_skip_when_everything_is_required():
    root = ET.fromstring(verify_junit(MIXED, "specs/prod.yaml", "100%"))

    assert (root.get("errors"), root.get("skipped")) == ("2", "0")


def test_junit_of_nothing_proven_is_no_green_suite():
    root = ET.fromstring(verify_junit(report(), "specs/prod.yaml", "critical"))

    assert (root.get("tests"), root.get("errors")) == ("1", "1")


@pytest.mark.parametrize("require", ["critical", "100%"])
@given(verdicts=st.lists(st.sampled_from(["proven", "refuted", "not proven"]), max_size=6))
def test_junit_is_red_exactly_where_the_exit_is_not_0(require, verdicts):
    found = report(*(said("login", one, critical=bool(n % 2)) for n, one in enumerate(verdicts)))
    root = ET.fromstring(verify_junit(found, "s.yaml", require))

    red = int(root.get("failures")) + int(root.get("errors")) > 0
    assert red == (found.exit_code(require) != 0)


@given(text=st.text(max_size=40))
def test_junit_holds_any_text_without_breaking(text):
    found = report(said("login", "refuted", text, got=text, expected=text))

    assert ET.fromstring(verify_junit(found, text, "critical")).get("failures") == "1"


def test_the_page_shows_each_finding_under_its_cache_with_refuted_ones_first():
    seen = read(verify_html(MIXED, "specs/prod.yaml", "critical", NOW))
    words = " ".join(" ".join(seen.text).split())

    assert "verify specs/prod.yaml : refuted" in words
    assert "2026-11-20 09:30 UTC" in words
    assert words.index("Refuted") < words.index("Not proven", words.index("Refuted"))
    assert "user <ops>" in words
    assert not seen.unbalanced


def test_the_page_asks_nobody_for_anything():
    seen = read(verify_html(MIXED, "specs/prod.yaml", "critical", NOW))

    for tag, attributes in seen.elements:
        assert tag not in ("script", "iframe", "object")
        for name in ("href", "src"):
            assert attributes.get(name, "#").startswith(("#", "data:,")), (tag, attributes)
    policy = next(a for t, a in seen.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


@settings(deadline=None)  # the first page compiles its templates
@given(text=st.text(max_size=30).map(lambda some: some + HOSTILE))
def test_no_text_becomes_part_of_the_page(text):
    plain = verify_html(report(said("login", "refuted")), "s.yaml", "critical", NOW)
    hostile = Report(
        (said("login", "refuted", text, got=text, expected=text, where=text),),
        {ORDERS: EngineSeen(text, text)},
        seconds=1.5,
    )
    told = verify_html(hostile, text, "critical", NOW)

    assert [tag for tag, _ in read(told).elements] == [tag for tag, _ in read(plain).elements]


def test_every_table_has_a_caption_and_every_header_a_scope():
    found = report(right("app", "GET a", "proven", allowed=True), *MIXED.findings)
    seen = read(verify_html(found, "s.yaml", "critical", NOW))
    tags = [tag for tag, _ in seen.elements]

    assert tags.count("table") == tags.count("caption") > 0
    assert all("scope" in attributes for tag, attributes in seen.elements if tag == "th")


TABLE = (("node", "role", "reads"), ("<b>a</b>:7001", "primary", "60"))
RAN = Ran("shop", 1.25, ("START", "```", "</pre></details><b>x", "a\u2028# b"), "")
FROM_ELSEWHERE = Report(
    (said("read routing", "proven", "reads").with_table(TABLE), said("login", "proven")),
    {},
    seconds=1.5,
    ran=(RAN, dataclasses.replace(RAN, function="other", failed="its <time> ran out")),
)


def test_the_page_shows_what_was_counted_and_who_looked_from_elsewhere():
    seen = read(verify_html(FROM_ELSEWHERE, "s.yaml", "critical", NOW))
    words = " ".join(" ".join(seen.text).split())

    for told in ("<b>a</b>:7001", "lambda:shop", "Answered in 1.2", "</pre></details><b>x"):
        assert told in words
    assert "Failed: its <time> ran out" in words
    assert not seen.unbalanced


def test_junit_holds_what_was_counted_and_the_end_of_the_log():
    root = ET.fromstring(verify_junit(FROM_ELSEWHERE, "s.yaml", "critical"))

    told = {one.get("name"): one.findtext("system-out") for one in root.iter("testcase")}
    assert "<b>a</b>:7001  primary     60" in told["reads"]
    assert told["user app"] is None
    suites = {one.get("name"): one for one in root}
    assert suites["lambda:shop"].findtext("testcase/system-out") == "\n".join(RAN.log_tail)
    assert "ran out" in suites["lambda:other"].find("testcase/skipped").get("message")
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == [*"4001"]


def test_markdown_folds_what_was_counted_and_no_log_ends_its_block():
    told = verify_markdown(FROM_ELSEWHERE, "s.yaml", "critical")

    assert "<details><summary>lambda:other failed: its &lt;time&gt; ran out</summary>" in told
    assert "    replication_group/orders  read routing: reads\n" in told
    outside = [line for line in told.splitlines() if line and not line.startswith("    ")]
    assert not any("```" in line or "<b>" in line or line.startswith("# ") for line in outside)


def test_the_matrix_has_a_row_a_command_and_a_column_a_user():
    (matrix,) = matrices(
        [
            right("app", "GET a", "proven", allowed=True),
            right("app", "FLUSHALL", "proven", allowed=False),
            right("ops", "FLUSHALL", "refuted", allowed=False),
        ]
    )

    assert (matrix.commands, matrix.users) == (("GET a", "FLUSHALL"), ("app", "ops"))
    assert [one and one.word for one in matrix.row("GET a")] == ["may", None]
    assert [one and one.word for one in matrix.row("FLUSHALL")] == ["may not", "may not: REFUTED"]


def test_one_bad_node_makes_the_cell_bad():
    (matrix,) = matrices(
        [
            right("app", "GET a", "not proven", allowed=True, place=" at 002"),
            right("app", "GET a", "refuted", allowed=True, place=" at 003"),
            right("app", "GET a", "proven", allowed=True),
        ]
    )

    assert matrix.cells["GET a", "app"].verdict == "refuted"


def test_the_matrix_of_many_users_stays_within_100_columns_and_loses_none():
    users = [f"application-user-{n:02}" for n in range(23)]
    findings = [right(user, "GET " + "k" * 90, "refuted", allowed=False) for user in users]
    (matrix,) = matrices(findings)
    lines = matrix_text(matrix)

    assert all(len(line) <= 100 for line in lines)
    assert all(any(user in line for line in lines) for user in users)


def test_the_matrix_is_shown_only_when_it_is_asked_for():
    found = report(right("app", "GET a", "proven", allowed=True))

    assert "may" not in verify_text(found, "s.yaml", "critical")
    assert "GET a" in verify_text(found, "s.yaml", "critical", matrix=True)


def test_a_table_cell_can_not_be_left_in_markdown():
    found = report(said("login", "refuted", "a | b\n# c", got="`x`"))

    assert "a \\| b # c" in verify_markdown(found, "s.yaml", "critical")


def test_a_reason_that_several_checks_share_is_said_once_unless_all_is_asked_for():
    off = {"got": "nothing is written here"}
    found = report(
        said("data", "not proven", "string", **off),
        said("data", "not proven", "hash", **off),
        said("streams", "not proven", "stream", **off),
        said("login", "not proven", "user ops", got="no secret", critical=True),
    )

    page = verify_text(found, "s.yaml", "critical").splitlines()
    whole = verify_text(found, "s.yaml", "critical", every=True).splitlines()

    assert [line for line in page if line.startswith(("  ?", "  !"))] == [
        "  ? data, streams: not proven: nothing is written here",
        "  ! login: user ops: not proven: no secret",
    ]
    assert "  ? data: string; hash: not proven: nothing is written here" in whole
    assert "  ? streams: stream: not proven: nothing is written here" in whole


def test_the_end_of_a_long_line_of_a_log_is_not_cut_off():
    line = "REPORT RequestId: " + "0123456789 " * 12 + "Billed Duration: 100 ms"
    found = dataclasses.replace(report(said("login", "proven")), ran=(Ran("shop", 1.0, (line,)),))

    page = verify_text(found, "s.yaml", "critical")

    assert "Duration: 100 ms" in page
    assert max(map(len, page.splitlines())) <= 100
