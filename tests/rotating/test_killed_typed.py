"""``reconcile rotate`` as a process that is killed at any call that changes something."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from proxy import Proxy, between

from elasticache_local import ElastiCacheLocal

pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "%s", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@connection"
    authentication_mode: {type: password, passwords: [{secretsmanager: prod/app, key: password}]}
user_groups:
  people: {engine: valkey, user_ids: [app]}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.t4g.micro
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
"""
_READS = re.compile(r"Describe|List|Get|AssumeRole|BatchGet")
_ENDED_S = 120


class House:
    """A spec in a folder, its service behind a proxy, and ``rotate`` as processes."""

    def __init__(self, folder: Path, running: ElastiCacheLocal, proxy: Proxy) -> None:
        self.folder, self.proxy = folder, proxy
        secret = {"store": "secretsmanager", "id": "prod/app", "keys": ["password"]}
        self.account = running.account(secrets=[secret])
        (folder / "shop.yaml").write_text(SPEC % self.account.account_id)
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "AWS_ENDPOINT_URL": proxy.url,
            "AWS_ACCESS_KEY_ID": self.account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.account.secret_access_key,
            "RECONCILE_CA_FILE": str(running.ca_file),
        }

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        started = self.start(*words)
        out, err = started.communicate(timeout=_ENDED_S)
        return subprocess.CompletedProcess(words, started.returncode, out, err)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "reconciler", *words, "-f", "shop.yaml"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.folder, env=self.env, stdout=pipe, stderr=pipe, text=True
        )

    def killed_at(self, number: int, *words: str) -> bool:
        """Kill it at this change, which the service makes all the same. False: it ended before."""
        seen = 0
        process = self.start(*words)

        def at(_service: str, action: str, _body: bytes) -> None:
            nonlocal seen
            seen += not _READS.match(action)
            if seen == number and not _READS.match(action):
                os.kill(process.pid, signal.SIGKILL)
                process.wait(_ENDED_S)

        self.proxy.on_body = at
        try:
            out, err = process.communicate(timeout=_ENDED_S)
        finally:
            self.proxy.on_body = lambda *_: None
        assert process.returncode in (0, 7, -signal.SIGKILL), out + err
        return process.returncode == -signal.SIGKILL


@pytest.fixture
def house(tmp_path):
    with (
        ElastiCacheLocal(engines=True, speed=50, region="eu-west-1") as running,
        between(running.endpoint_url) as proxy,
    ):
        made = House(tmp_path, running, proxy)
        applied = made("apply", "--yes")
        assert applied.returncode == 0, applied.stderr
        yield made


def test_killed_at_every_change_it_is_finished_by_the_next_and_nobody_is_cut_off(
    house, record_property
):
    number, kills = 1, 0
    while house.killed_at(number, "rotate", "app", "--yes"):
        kills += 1
        login = house("verify", "--only", "login")
        assert login.returncode == 0, (number, login.stdout)
        again = house("rotate", "app", "--yes")
        assert again.returncode == 7, (number, again.stdout + again.stderr)
        ended = house("rotate", "app", "--finish", "--yes")
        assert ended.returncode == 0, (number, ended.stdout + ended.stderr)
        assert house("verify", "--only", "login", "--only", "retired").returncode == 0
        number += 1
    record_property("kills of a rotation", kills)
    assert kills >= 3
    assert house("rotate", "app", "--finish", "--yes").returncode == 0
    assert house("plan").returncode == 0
