"""What a report counts, and the exit it asks for."""

from __future__ import annotations

import pytest

from reconciler.checks import CHECKS
from reconciler.checks.finding import Finding
from reconciler.model import Address
from reconciler.verify import Report

AT = Address("replication_group", "orders")


def finding(verdict: str, *, critical: bool = False) -> Finding:
    return Finding("login", AT, "user app", verdict, "logs in", "logs in", critical=critical)


@pytest.mark.parametrize(
    ("findings", "require", "code"),
    [
        pytest.param([finding("proven")], "critical", 0, id="all proven"),
        pytest.param([], "critical", 6, id="nothing at all"),
        pytest.param([finding("not proven")], "critical", 6, id="nothing proven"),
        pytest.param([finding("proven"), finding("not proven")], "critical", 0, id="a minor lack"),
        pytest.param([finding("proven"), finding("not proven")], "100%", 6, id="all is required"),
        pytest.param(
            [finding("proven"), finding("not proven", critical=True)],
            "critical",
            6,
            id="a critical lack",
        ),
        pytest.param(
            [finding("not proven", critical=True), finding("refuted")],
            "100%",
            5,
            id="refuted first",
        ),
    ],
)
def test_the_exit_follows_from_the_findings(findings, require, code):
    assert Report(tuple(findings), {}).exit_code(require) == code


def test_every_verdict_is_counted():
    report = Report((finding("proven"), finding("refuted"), finding("refuted")), {})

    assert report.counts == {"proven": 1, "refuted": 2, "not proven": 0}


def test_a_finding_reads_as_one_line():
    text = str(Finding("login", AT, "user app", "refuted", "logs in", "WRONGPASS", "127.0.0.1:1"))

    assert text == (
        "refuted: replication_group/orders login: user app: "
        "expected logs in, got WRONGPASS (127.0.0.1:1)"
    )


def test_checks_have_names_of_their_own_and_say_what_they_prove():
    names = [check.name for check in CHECKS]

    assert len(set(names)) == len(names)
    assert all(check.proves and not check.proves.endswith(".") for check in CHECKS)
