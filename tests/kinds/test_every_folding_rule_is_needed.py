"""Take any one rule of read-back folding out, and some test of the kinds fails.

The rules are found, not listed: every case and every condition of every ``fold``. Where answers of
the service are folded on their way in, the lines are named; one that is not there any more fails.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconciler"
# What is quick and about folding first; the first failure ends a run.
TESTS = (
    "tests/kinds/test_folding.py",
    "tests/kinds/test_user.py",
    "tests/kinds/test_cache_cluster.py",
    "tests/kinds/test_durability.py",
    "tests/kinds/test_service.py",
    "tests/kinds/test_iam_role.py",
    "tests/observing",
    "tests/rotating",
    "tests/applying/test_any_estate.py",
)

ON_THE_WAY_IN = {
    "ids and engines in lower case": (
        "nouns/field.py",
        "LowerId = Annotated[str, AfterValidator(str.lower)]",
        "LowerId = str",
    ),
    "lists of ids in lower case": (
        "nouns/field.py",
        "one.lower() for one in ids",
        "one for one in ids",
    ),
    "lists of ids in any order": (
        "nouns/field.py",
        "tuple(sorted({one.lower() for one in ids}))",
        "tuple(one.lower() for one in ids)",
    ),
    "windows in lower case": (
        "nouns/cache_field.py",
        "Annotated[str, AfterValidator(str.lower)]",
        "str",
    ),
    "enabling is on": (
        "kinds/replication_group/describe.py",
        '"enabling", ',
        "",
    ),
    "counts follow from shards": (
        "kinds/replication_group/describe.py",
        'None if mode == "enabled" else len(group.get("MemberClusters", ()))',
        'len(group.get("MemberClusters", ()))',
    ),
    "inherited parameters are not ours": (
        "kinds/cache_parameter_group.py",
        'if row.get("Source") == "user"',
        "if True",
    ),
    "a topic that is inactive is none": (
        "kind/node_based.py",
        'if topic.get("TopicStatus") == "active"',
        "if True",
    ),
    "a log that is being disabled is none": (
        "kind/node_based.py",
        'if one.get("Status") in {"disabling", "disabled"}:',
        "if False:",
    ),
    "members that join and leave are counted as they will be": (
        "kinds/user_group.py",
        "if not joining and not leaving:",
        "if True:",
    ),
    "a blank description is none": (
        "kinds/serverless_cache.py",
        "description=description if description.strip() else None",
        "description=description",
    ),
    "a limit of nought is none": (
        "kinds/serverless_cache.py",
        "    return _tidy(\n",
        "    return (\n",
    ),
    "a type of login in the input's word": (
        "kinds/user.py",
        "type=_TYPES.get(sort, sort)",
        "type=sort",
    ),
    "a status in capitals": (
        "kinds/serverless_cache.py",
        'found["Status"].lower().replace("_", "-")',
        'found["Status"]',
    ),
    "passwords are counted": (
        "nouns/user.py",
        "return (self.type, self.count) == (other.type, other.count)",
        "return (self.type, self.passwords) == (other.type, other.passwords)",
    ),
}


def folds() -> Iterator[tuple[str, int]]:
    """Give each rule of each ``fold``: its file and its number within it."""
    for path in sorted((PACKAGE / "kinds").rglob("*.py")):
        rules = list(_rules(ast.parse(path.read_text())))
        yield from ((str(path.relative_to(PACKAGE)), number) for number in range(len(rules)))


def _rules(tree: ast.Module) -> Iterator[ast.match_case | ast.If]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "fold":
            for inner in ast.walk(node):
                is_case = isinstance(inner, ast.match_case) and not _takes_all(inner.pattern)
                if is_case or isinstance(inner, ast.If):
                    yield inner


def _takes_all(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _is_none(rule: ast.If) -> bool:
    [first, *_] = rule.body
    return isinstance(first, ast.Return) and ast.unparse(first) == "return wished"


def without(source: str, number: int) -> str:
    """Give the module without this rule: what is wished is never taken for the same."""
    tree = ast.parse(source)
    rule = list(_rules(tree))[number]
    if isinstance(rule, ast.If):
        rule.test = ast.Constant(_is_none(rule))
    else:
        rule.body = [ast.parse("def f():\n    return wished").body[0].body[0]]  # type: ignore[attr-defined]
    return ast.unparse(ast.fix_missing_locations(tree))


def fails(folder: Path, file: str, text: str) -> str:
    """Run the tests on a copy of the product in which one file says this; give what they said."""
    shutil.copytree(PACKAGE, folder / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "reconciler" / file).write_text(text)
    # -P: the copy is found before what is installed, and before the folder that this runs in.
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-m", "not slow", f"--basetemp={folder / 'pytest'}"]
    ran = subprocess.run(
        [*command, *TESTS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert "ImportError" not in ran.stdout, ran.stdout[-2000:]
    return ran.stdout if ran.returncode == 1 else ""


@pytest.mark.slow
@pytest.mark.parametrize(("file", "number"), [*folds()])
def test_without_a_rule_of_fold_some_test_fails(file, number, tmp_path):
    assert "failed" in fails(tmp_path, file, without((PACKAGE / file).read_text(), number))


@pytest.mark.slow
@pytest.mark.parametrize("rule", ON_THE_WAY_IN)
def test_without_a_rule_on_the_way_in_some_test_fails(rule, tmp_path):
    file, line, other = ON_THE_WAY_IN[rule]
    text = (PACKAGE / file).read_text()

    assert "failed" in fails(tmp_path, file, text.replace(line, other))


def test_there_are_rules_to_take_out():
    kinds = {file for file, _ in folds()}

    assert len([*folds()]) >= 15
    assert {"kinds/user.py", "kinds/serverless_cache.py"} < kinds


@pytest.mark.parametrize(("file", "line", "_other"), ON_THE_WAY_IN.values(), ids=[*ON_THE_WAY_IN])
def test_each_rule_on_the_way_in_stands_where_it_is_named(file, line, _other):
    assert line in (PACKAGE / file).read_text()
