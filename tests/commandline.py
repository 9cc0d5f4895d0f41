"""The command line as processes, in folders of their own, and what they leave behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import boto3

ROOT = Path(__file__).parents[1]
MARK = "RECONCILE_TEST_MARK"
SPEC = """\
version: 1
estate: shop
aws: {account_id: "%(account)s", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@write +@connection -@dangerous"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/app, key: password}]}
  watcher:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@connection -@dangerous"
    authentication_mode: {type: iam}
user_groups:
  people: {engine: valkey, user_ids: [app, watcher]}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    transit_encryption_mode: required
    cache_subnet_group_name: shop
    user_group_ids: [people]
    tags: {team: shop}
serverless_caches:
  sessions:
    engine: valkey
    major_engine_version: "8"
    description: sessions
    user_group_id: people
"""
CREATES = ["CreateUser", "CreateUser", "CreateUserGroup"]
CREATES = sorted([*CREATES, "CreateReplicationGroup", "CreateServerlessCache"])


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Folder:
    """A folder of one's own, with an empty HOME, and everything started in it marked."""

    path: Path
    env: dict[str, str]

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.path,
            # Of several checkouts, the one that the tests stand in.
            env=self.env | {"PYTHONPATH": str(ROOT)} | changes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **changes: str) -> Ended:
        return end_of(self.start(*arguments, **changes))

    def running(self) -> list[str]:
        """Give the command lines of all that was started here and is still there.

        Engines write their title over their environment, and run in a folder below this one.
        """
        mark = f"{MARK}={self.env[MARK]}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                is_below = (process / "cwd").readlink().is_relative_to(self.path)
                line = (process / "cmdline").read_bytes()
                marked = mark in (process / "environ").read_bytes().split(b"\0")
                if line and (is_below or marked):
                    found.append(line.replace(b"\0", b" ").decode())
        return found

    def emptied(self, within_s: float = 15) -> list[str]:
        """Give what still runs when it should have ended."""
        until = time.monotonic() + within_s
        while (left := self.running()) and time.monotonic() < until:
            time.sleep(0.05)
        return left


def end_of(process: subprocess.Popen[str], within_s: float = 60) -> Ended:
    """Wait for it; one that doesn't end is killed, and the test fails."""
    try:
        out, err = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Ended(process.returncode, out, err)


def make_folder(path: Path) -> Folder:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    (path / "home").mkdir(parents=True)
    (path / "tmp").mkdir()
    (path / "work" / "specs").mkdir(parents=True)
    env = kept | {
        "HOME": str(path / "home"),
        "TMPDIR": str(path / "tmp"),
        "AWS_EC2_METADATA_DISABLED": "true",
        MARK: uuid.uuid4().hex,
    }
    return Folder(path / "work", env)


@dataclass(frozen=True)
class Estate:
    """A spec in an account of its own, and the way to it: through a proxy that counts."""

    folder: Folder
    spec: str
    env: dict[str, str]
    proxy: object

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return self.folder.start(*arguments, self.spec, **self.env)

    def run(self, *arguments: str) -> Ended:
        """Run a command through the proxy, whose counter begins anew."""
        self.proxy.calls.clear()
        return end_of(self.start(*arguments))

    @property
    def account(self) -> str:
        return Path(self.spec).stem

    def write(self, text: str) -> None:
        (self.folder.path / self.spec).write_text(text)

    def rest(self, within_s: float = 20) -> None:
        """Wait until everything is at rest, in boto3's words."""
        until = time.monotonic() + within_s
        while self.there() != WHOLE and time.monotonic() < until:
            time.sleep(0.02)
        assert self.there() == WHOLE

    def client(self, service: str = "elasticache"):
        """Give boto3's own way in, past the tool."""
        return boto3.client(
            service,
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            region_name="eu-west-1",
            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
        )

    def there(self) -> dict[str, list[str]]:
        """Give what the service has, in boto3's words."""
        client = self.client()
        users = client.describe_users()["Users"]
        groups = client.describe_user_groups()["UserGroups"]
        caches = client.describe_replication_groups()["ReplicationGroups"]
        serverless = client.describe_serverless_caches()["ServerlessCaches"]
        return {
            "users": sorted(one["UserId"] for one in users if one["UserId"] != "default"),
            "groups": [one["UserGroupId"] for one in groups],
            "caches": [f"{one['ReplicationGroupId']} {one['Status']}" for one in caches],
            "serverless": [f"{one['ServerlessCacheName']} {one['Status']}" for one in serverless],
        }


WHOLE = {
    "users": ["app", "watcher"],
    "groups": ["people"],
    "caches": ["orders available"],
    "serverless": ["sessions available"],
}
