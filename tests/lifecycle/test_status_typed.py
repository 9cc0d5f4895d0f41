"""``reconcile status`` as it is typed: over HTTP, watching until all is at rest."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
"""


@pytest.fixture
def shop(estate):
    return estate(SPEC)


def test_an_account_without_anything_has_all_absent(shop):
    ended = shop("status")

    assert ended.code == 0
    assert "replication_group/orders  absent" in ended.out
    assert "lease  nobody applies" in ended.out
    assert "2 resources not as the spec says" in ended.out


@pytest.fixture
def creating(shop):
    """An apply that was left; the service takes its time until ``shop.control`` says otherwise."""
    speed = shop.control("clock")["speed"]
    shop.control("clock", {"speed": 0.001})
    try:
        left = shop("apply", "--yes", "--no-wait")
        assert left.code == 0
        told = f"reconcile status --local -f {shop.spec} --watch shows it come to rest"
        assert told in left.out
        yield shop
    finally:
        shop.control("clock", {"speed": speed})


class Watched:
    """``reconcile status orders --watch`` as a process, its output at a pipe or a terminal."""

    def __init__(self, shop, *, terminal: bool) -> None:
        self._ours, theirs = pty.openpty() if terminal else os.pipe()
        command = ["status", "orders", "--watch", "--local", "-f", shop.spec, "--no-color"]
        self.child = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *command],
            cwd=shop.folder.path,
            stdout=theirs,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        self.shown = ""

    def read(self, until: str = "") -> str:
        """Read until this is shown, or to the end."""
        while not until or until not in self.shown:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:  # a terminal whose other end is closed
                piece = b""
            if not piece:
                break
            self.shown += piece.decode().replace("\r\n", "\n")
        return self.shown

    def ended(self) -> int:
        """Read the rest and give the exit code."""
        self.read()
        os.close(self._ours)
        return self.child.wait(60)


def test_it_is_watched_until_it_rests(creating):
    watched = Watched(creating, terminal=False)
    assert "creating" in watched.read("not at rest\n")

    creating.control("clock", {"advance": 7200})

    assert watched.ended() == 0
    first, *later = watched.shown.split("\n\nshop  ")
    assert "waits for  " in first
    assert "user/app" not in watched.shown
    assert "available     at rest  owned" in later[-1]
    assert "all at rest" in later[-1]


def test_on_a_terminal_the_page_is_drawn_over_itself(creating):
    watched = Watched(creating, terminal=True)
    watched.read("not at rest\n")

    creating.control("clock", {"advance": 7200})

    assert watched.ended() == 0
    first, *later = watched.shown.split("\x1b[J")
    page = first[: first.rindex("\x1b")]
    assert first == f"{page}\x1b[{page.count(chr(10))}A"
    assert "all at rest" in later[-1]


def test_ctrl_c_ends_it_in_a_word(creating):
    watched = Watched(creating, terminal=False)
    watched.read("not at rest\n")

    watched.child.send_signal(signal.SIGINT)

    assert watched.ended() == 130


@pytest.mark.slow
def test_as_json_only_the_end_is_told(shop):
    shop("apply", "--yes", "--no-wait")

    found = shop("status", "--watch", "--format", "json").json

    assert found["at_rest"] is True
    assert found["resources"]["replication_group/orders"]["status"] == "available"
    assert found["resources"]["user/app"]["owner"] == "owned"


def test_an_unknown_address_is_said(shop):
    ended = shop("status", "ordres")

    assert ended.code == 2
    assert "did you mean orders?" in ended.err
