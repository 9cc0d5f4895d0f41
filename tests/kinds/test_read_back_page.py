"""The page of what the service says in other words: each row is held by tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "read-back.md").read_text("utf-8")
NAMED = re.compile(r"`(\w+/test_\w+\.py)::(test_\w+)`")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def defined_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_row_is_held_by_tests_that_are_there():
    named = {found for *_, held in ROWS for found in NAMED.findall(held)}

    assert [row for row in ROWS if len(row) != 3 or not NAMED.search(row[2])] == []
    assert {(file, test) for file, test in named if test not in defined_in(file)} == set()


def test_no_habit_stands_twice():
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 25
