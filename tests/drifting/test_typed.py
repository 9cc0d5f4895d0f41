"""``reconcile drift`` as it is typed: many estates, memory, webhooks, metrics, a watch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.slow


def test_many_estates_in_one_run_and_one_that_can_not_be_looked_at(folder):
    first, _ = folder.add("one"), folder.add("two")
    folder.edit(first)
    text = (folder.path / "specs" / "two.yaml").read_text()
    (folder.path / "specs" / "three.yaml").write_text(text.replace("estate: two", "estate: [3]"))
    (folder.path / "specs" / "part.yaml").write_text("users: {}\n")

    ended = folder("drift", "specs", "--local", "--format", "json")

    codes = {one["spec"]: one["exit_code"] for one in ended.json["estates"]}
    assert codes == {"specs/one.yaml": 3, "specs/two.yaml": 0, "specs/three.yaml": 2}
    assert ended.code == ended.json["exit_code"] == 2


def test_a_finding_is_acknowledged_in_a_file_beside_the_spec(folder):
    folder.edit(folder.add("one"))
    found = folder("drift", "specs/one.yaml", "--local", "--format", "json")
    ident = found.json["drifted"][0]["fields"][0]["id"]

    ended = folder(
        "drift", "ack", ident, "specs/one.yaml", "--local", "--until", "2999-01-01",
        "--why", 'a "migration": #1',
    )  # fmt: skip

    assert (found.code, ended.code) == (3, 0), ended.err
    assert folder("drift", "specs", "--local").code == 0
    assert folder("plan", "--local").code == 3  # bare: the acknowledgements are no second spec


def test_people_are_told_once_with_a_key_and_the_url_is_nowhere(folder, webhook):
    folder.edit(folder.add("one"))
    memory = folder.path / "memory.json"
    asked = ("drift", "specs", "--local", "--memory", str(memory), "--notify", webhook.url)

    webhook.status = 500
    refused = folder(*asked)
    webhook.status = 200
    codes = [folder(*asked).code for _ in range(2)]

    [(key, told)] = webhook.heard
    assert (refused.code, codes) == (1, [3, 3])
    assert "people were not told" in refused.err
    assert key in told["message"]
    assert told["type"] == "failure"
    assert "high: one [shop] 1 drifted" in told["title"]
    assert "reconcile drift specs/one.yaml" in told["message"]
    assert "reaches user_group/people, replication_group/orders" in told["message"]
    assert "token-in-the-path" not in memory.read_text() + refused.err + refused.out


def test_a_memory_in_a_bucket_is_kept_with_conditional_puts(folder):
    account = folder.add("one")
    folder.edit(account)
    client = account.client("s3")
    client.create_bucket(
        Bucket="memories", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    place = "s3://memories/drift/one.json"

    codes = [folder("drift", "specs", "--local", "--memory", place).code for _ in range(2)]

    kept = folder("drift", "history", "--memory", place, "--local", "--format", "json").json
    [estate] = kept["estates"].values()
    assert codes == [3, 3]
    assert estate["rounds"] == 2


def test_figures_are_written_for_prometheus(folder):
    folder.edit(folder.add("one"))
    place = folder.path / "reconcile.prom"

    folder("drift", "specs", "--local", "--metrics", str(place))

    lines = [line for line in place.read_text().splitlines() if not line.startswith("#")]
    [drifted] = [line for line in lines if line.startswith("reconcile_drifted{")]
    assert 'estate="one"' in drifted
    assert drifted.endswith(" 1.0")


def started(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", "drift", *arguments, "--local"],
        cwd=folder.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def within(seconds, claim):
    until = time.monotonic() + seconds
    while not (found := claim()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_watch_sees_edits_serves_figures_and_stops_when_told_to(folder, webhook):
    account = folder.add("one")
    memory = folder.path / "memory.json"
    port = free_port()
    process = started(
        folder, "specs", "--every", "1s", "--memory", str(memory), "--notify", webhook.url,
        "--metrics", f":{port}", "--log", "json",
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert "in step" in line
        folder.edit(account)
        within(20, lambda: webhook.heard)
        figures = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)
        assert b"reconcile_drifted{" in figures.read()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 143
    assert "drifted" in out
    events = [json.loads(one)["event"] for one in err.splitlines()]
    assert "drift.round.ended" in events
    assert "Traceback" not in err


def test_a_watch_that_is_killed_tells_nothing_twice_when_it_comes_back(folder, webhook):
    account = folder.add("one")
    memory = folder.path / "memory.json"
    asked = ("specs", "--every", "1s", "--memory", str(memory), "--notify", webhook.url)
    for number in range(3):
        process = started(folder, *asked)
        try:
            process.stdout.readline() if number == 0 else None
            folder.edit(account, f"on ~{number}:* +@all")
            heard = number + 1
            within(30, lambda heard=heard: len({key for key, _ in webhook.heard}) >= heard)
        finally:
            process.kill()
            process.communicate()

    keys = [key for key, _ in webhook.heard]
    assert len(set(keys)) == 3


def free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
