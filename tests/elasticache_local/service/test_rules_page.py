"""The page of rules: each names tests that are there, and each unknown is a switch with one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from elasticache_local.switch import Switches

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parents[1] / "docs" / "local-rules.md"
NAMED = re.compile(r"`([a-z]+/test_\w+\.py)::(test_\w+)(?:\[([^\]`]+)\])?`")
UNKNOWN = "## What nobody tells"


def rows(text: str) -> Iterator[tuple[str, str]]:
    """Give (rule, what holds it) of each row of the page's tables."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith(("| rule |", "| switch |")):
            rule, held = line.strip("| ").split(" | ", 1)
            yield rule, held


KNOWN, _, OPEN = PAGE.read_text("utf-8").partition(UNKNOWN)
RULES, SWITCHES = [*rows(KNOWN)], [*rows(OPEN)]


@cache
def _read(file: str) -> tuple[set[str], set[str]]:
    """Give the names of a file's tests, and of the cases that were named by hand."""
    nodes = [*ast.walk(ast.parse((TESTS / file).read_text("utf-8")))]
    tests = {
        each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = [each.value for each in nodes if isinstance(each, ast.keyword) and each.arg == "id"]
    return tests, {str(each.value) for each in named if isinstance(each, ast.Constant)}


@pytest.mark.parametrize("file", sorted({file for file, _, _ in NAMED.findall(PAGE.read_text())}))
def test_each_test_that_the_page_names_is_there(file):
    named = [(test, case) for at, test, case in NAMED.findall(PAGE.read_text()) if at == file]
    tests, cases = _read(file)

    assert {test for test, _ in named} - tests == set()
    assert {case for _, case in named if case} - cases == set()


def test_each_rule_is_held_by_a_test_and_stands_once():
    assert [rule for rule, held in RULES if not NAMED.search(held)] == []
    assert len({rule for rule, _ in RULES}) == len(RULES) > 100


def test_each_switch_stands_on_the_page_with_its_test():
    named = {rule.strip("`"): held for rule, held in SWITCHES}

    assert set(named) == {each.name for each in fields(Switches)}
    assert [name for name, held in named.items() if not NAMED.search(held)] == []
