"""What a verification counted, as tables: reads of each node, connections, a pool's figures."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.verify import Finding


def counts_text(findings: Iterable[Finding]) -> str:
    """Give a table for each finding that counted something; empty when none did."""
    return "\n".join(line for one in findings if one.table for line in _table(one))


def _table(finding: Finding) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*finding.table, strict=True)]
    lines = [f"{finding.address}  {finding.check}: {finding.subject}"]
    for row in finding.table:
        # The first column reads from the left, numbers from the right.
        first, *others = (
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  " + "  ".join((first, *others)).rstrip())
    return [*lines, ""]
