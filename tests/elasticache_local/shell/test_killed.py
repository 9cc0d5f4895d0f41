"""However it ends, an instance with a data dir goes on with all that was ever answered."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time

import boto3
import pytest
from botocore.config import Config

COMMAND = [sys.executable, "-m", "elasticache_local", "--no-engines", "--speed", "20"]
REST = ("available", "active", "failed", "create-failed")
LISTED = {
    "describe_users": {},
    "describe_user_groups": {},
    "describe_replication_groups": {},
    "describe_cache_clusters": {"ShowCacheNodeInfo": True},
    "describe_serverless_caches": {},
    "describe_snapshots": {},
    "describe_serverless_cache_snapshots": {},
    "describe_cache_subnet_groups": {},
    "describe_cache_parameters": {"CacheParameterGroupName": "own"},
    "describe_events": {"Duration": 20160},
}
PASSWORD = "a-password-of-sixteen"


class Run:
    """One process after the other in one folder."""

    def __init__(self, folder):
        self._folder = folder
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [*COMMAND, "--data-dir", str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = json.loads(self._process.stdout.readline())
        keys = line["access_key_id"], line["secret_access_key"]
        session = boto3.Session(*keys, region_name="eu-west-1")
        # Sent once: a call that a kill cuts off may have been done.
        config = Config(retries={"total_max_attempts": 1})
        self.client = session.client(
            "elasticache", endpoint_url=line["endpoint_url"], config=config
        )

    def end(self, number):
        self._process.send_signal(number)
        self._process.wait(30)
        self._process.stdout.close()

    def described(self):
        found = {name: getattr(self.client, name)(**more) for name, more in LISTED.items()}
        for answer in found.values():
            del answer["ResponseMetadata"]
        arns = [each["ARN"] for each in found["describe_users"]["Users"]]
        found["tags"] = [self.client.list_tags_for_resource(ResourceName=arn) for arn in arns]
        for answer in found["tags"]:
            del answer["ResponseMetadata"]
        return found

    def settled(self):
        end = time.monotonic() + 60
        while moving := sorted(set(statuses(found := self.described())) - set(REST)):
            assert time.monotonic() < end, moving
            time.sleep(0.05)
        return found


def statuses(found):
    for answer in found.values():
        for things in answer.values() if isinstance(answer, dict) else ():
            for thing in things if isinstance(things, list) else ():
                yield from (
                    thing[name]
                    for name in ("Status", "CacheClusterStatus", "SnapshotStatus")
                    if name in thing
                )


@pytest.fixture
def instance(tmp_path):
    running = Run(tmp_path / "data")
    yield running
    running.end(signal.SIGTERM)


def any_call(client, chance):
    """Make one call that changes something, if it may now; gives whether it was accepted."""
    name = f"n{chance.randrange(4)}"
    user = {"Engine": "valkey", "AccessString": "on ~* +@all", "Passwords": [PASSWORD]}
    group = {"ReplicationGroupDescription": "d", "Engine": "valkey", "NumCacheClusters": 2}
    calls = {
        client.create_user: {"UserId": name, "UserName": name, **user},
        client.modify_user: {"UserId": name, "AccessString": f"on ~{chance.random()}* +get"},
        client.delete_user: {"UserId": name},
        client.create_user_group: {"UserGroupId": name, "Engine": "valkey", "UserIds": [name]},
        client.create_replication_group: {"ReplicationGroupId": name, **group},
        client.modify_replication_group: {
            "ReplicationGroupId": name,
            "SnapshotRetentionLimit": chance.randrange(5),
            "ApplyImmediately": True,
        },
        client.create_serverless_cache: {"ServerlessCacheName": name, "Engine": "valkey"},
        client.create_snapshot: {"SnapshotName": f"{name}-s", "ReplicationGroupId": name},
        client.modify_cache_parameter_group: {
            "CacheParameterGroupName": "own",
            "ParameterNameValues": [
                {"ParameterName": "timeout", "ParameterValue": str(chance.randrange(900))}
            ],
        },
        client.add_tags_to_resource: {
            "ResourceName": f"arn:aws:elasticache:eu-west-1:123456789012:user:{name}",
            "Tags": [{"Key": "k", "Value": str(chance.random())}],
        },
    }
    call = chance.choice(list(calls))
    with contextlib.suppress(client.exceptions.ClientError):
        call(**calls[call])
        return True
    return False


def last_calls(client, word):
    """Change one of each thing that has no life cycle, and begin something that has one."""
    user = {"Engine": "valkey", "AccessString": f"on ~{word}* +get", "Passwords": [PASSWORD]}
    client.create_user(UserId=word, UserName=word, **user)
    client.create_serverless_cache(ServerlessCacheName=word, Engine="valkey")
    value = {"ParameterName": "timeout", "ParameterValue": str(len(word) + 100)}
    client.modify_cache_parameter_group(CacheParameterGroupName="own", ParameterNameValues=[value])
    arn = f"arn:aws:elasticache:eu-west-1:123456789012:user:{word}"
    client.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "word", "Value": word}])


def check_last_calls(client, word):
    [user] = client.describe_users(UserId=word)["Users"]
    assert user["AccessString"] == f"on ~{word}* -@all +get"
    assert client.list_tags_for_resource(ResourceName=user["ARN"])["TagList"] == [
        {"Key": "word", "Value": word}
    ]
    assert client.describe_serverless_caches(ServerlessCacheName=word)["ServerlessCaches"]
    parameters = client.describe_cache_parameters(CacheParameterGroupName="own")["Parameters"]
    [value] = [each for each in parameters if each["ParameterName"] == "timeout"]
    assert value["ParameterValue"] == str(len(word) + 100)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_what_was_answered_is_there_at_the_next_start(instance, number):
    own = {"CacheParameterGroupName": "own", "CacheParameterGroupFamily": "valkey8"}
    instance.client.create_cache_parameter_group(Description="d", **own)
    chance = random.Random(3)
    for word in ("once", "again"):
        assert sum(any_call(instance.client, chance) for _ in range(40)) > 5
        last_calls(instance.client, word)

        # The last one has been answered at this moment, and nothing has happened since.
        instance.end(number)
        instance.start()
        check_last_calls(instance.client, word)
        settled = instance.settled()

        instance.end(number)
        instance.start()
        assert instance.described() == settled
