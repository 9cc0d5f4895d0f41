"""What a verification counted, as tables: reads of each node, connections, a pool's figures."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.report.lines import WIDTH
from reconciler.verify import Finding

_BAR = 40
"""The width of a bar that stands for all reads."""


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
        told = "  " + "  ".join((first, *others))
        lines.append(f"{told}{_bar(finding, row, WIDTH - len(told) - 2)}".rstrip())
    return [*lines, ""]


def _bar(finding: Finding, row: tuple[str, ...], room: int) -> str:
    """Draw how many of all reads a node had; nothing for what is no share of anything."""
    if finding.table[0][-1] != "reads" or not row[-1].isdigit():
        return ""
    whole = sum(int(one[-1]) for one in finding.table[1:])
    return "  " + "#" * round(int(row[-1]) / whole * min(room, _BAR)) if whole else ""
