"""The local service plays AWS: one instance is the sandbox, another is what it is compared with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from elasticache_local import ElastiCacheLocal

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from live.recorder import Recorder  # noqa: E402 - found from here on
from live.world import Made, Place, Run, World  # noqa: E402 - as above

REGION = "eu-west-1"
SUBNETS, SECURITY = "sandbox", "sg-0a1b2c3d4e5f60718"


class Sandbox:
    """An account of a running instance, and ``make live`` against it."""

    def __init__(self, service: ElastiCacheLocal) -> None:
        self.service = service
        self.account = service.account(
            region=REGION, cache_subnet_groups=[SUBNETS], security_group_ids=[SECURITY]
        )
        self.id = self.account.account_id
        self.client = self.account.client("elasticache")

    @property
    def keys(self):
        return {
            "AWS_ACCESS_KEY_ID": self.account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.account.secret_access_key,
        }

    def start(self, folder, *arguments, answer=None, account=None, endpoint=None):
        """Start a run in a folder; what is typed first is the account's id. No endpoint: ""."""
        if endpoint is None:
            endpoint = self.account.endpoint_url
        process = subprocess.Popen(
            [
                sys.executable,
                str(SCRIPTS / "live.py"),
                *("--account", account or self.id, "--region", REGION, "--pace", "0.05"),
                *("--subnet-group", SUBNETS, "--security-group", SECURITY),
                *(("--endpoint", endpoint) if endpoint else ()),
                *arguments,
            ],
            cwd=folder,
            env={**os.environ, **self.keys},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        process.stdin.write(f"{self.id if answer is None else answer}\n")
        process.stdin.flush()
        return process

    def live(self, folder, *arguments, **more):
        """Run to the end; give exit code and output."""
        process = self.start(folder, *arguments, **more)
        out, _ = process.communicate(timeout=240)
        return process.returncode, out

    def holds(self):
        """Give what stands in the account, besides its own user."""
        client = self.client
        found = [
            *(one["UserId"] for one in client.describe_users()["Users"]),
            *(one["UserGroupId"] for one in client.describe_user_groups()["UserGroups"]),
            *(
                one["ReplicationGroupId"]
                for one in client.describe_replication_groups()["ReplicationGroups"]
            ),
            *(
                one["ServerlessCacheName"]
                for one in client.describe_serverless_caches()["ServerlessCaches"]
            ),
            *(
                one["CacheParameterGroupName"]
                for one in client.describe_cache_parameter_groups()["CacheParameterGroups"]
                if not one["CacheParameterGroupName"].startswith("default.")
            ),
        ]
        return sorted(one for one in found if one != "default")


@pytest.fixture(scope="session")
def service():
    with ElastiCacheLocal(engines=False, region=REGION) as running:
        yield running


@pytest.fixture
def sandbox(service):
    """Give an account of its own."""
    return Sandbox(service)


@pytest.fixture
def world(sandbox, tmp_path):
    """Give one side as the scripts see it."""
    place = Place(sandbox.id, REGION, SUBNETS, SECURITY, sandbox.account.endpoint_url, sandbox.keys)
    recorder = Recorder(tmp_path / "side.jsonl")
    yield World(place, Run("ab12cd", "seed"), recorder, Made(tmp_path / "made"), 0.02)
    recorder.close()
