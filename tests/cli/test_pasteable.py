"""A command that is printed can be pasted: it names the spec and the place of the caller."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from reconciler.cli.app import COMMANDS, app
from reconciler.cli.typed import VERBS, pasteable, remember
from reconciler.report.lines import WIDTH, wrapped

SOURCES = Path(__file__).parents[2] / "reconciler"
NEEDED = {"-f", "--local", "-C"}


@pytest.fixture(autouse=True)
def typed():
    yield remember
    remember({}, None)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("reconcile rotate user/app --finish", "reconcile rotate{} user/app --finish"),
        ("(reconcile forget user/app).", "(reconcile forget{} user/app)."),
        ("reconcile apply --through-gate a/b", "reconcile apply{} --through-gate a/b"),
        (
            "end it: reconcile unlock 20261120T1-fdc6a9fa",
            "end it: reconcile unlock{} 20261120T1-fdc6a9fa",
        ),
        ("reconcile runner deploy --x", "reconcile runner deploy{} --x"),
    ],
)
def test_what_was_typed_goes_along(text, whole, typed):
    typed({"file": "specs/my shop.yaml", "local": True}, Path("there"))

    assert pasteable(text) == whole.format(" -C there --local -f 'specs/my shop.yaml'")


def test_a_spec_that_the_text_names_is_the_one_that_is_meant(typed):
    typed({"specs": ["a.yaml", "b.yaml"], "local": True}, None)

    assert pasteable("mended by  reconcile apply b.yaml (x)") == (
        "mended by  reconcile apply --local b.yaml (x)"
    )
    assert pasteable("reconcile forget user/a") == "reconcile forget --local user/a"


def test_a_command_that_ends_its_line_is_a_whole_one(typed):
    typed({"specs": ["a.yaml"], "local": True}, None)

    assert pasteable("2 are not as the spec says: see reconcile plan\nall at rest") == (
        "2 are not as the spec says: see reconcile plan --local -f a.yaml\nall at rest"
    )


@pytest.mark.parametrize("name", ["p.json", "kept/p.plan"])
def test_a_plan_file_names_its_spec_itself(name, typed):
    typed({"specs": ["a.yaml"], "local": True}, None)

    assert pasteable(f"written to {name}; apply it: reconcile apply {name}") == (
        f"written to {name}; apply it: reconcile apply --local {name}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "reconcile adopt takes it over",
        "may reconcile it too",
        "reconcile schema",
        "a round of reconcile drift",
    ],
)
def test_what_is_no_whole_command_stays_as_it_is(text, typed):
    typed({"spec": "a.yaml", "local": True}, None)

    assert pasteable(text) == text


def test_where_nothing_was_typed_nothing_is_added(typed):
    typed({"spec": None, "local": False}, None)

    assert pasteable("reconcile rotate user/app") == "reconcile rotate user/app"


def options(*path: str) -> set[str]:
    made = typer.main.get_command(app)
    for name in path:
        made = made.commands[name]
    own = getattr(made, "commands", {}).get("look", made)
    return {name for one in own.params for name in one.opts}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_what_is_added(verb):
    assert options(*verb.split()) >= NEEDED


def test_every_command_that_a_text_names_and_that_takes_them_is_completed():
    told = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    named = set(re.findall(r"reconcile ([a-z-]+)(?= [{-])", told)) & COMMANDS.keys()

    takers = {verb for verb in named if options(verb) >= NEEDED}

    assert takers
    assert takers <= {verb.split()[0] for verb in VERBS}


def test_a_command_is_never_cut_over_two_lines():
    command = "reconcile rotate user/orders-application --finish"

    for width in range(30, 80):
        lines = wrapped(f"{'x' * width} then {command} (this retires the first)", "  ")
        assert any(command in line for line in lines)
        assert all(len(line) <= WIDTH for line in lines)
