"""A memory in a file survives whatever ends its writer, and loses nobody's change."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.drifting.history import EstateMemory, Memory, read_memory, written
from reconciler.errors import CouldNotLook, UsageError
from reconciler.memory_file import MemoryFile

WRITER = """
import sys
from reconciler.memory_file import MemoryFile
store = MemoryFile(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    store.update(lambda before: str(int((before or "0").split()[0]) + 1) + " " + "x" * 400_000)
"""


def test_nothing_is_there_at_first(tmp_path):
    assert MemoryFile(tmp_path / "new" / "memory.json").read() is None


def test_changes_of_many_at_once_are_all_kept(tmp_path):
    path = tmp_path / "memory.json"

    def add(_):
        MemoryFile(path).update(lambda before: str(int(before or "0") + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(60)))

    assert path.read_text() == "60"


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_the_old_text_or_the_new_one(tmp_path):
    path, chance = tmp_path / "memory.json", random.Random(7)
    last = 0
    for _ in range(25):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.005, 0.08))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if path.exists():
            number, filling = path.read_text().split()
            assert len(filling) == 400_000
            assert int(number) >= last
            last = int(number)
    MemoryFile(path).update(lambda before: str(int(before.split()[0]) + 1))
    assert int(path.read_text()) == last + 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 0}', '{"estates": 3}'])
def test_what_is_no_memory_is_refused_and_left_alone(text):
    with pytest.raises(UsageError, match="is no memory"):
        read_memory(text, "m.json")


def test_what_is_written_reads_back_the_same():
    memory = Memory(
        estates={"a": EstateMemory(account_id="1", region="r", estate="e", spec="s", rounds=3)}
    )

    assert read_memory(written(memory)) == memory
    assert json.loads(written(memory))["format_version"] == 1


def test_a_place_that_can_not_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CouldNotLook, match="can't be"):
        MemoryFile(tmp_path / "file" / "memory.json").update(lambda _: "x")


def test_a_link_is_followed_and_two_names_of_one_file_are_one_memory(tmp_path):
    kept, link = tmp_path / "volume" / "memory.json", tmp_path / "memory.json"
    kept.parent.mkdir()
    link.symlink_to(kept)

    for path in (link, kept, link):
        MemoryFile(path).update(lambda before: (before or "") + "x")

    assert link.is_symlink()
    assert kept.read_text() == "xxx"
    assert not list(tmp_path.glob("*.lock"))


def test_who_may_read_it_stays_as_its_owner_set_it(tmp_path):
    path = tmp_path / "memory.json"
    path.write_text("")
    path.chmod(0o600)

    MemoryFile(path).update(lambda _: "x")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_newer_ones_memory_is_told_from_what_is_no_memory():
    with pytest.raises(UsageError, match="written by a newer reconcile \\(format 2"):
        read_memory('{"format_version": 2, "estates": {}, "of_tomorrow": 1}', "m.json")


def test_what_is_no_text_is_said_to_be_none(tmp_path):
    (tmp_path / "m.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CouldNotLook, match="it is no text"):
        MemoryFile(tmp_path / "m.json").read()
