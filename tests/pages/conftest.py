"""A real browser, and a folder of pages with everything on them that a page can show."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import build
import pytest

from reconciler.drifting.finding import Finding
from reconciler.drifting.history import Blind, By, Entry, EstateMemory, Mark, Memory
from reconciler.model import Address
from reconciler.report.site import proof_of, site
from reconciler.report.site.access import doors
from reconciler.report.verify_html import verify_html
from reconciler.verify import EngineSeen, Report
from reconciler.verify import Finding as Checked

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no browser: install Debian's chromium (or google-chrome), these tests look at real pages"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the extra browser

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, MISSING
    with sync_playwright() as playwright:
        # Nothing that is looked at comes from elsewhere; a container has no name spaces to give.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the pages of three estates: drifted, in step, and one that could not be looked at."""
    shop = _estate("shop", open=_open(), past=[_entry("0000000009", "user/gone", resolved=NOW)])
    shop = shop.model_copy(
        update={
            "course": [
                Mark(at=NOW - timedelta(days=9), state="in step"),
                Mark(at=NOW - timedelta(days=1), state="drifted", drifted=2),
            ],
            "unmanaged": ["serverless_cache/poc"],
        }
    )
    why = f"no route to the endpoint\n{'x' * 300} \u202e<script>alert(1)</script> 🎉"
    blind = Blind(since=NOW - timedelta(hours=2), why=why, exit_code=6)
    long = _estate("شراء-" + "n" * 300, open=[_entry("00000000ff", f"user/{'ü' * 300}")])
    memory = Memory(
        estates={
            "1/eu-west-1/shop": shop,
            "1/eu-west-1/blog": _estate("blog"),
            "1/eu-west-1/dark": _estate("dark", blind=blind),
            "1/eu-west-1/long": long,
        }
    )
    found = doors(_live(), frozenset({"user/app-17"}))
    made = site(memory, {"1/eu-west-1/shop": found}, NOW, [proof_of(_verified(), "verify.json")])
    out = tmp_path_factory.mktemp("pages")
    for name, text in made.items():
        (out / name).write_text(text, encoding="utf-8")
    page = verify_html(_report(), "specs/shop.yaml", "critical", NOW)
    (out / "verify.html").write_text(page, encoding="utf-8")
    return out


def _report() -> Report:
    orders, carts = Address("replication_group", "orders"), Address("serverless_cache", "carts")
    right = {"expected": "allowed (access string)", "user": "app", "command": "GET app:1"}
    return Report(
        (
            Checked("login", orders, "user app", "refuted", "logs in", "it did not", "127.0.0.1:1"),
            Checked("rights", orders, "user app: GET app:1", "proven", got="allowed", **right),
            Checked("login", carts, "user fn", "not proven", "logs in", "no credentials"),
        ),
        {orders: EngineSeen("valkey 8.1", "valkey 8.1.2")},
        seconds=1.5,
    )


def _estate(name: str, **fields: Any) -> EstateMemory:
    return EstateMemory(
        account_id="123456789012",
        region="eu-west-1",
        estate=name,
        spec=f"specs/{name}.yaml",
        rounds=3,
        last_success=NOW,
        **fields,
    )


def _entry(ident: str, address: str, **fields: Any) -> Entry:
    finding = Finding(
        id=ident,
        address=address,
        field="access_string",
        sort="changed",
        severity="high",
        spec="on ~app:* -@all +@read",
        live="on ~* +@all",
        gained=("245 commands (all of @write)",),
        reaches=("user_group/people", "replication_group/orders"),
        owner="shop",
    )
    by = By(who="alice", at=NOW, call="ModifyUser")
    return Entry(finding=finding, first_seen=NOW, last_seen=NOW, by=by, **fields)


def _open() -> list[Entry]:
    return [
        *(_entry(f"{n:010}", f"user/app-{n:02}") for n in range(17, 19)),
        _entry("00000000aa", "user/app-20", acknowledged="2026-12-01"),
    ]


def _live() -> Any:
    people = [build.user(f"app-{n:02}", access_string=f"on ~app{n}:* +@read") for n in range(25)]
    group = build.user_group("people", user_ids=tuple(one.id for one in people))
    cache = build.replication_group("orders", user_group_ids=("people",), engine_version="8.0")
    return {one.address: one for one in (*people, group, cache)}


def _verified() -> str:
    import json  # noqa: PLC0415

    finding = {
        "check": "login",
        "address": "replication_group/orders",
        "subject": "user app-17",
        "verdict": "refuted",
    }
    counts = {"proven": 3, "refuted": 1, "not proven": 0}
    told = {"spec": "specs/shop.yaml", "at": NOW.isoformat(), "counts": counts, "exit_code": 5}
    return json.dumps({**told, "findings": [finding]})
