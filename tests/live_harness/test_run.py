"""A whole run: asks first, agrees with itself, leaves nothing behind whatever happens."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest


def folder_of(tmp_path):
    [found] = (tmp_path / ".reconcile" / "live").iterdir()
    return found


@pytest.mark.slow
def test_the_same_service_on_both_sides_is_no_difference(sandbox, tmp_path):
    code, out = sandbox.live(tmp_path, "--users-only")

    assert code == 0, out
    assert re.search(r"(\d+) facts asked: \1 as assumed, 0 otherwise, 0 not told", out)
    assert "Answers to the same calls: no difference." in out
    assert sandbox.holds() == []
    folder = folder_of(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    for side in ("aws", "local"):
        path = folder / f"{side}.jsonl"
        assert path.stat().st_mode & 0o777 == 0o600
        records = [json.loads(line) for line in path.read_text().splitlines()]
        secrets = [one["params"]["Passwords"] for one in records if "Passwords" in one["params"]]
        assert len(secrets) > 20
        assert set(secrets) == {"(scrubbed)"}


@pytest.mark.slow
def test_a_switch_that_is_turned_is_the_one_fact_that_is_told(sandbox, tmp_path):
    code, out = sandbox.live(tmp_path, "--users-only", "--switch", "user_starts_creating=true")

    assert code == 3
    report = json.loads((folder_of(tmp_path) / "report.json").read_text())
    told = [name for name, one in report["facts"].items() if one["verdict"] != "as assumed"]
    assert told == ["user_starts_creating"]
    assert report["facts"]["user_starts_creating"]["switch"] == "user_starts_creating=false"
    assert report["differences"] == []
    assert "OTHERWISE  user_starts_creating" in out


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"answer": "yes"}, 2, "not confirmed; nothing was sent"),
        ({"answer": ""}, 2, "not confirmed; nothing was sent"),
        ({"account": "999988887777"}, 4, "these credentials belong to account"),
        ({"endpoint": "https://elasticache.eu-west-1.amazonaws.com"}, 2, "on this machine"),
    ],
    ids=["another word", "nothing", "another account", "not this machine"],
)
def test_without_the_accounts_id_typed_nothing_is_made(sandbox, tmp_path, more, code, told):
    ended, out = sandbox.live(tmp_path, **more)

    assert ended == code, out
    assert told in out
    assert sandbox.holds() == []


def test_caches_need_a_security_group_before_anything_is_asked(sandbox, tmp_path):
    code, out = sandbox.live(tmp_path, "--security-group", "")

    assert code == 2
    assert "caches need --security-group" in out


def test_a_service_of_this_machine_is_never_taken_for_aws(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.account.endpoint_url)

    code, out = sandbox.live(tmp_path, endpoint="")

    assert code == 2
    assert "unset AWS_ENDPOINT_URL" in out
    assert sandbox.holds() == []


@pytest.mark.slow
def test_a_scenario_that_fails_is_torn_down(sandbox, tmp_path):
    code, out = sandbox.live(tmp_path, "--security-group", "sg-0000000000000dead")

    assert code == 1
    assert "reconcile apply ended with 1" in out
    assert "deleting user" in out
    assert sandbox.holds() == []


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_interrupted_is_torn_down(sandbox, tmp_path, number):
    process = sandbox.start(tmp_path)
    wait_until(lambda: any("orders" in one for one in sandbox.holds()))

    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=120)

    assert process.returncode in (130, 143), out
    assert "deleting replication_group" in out
    assert sandbox.holds() == []


@pytest.mark.slow
def test_what_a_killed_run_left_is_torn_down_by_its_name(sandbox, tmp_path):
    process = sandbox.start(tmp_path)
    wait_until(lambda: any("orders" in one for one in sandbox.holds()))
    process.kill()
    process.communicate(timeout=30)
    assert sandbox.holds() != []
    run = folder_of(tmp_path).name.rsplit("-", 1)[1]

    code, out = sandbox.live(tmp_path, "--tear-down", run)

    assert code == 0, out
    assert sandbox.holds() == []


@pytest.mark.slow
def test_the_whole_scenario_agrees_with_itself(sandbox, tmp_path):
    code, out = sandbox.live(tmp_path)

    assert code == 0, out
    assert "Answers to the same calls: no difference." in out
    assert sandbox.holds() == []
    records = (folder_of(tmp_path) / "aws.jsonl").read_text()
    assert "CreateReplicationGroup" in records
    assert '"AuthToken": "(scrubbed)"' in records
