"""What a verification counted, as tables of 100 columns."""

from __future__ import annotations

from reconciler.checks.finding import Finding
from reconciler.model import Address
from reconciler.report.counts_report import counts_text

ORDERS = Address("replication_group", "orders")
TABLE = (("node", "role", "reads"), ("127.0.0.1:7001", "primary", "0"), ("b:1", "replica", "60"))


def finding(**fields) -> Finding:
    return Finding("read routing", ORDERS, "reads", "proven", "x", "y", **fields)


def test_a_table_has_its_head_and_aligned_columns():
    assert counts_text([finding(table=TABLE)]) == (
        "replication_group/orders  read routing: reads\n"
        "  node               role  reads\n"
        "  127.0.0.1:7001  primary      0\n"
        "  b:1             replica     60\n"
    )


def test_what_counted_nothing_has_no_table():
    assert counts_text([finding()]) == ""
