"""Exact screens: ``pytest tests/rendering --update-golden`` writes them again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

# Hashes move with every field that a noun gains; tests/planning holds what they are made of.
HASHES = (
    (re.compile(r'(fingerprint"?:? [`"]?)[0-9a-f]{8}|(Fingerprint `)[0-9a-f]{8}'), r"\1\2########"),
    (re.compile(r'("reconciler:applied",\s+"Value": ")[^"]*'), r"\1########"),
)


@pytest.fixture
def screen(request):
    """Compare a page with the golden one of this name."""

    def compare(name: str, page: str) -> None:
        for pattern, shown in HASHES:
            page = pattern.sub(shown, page)
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(page)
        assert page == path.read_text()

    return compare
