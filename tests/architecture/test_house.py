"""The house: rooms that import alone, names and sizes that were agreed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((*ROOT.glob("reconciler/**/*.py"), *ROOT.glob("elasticache_local/**/*.py")))
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES
    if path.name != "__main__.py"
]
FORBIDDEN = {"utils", "helpers", "common", "misc", "base", "core", "manager", "handler"}
LONGEST = 400


ROOMS = [name for name in MODULES if name.count(".") <= 1]


def imports_alone(names):
    # Each in a fresh set of our modules: a cycle shows only when one is imported first.
    script = f"""
import importlib, sys
for name in {names!r}:
    for one in [one for one in sys.modules if one.startswith(("reconciler", "elasticache_local"))]:
        del sys.modules[one]
    try:
        importlib.import_module(name)
    except Exception as error:
        sys.exit(f'{{name}}: {{type(error).__name__}}: {{error}}')
"""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.slow
def test_every_room_imports_alone_without_a_warning():
    ended = imports_alone(ROOMS)

    assert ended.returncode == 0, ended.stderr[-2000:]


@pytest.mark.slow
def test_every_module_imports_alone_without_a_warning():
    ended = imports_alone(MODULES)

    assert ended.returncode == 0, ended.stderr[-2000:]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_room(path):
    lines = path.read_text().count("\n")

    assert lines <= LONGEST, f"{path} has {lines} lines: two rooms in one?"
    assert path.stem not in FORBIDDEN


def test_only_the_command_line_prints():
    printing = [
        str(path)
        for path in SOURCES
        if "cli" not in path.parts and path.name != "__main__.py"
        for line in path.read_text().splitlines()
        if line.strip().startswith("print(")
    ]

    assert printing == []


def test_nothing_switches_tls_verification_off():
    words = ("CERT_NONE", "ssl_cert_reqs", "verify=False", "_create_unverified_context")
    found = [
        (str(path), word)
        for path in SOURCES
        if "reconciler" in path.parts
        for word in words
        if word in path.read_text()
    ]

    assert found == []


def test_every_version_is_pinned_and_no_index_is_named():
    pins = (ROOT / "constraints.txt").read_text()
    files = [pins, *((ROOT / name).read_text() for name in ("pyproject.toml", "Makefile"))]

    assert all("==" in line for line in pins.splitlines() if line and not line.startswith("#"))
    assert not any(
        word in text for text in files for word in ("index-url", "find-links", "http://")
    )
