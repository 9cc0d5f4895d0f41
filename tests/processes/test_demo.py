"""The demo as a person runs it: it leaves nothing behind, also when it is interrupted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT, end_of

pytestmark = pytest.mark.engines


@pytest.fixture
def clone(folder):
    """Give a folder with what the demo needs of a clone."""
    shutil.copytree(ROOT / "specs", folder.path / "specs", dirs_exist_ok=True)
    (folder.path / "scripts").mkdir()
    for name in ("demo.py", "behind_the_back.py"):
        shutil.copy(ROOT / "scripts" / name, folder.path / "scripts")
    return folder


def start_demo(clone, **changes):
    return subprocess.Popen(
        [sys.executable, "scripts/demo.py"],
        cwd=clone.path,
        env=clone.env | changes,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def nothing_is_left(clone):
    assert clone.emptied() == []
    assert list(Path(clone.env["HOME"]).iterdir()) == []
    assert list(Path(clone.env["TMPDIR"]).iterdir()) == []
    assert not (clone.path / ".reconcile" / "local").exists()


def test_it_plans_applies_verifies_finds_the_drift_and_mends_it(clone):
    told = end_of(start_demo(clone), 120)

    asked = [line for line in told.out.splitlines() if line.startswith("$ ")]
    assert told.code == 0, told.out[-2000:]
    assert [line.split()[2] for line in asked if line.startswith("$ reconcile")] == (
        ["plan", "apply", "verify", "drift", "apply", "plan", "local"]
    )
    assert " 0 refuted" in told.out
    assert "user/orders-report has changed behind the spec" in told.out
    assert "Drift: 1 of 13 resources" in told.out
    nothing_is_left(clone)


@pytest.mark.slow
def test_what_a_person_changes_in_the_pause_is_the_drift_that_is_shown(clone):
    demo = start_demo(clone, PAUSE="1")
    told = lines_until(demo, "Press Enter")
    change = ("ModifyUserGroup", "UserGroupId=orders", 'UserIdsToRemove=["ops"]')
    script = [sys.executable, "scripts/behind_the_back.py", *change]
    subprocess.run(script, cwd=clone.path, env=clone.env, check=True, stdout=subprocess.DEVNULL)
    demo.stdin.write("\n")
    demo.stdin.flush()
    rest = end_of(demo, 120)

    assert any("127.0.0.1:" in line for line in told)
    assert rest.code == 0, rest.out[-2000:]
    assert "user_group/orders has changed behind the spec" in rest.out
    assert "Drift: 1 of 13 resources" in rest.out
    nothing_is_left(clone)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["$ reconcile plan", "CreateUser", "$ reconcile verify"])
def test_interrupted_it_stops_what_it_started(clone, moment, sent):
    demo = start_demo(clone)
    lines_until(demo, moment)

    # As a terminal does: everybody in the foreground is told.
    os.killpg(demo.pid, sent)
    ended = end_of(demo, 60)

    assert ended.code in (130, 143), ended.out[-2000:]
    # An interpreter that is told while it starts says so itself, before any line of ours.
    assert not re.search(r'File ".*/(reconciler|elasticache_local|scripts)/', ended.out)
    nothing_is_left(clone)


@pytest.mark.slow
def test_asked_to_end_alone_it_ends_its_step_too(clone):
    demo = start_demo(clone)
    lines_until(demo, "CreateUser")

    demo.terminate()
    ended = end_of(demo, 60)

    assert ended.code == 143, ended.out[-2000:]
    nothing_is_left(clone)


def lines_until(process, words):
    """Read what it says until these words come."""
    told = []
    for line in process.stdout:
        told.append(line)
        if words in line:
            return told
    raise AssertionError("".join(told)[-2000:])
