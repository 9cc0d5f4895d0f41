"""Exact screens: ``pytest tests/rendering --update-golden`` writes them again."""

from __future__ import annotations

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def screen(request):
    """Compare a page with the golden one of this name."""

    def compare(name: str, page: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(page)
        assert page == path.read_text()

    return compare
