"""The README lists every command once, and none that is not there; its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from reconciler.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "deploy").rglob("*.md"),
    ROOT / "elasticache_local" / "README.md",
    ROOT / "specs" / "examples" / "README.md",
]


def declared() -> set[str]:
    """Give ``plan``, ``drill failover``: all that is typed. A hidden one is its group's own."""
    found = set()
    for name, one in get_command(app).commands.items():
        below = getattr(one, "commands", {})
        found |= {name if under.hidden else f"{name} {word}" for word, under in below.items()}
        if not below:
            found.add(name)
    return found


def listed() -> list[str]:
    """Give what the first column of the table names, groups with each of their commands."""
    table = (ROOT / "README.md").read_text().split("| command | what it does | writes |")[1]
    groups = {name.split()[0] for name in declared() if " " in name}
    found = []
    for line in table.split("\n\n")[0].splitlines()[2:]:
        words = re.split(r"[ ,`]+", line.split("|")[1].strip(" `"))
        assert words.pop(0) == "reconcile"
        if words[0] in groups:
            group, *rest = words
            found += [f"{group} {one}" for one in rest] or [group]
        else:
            found += words
    return found


def test_every_command_is_listed_once_and_no_other():
    assert sorted(listed()) == sorted(declared())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())

    dead = [one for one in targets if "://" not in one and not (page.parent / one).exists()]
    assert dead == []
