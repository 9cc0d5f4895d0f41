"""It is so that every piece of advice is explained."""

from __future__ import annotations

from pathlib import Path

from reconciler.lint import RULES, UNUSED

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"


def test_every_rule_stands_in_the_documentation():
    text = PAGE.read_text()

    assert [rule for rule in (*RULES, UNUSED) if f"| `{rule}` |" not in text] == []
