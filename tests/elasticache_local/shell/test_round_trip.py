"""Control plane and engines together, as a client of the service meets them."""

import os
import signal
import subprocess
import time

import pytest
import redis
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from elasticache_local import ElastiCacheLocal

pytestmark = pytest.mark.engines
PASSWORD = "a-long-enough-password"


def until(done, seconds=30):
    end = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
    return found


def create_estate(client):
    """Make a group of two nodes with TLS, a password user, an IAM user and a shut default."""
    users = {
        "shut": {"UserName": "default", "AccessString": "off -@all", "Passwords": [PASSWORD]},
        "app": {"AccessString": "on ~app:* +@all", "Passwords": [PASSWORD]},
        "job": {"AccessString": "on ~* +@read", "AuthenticationMode": {"Type": "iam"}},
    }
    for user_id, user in users.items():
        client.create_user(**{"UserId": user_id, "UserName": user_id, "Engine": "valkey"} | user)
    client.create_user_group(UserGroupId="orders", Engine="valkey", UserIds=list(users))
    until(lambda: client.describe_user_groups()["UserGroups"][0]["Status"] == "active")
    client.create_replication_group(
        ReplicationGroupId="orders",
        ReplicationGroupDescription="orders",
        Engine="valkey",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        UserGroupIds=["orders"],
    )


def endpoint(client, which="PrimaryEndpoint"):
    def available():
        group = client.describe_replication_groups()["ReplicationGroups"][0]
        return group if group["Status"] == "available" else None

    return until(available)["NodeGroups"][0][which]


def connect(aws, at, user, password, **options):
    tls = {"ssl": True, "ssl_ca_certs": aws.ca_file}
    return redis.Redis(
        host=at["Address"],
        port=at["Port"],
        username=user,
        password=password,
        retry=None,
        decode_responses=True,
        **tls | options,
    )


def iam_token(aws, user):
    request = AWSRequest("GET", "https://orders/", params={"Action": "connect", "User": user})
    keys = Credentials(aws.ready["access_key_id"], aws.ready["secret_access_key"])
    SigV4QueryAuth(keys, "elasticache", aws.region, 900).add_auth(request)
    return request.prepare().url.removeprefix("https://")


def processes_of(pids):
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return [line for line in listed.splitlines() if "Z" not in line]


def test_what_the_api_made_is_what_clients_get_and_what_a_restart_keeps(tmp_path):
    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        create_estate(aws.client("elasticache"))
        primary = endpoint(aws.client("elasticache"))

        with connect(aws, primary, "app", PASSWORD) as client:
            client.set("app:1", "kept")
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.set("other", "x")
            with pytest.raises(redis.ResponseError, match="unknown command 'CONFIG'"):
                client.config_get("*")
        events = aws.client("elasticache").describe_events(SourceType="replication-group")
        assert any("the nearest engine" in each["Message"] for each in events["Events"])

        reader = endpoint(aws.client("elasticache"), "ReaderEndpoint")
        with connect(aws, reader, "app", PASSWORD) as client:
            until(lambda: client.get("app:1") == "kept")
        with connect(aws, primary, "job", iam_token(aws, "job")) as client:
            assert client.get("app:1") == "kept"
            assert aws.control("status")["connections"] == 1

        for user, password in [
            ("app", "wrong"),
            ("default", PASSWORD),
            ("job", PASSWORD),
            ("app", iam_token(aws, "app")),
            ("job", iam_token(aws, "app")),
        ]:
            with (
                connect(aws, primary, user, password) as client,
                pytest.raises(redis.AuthenticationError),
            ):
                client.ping()
        with (
            connect(aws, primary, "app", PASSWORD, ssl=False, ssl_ca_certs=None) as client,
            pytest.raises(redis.ConnectionError),
        ):
            client.ping()

    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        primary_again = endpoint(aws.client("elasticache"))
        with connect(aws, primary_again, "app", PASSWORD) as client:
            assert client.get("app:1") == "kept"
        assert primary_again == primary


def test_engines_end_with_a_killed_instance(tmp_path):
    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        create_estate(aws.client("elasticache"))
        endpoint(aws.client("elasticache"))
        [cache] = aws.control("status")["caches"]
        assert set(cache["pids"]) == {"orders-001", "orders-002"}

        os.kill(aws.ready["pid"], signal.SIGKILL)

        until(lambda: processes_of(cache["pids"].values()) == [])
