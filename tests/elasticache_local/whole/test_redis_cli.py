"""It is so that redis-cli gets through as a tutorial types it: plain, in cluster mode, with TLS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engines, pytest.mark.slow]
PASSWORD = "a-password-of-sixteen"
PLACES = [*os.environ.get("PATH", os.defpath).split(os.pathsep), str(Path(sys.executable).parent)]


def clients():
    """Give every redis-cli there is; those that speak TLS first, as not all were built with it."""
    found = [
        path
        for folder in PLACES
        for name in ("redis-cli", "valkey-cli")
        if (path := shutil.which(name, path=folder))
    ]
    return sorted(found, key=lambda path: "--tls" not in said("--help", cli=path))


WISH = {"ReplicationGroupDescription": "d", "Engine": "valkey", "EngineVersion": "8.0"}


def said(*words, cli=None):
    ended = subprocess.run(
        [str(cli or CLI), *map(str, words)], capture_output=True, text=True, timeout=20, check=False
    )
    return ended.stdout + ended.stderr


CLI = next(iter(clients()), None)
if CLI is None:
    pytest.skip("there is no redis-cli here", allow_module_level=True)
HAS_TLS = "--tls" in said("--help")


def at(endpoint):
    return "-h", endpoint["Address"], "-p", endpoint["Port"]


def test_it_reads_and_writes_and_is_told_of_no_hidden_command(cloud):
    cloud.client.create_replication_group(ReplicationGroupId="one", NumCacheClusters=2, **WISH)
    [shard] = cloud.group("one")["NodeGroups"]
    primary, reader = at(shard["PrimaryEndpoint"]), at(shard["ReaderEndpoint"])

    assert said(*primary, "SET", "key", "value") == "OK\n"
    assert said(*primary, "WAIT", "1", "5000") == "1\n"
    assert said(*reader, "GET", "key") == "value\n"
    assert "READONLY" in said(*reader, "SET", "key", "other")
    assert "unknown command 'CONFIG'" in said(*primary, "CONFIG", "GET", "*")


def test_it_follows_a_cluster(cloud):
    cloud.client.create_replication_group(ReplicationGroupId="wide", NumNodeGroups=2, **WISH)
    endpoint = at(cloud.group("wide")["ConfigurationEndpoint"])

    for n in range(10):
        assert said("-c", *endpoint, "SET", f"key:{n}", n).endswith("OK\n")
    assert [said("-c", *endpoint, "GET", f"key:{n}").split()[-1] for n in range(10)] == [
        str(n) for n in range(10)
    ]
    assert "cluster_state:ok" in said(*endpoint, "CLUSTER", "INFO")


@pytest.mark.skipif(not HAS_TLS, reason=f"{CLI} was built without TLS")
def test_it_logs_in_over_tls_and_not_without(aws, cloud):
    login = {"Engine": "valkey", "AccessString": "on ~* &* +@all"}
    cloud.client.create_user(UserId="app", UserName="app", Passwords=[PASSWORD], **login)
    cloud.client.create_user_group(UserGroupId="people", Engine="valkey", UserIds=["app"])
    cloud.user_group("people")
    cloud.client.create_replication_group(
        ReplicationGroupId="safe",
        NumCacheClusters=2,
        TransitEncryptionEnabled=True,
        UserGroupIds=["people"],
        **WISH,
    )
    primary = at(cloud.group("safe")["NodeGroups"][0]["PrimaryEndpoint"])
    tls = ("--tls", "--cacert", aws.ca_file)

    login = ("--user", "app", "--pass", PASSWORD, "--no-auth-warning")
    assert said(*primary, *tls, *login, "PING") == "PONG\n"
    assert "WRONGPASS" in said(*primary, *tls, "--user", "app", "--pass", "wrong", "PING")
    assert "PONG" not in said(*primary, *login, "PING")
