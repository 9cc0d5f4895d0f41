"""Engines out of the system's own packages: fetched, unpacked, found, and nothing installed."""

from __future__ import annotations

import os

import pytest

from elasticache_local import fetch
from elasticache_local.host.binary import VARIABLE, find_binaries

TOOLS = {
    "apt-cache": """echo "$@" >> "$CALLS"
for package in "$@"; do case $package in
    redis-server) printf 'redis-server\\n  Depends: redis-tools\\n |Depends: init-system\\n' ;;
    redis-tools) printf 'redis-tools\\n  Depends: libjemalloc2\\n  PreDepends: libc6\\n' ;;
esac; done""",
    "apt-get": """shift 2
for package in "$@"; do : > "${package}_1_amd64.deb"; done""",
    "dpkg-query": "printf 'libc6 installed\\nlibjemalloc2 config-files\\n'",
    "dpkg-deb": """case $2 in
    *redis-server_*) mkdir -p "$3/usr/bin"; cp "$SERVER" "$3/usr/bin/redis-server" ;;
    *libjemalloc2_*) mkdir -p "$3/usr/lib/any-linux-gnu"; : > "$3/usr/lib/any-linux-gnu/found" ;;
esac""",
}
SERVER = """#!/bin/sh
for place in $(echo "$LD_LIBRARY_PATH" | tr : ' '); do
    [ -e "$place/found" ] && echo "Redis server v=%s sha=0" && exit 0
done
exit 127
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A Debian of our own: its tools write down what they were asked for."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o700)
    server = tmp_path / "server"
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("SERVER", str(server))
    monkeypatch.delenv(VARIABLE, raising=False)

    def ships(version):
        server.write_text(SERVER % version)
        server.chmod(0o700)

    ships("7.0.15")
    return tools, ships


def test_what_was_fetched_runs_with_its_own_libraries_and_is_found(machine, tmp_path):
    fetched = fetch.fetch("redis-server")

    assert (fetched.family, fetched.version_text) == ("redis", "7.0.15")
    assert fetched in find_binaries()
    assert fetched.path.startswith(str(tmp_path / "cache" / "elasticache-local" / "engines"))
    assert [path.name for path in fetch.fetched_folder().iterdir()] == ["redis-server-7.0.15"]


def test_what_is_installed_or_no_part_of_an_engine_is_not_fetched(machine, tmp_path):
    fetch.fetch("redis-server")

    asked = (tmp_path / "calls").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["redis-server", "redis-tools", "libjemalloc2"]


def test_a_newer_one_stands_beside_and_the_same_one_takes_its_place(machine):
    _, ships = machine
    fetch.fetch("redis-server")
    fetch.fetch("redis-server")
    ships("7.2.5")
    fetch.fetch("redis-server")

    found = sorted(path.name for path in fetch.fetched_folder().iterdir())
    assert found == ["redis-server-7.0.15", "redis-server-7.2.5"]


@pytest.mark.parametrize(
    ("tool", "script", "words"),
    [
        ("apt-get", None, "on Debian and Ubuntu only"),
        ("apt-cache", "echo 'E: No packages found' >&2; exit 100", "No packages found"),
        ("apt-get", "echo 'E: Failed to fetch it' >&2; exit 100", "Failed to fetch it"),
        ("dpkg-deb", 'mkdir -p "$3"', "does not run here"),
    ],
)
def test_what_went_wrong_is_a_sentence_and_nothing_is_left(machine, capsys, tool, script, words):
    tools, _ = machine
    if script is None:
        (tools / tool).unlink()
        os.environ["PATH"] = str(tools)
    else:
        (tools / tool).write_text(f"#!/bin/sh\n{script}\n")

    assert fetch.main(["redis-server"]) == 1

    assert words in capsys.readouterr().err
    assert list(fetch.fetched_folder().glob("*")) == []


def test_another_package_is_none_of_ours(capsys):
    assert fetch.main(["mysql-server"]) == 2
    assert "valkey-server, redis-server" in capsys.readouterr().err
