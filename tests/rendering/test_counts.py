"""What a verification counted, as tables of 100 columns."""

from __future__ import annotations

from reconciler.checks.finding import Finding
from reconciler.model import Address
from reconciler.report.counts_report import counts_text

ORDERS = Address("replication_group", "orders")
TABLE = (("node", "role", "reads"), ("127.0.0.1:7001", "primary", "0"), ("b:1", "replica", "60"))


def finding(**fields) -> Finding:
    return Finding("read routing", ORDERS, "reads", "proven", "x", "y", **fields)


def test_a_table_has_its_head_aligned_columns_and_a_bar_for_a_share():
    assert counts_text([finding(table=TABLE)]) == (
        "replication_group/orders  read routing: reads\n"
        "  node               role  reads\n"
        "  127.0.0.1:7001  primary      0\n"
        f"  b:1             replica     60  {'#' * 40}\n"
    )


def test_a_bar_stands_for_the_share_of_all_reads_and_never_for_other_figures():
    shared = (("node", "reads"), ("a", "45"), ("b", "15"))
    pool = (("figure", "count"), ("hits", "3"))

    assert [line.count("#") for line in counts_text([finding(table=shared)]).splitlines()] == [
        *(0, 0, 30, 10)
    ]
    assert "#" not in counts_text([finding(table=pool)])
    assert "#" not in counts_text([finding(table=(("node", "reads"), ("a", "0")))])


def test_what_counted_nothing_has_no_table():
    assert counts_text([finding()]) == ""
