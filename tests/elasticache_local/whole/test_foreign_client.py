"""It is so that a cluster client of other people's making works: Valkey GLIDE, written in Rust."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

glide = pytest.importorskip("glide_sync", reason="valkey-glide-sync has no wheel for this platform")

pytestmark = [pytest.mark.engines, pytest.mark.slow]
PASSWORD = "a-password-of-sixteen"
KEYS = [f"key:{n}" for n in range(200)]
WIDE = {
    "ReplicationGroupDescription": "d",
    "Engine": "valkey",
    "EngineVersion": "8.0",
    "NumNodeGroups": 2,
    "ReplicasPerNodeGroup": 1,
    "TransitEncryptionEnabled": True,
}
NOW = {"ApplyImmediately": True}


@contextlib.contextmanager
def connected(aws, endpoint, **credentials):
    tls = glide.TlsAdvancedConfiguration(root_pem_cacerts=Path(aws.ca_file).read_bytes())
    client = glide.GlideClusterClient.create(
        glide.GlideClusterClientConfiguration(
            [glide.NodeAddress(endpoint["Address"], endpoint["Port"])],
            use_tls=True,
            credentials=glide.ServerCredentials(**credentials),
            request_timeout=5000,
            advanced_config=glide.AdvancedGlideClusterClientConfiguration(
                connection_timeout=5000, tls_config=tls
            ),
        )
    )
    try:
        yield client
    finally:
        client.close()


def people(cloud):
    client = cloud.client
    login = {"Engine": "valkey", "AccessString": "on ~* &* +@all"}
    client.create_user(UserId="boss", UserName="boss", Passwords=[PASSWORD], **login)
    app = login | {"AccessString": "on ~app:* -@all +@read +@connection +cluster"}
    client.create_user(UserId="app", UserName="app", Passwords=[PASSWORD], **app)
    mode = {"AuthenticationMode": {"Type": "iam"}}
    client.create_user(UserId="robot", UserName="robot", **mode, **login)
    members = ["boss", "app", "robot"]
    client.create_user_group(UserGroupId="people", Engine="valkey", UserIds=members)
    cloud.user_group("people")


@pytest.fixture
def wide(cloud):
    """A cluster of two shards with a replica each, TLS and three users; its endpoint."""
    people(cloud)
    cloud.client.create_replication_group(
        ReplicationGroupId="wide", UserGroupIds=["people"], **WIDE
    )
    return cloud.group("wide")["ConfigurationEndpoint"]


def found(client):
    return [client.get(key) for key in KEYS]


def test_it_goes_on_through_failover_and_resharding(aws, cloud, wide):
    values = [key.encode() for key in KEYS]
    with connected(aws, wide, username="boss", password=PASSWORD) as client:
        for key in KEYS:
            client.set(key, key)
        cloud.client.test_failover(ReplicationGroupId="wide", NodeGroupId="0001")
        cloud.group("wide")
        after_failover = found(client)
        cloud.client.modify_replication_group_shard_configuration(
            ReplicationGroupId="wide", NodeGroupCount=3, **NOW
        )
        cloud.group("wide")

        assert after_failover == values
        assert found(client) == values
        assert len(client.custom_command(["CLUSTER", "SHARDS"])) == 3


def test_it_is_refused_as_anybody_is(aws, wide):
    with connected(aws, wide, username="app", password=PASSWORD) as client:
        assert client.get("app:1") is None
        with pytest.raises(glide.RequestError, match=r"(?i)noperm|no permissions"):
            client.set("app:1", "1")
        with pytest.raises(glide.RequestError, match="unknown command"):
            client.custom_command(["CONFIG", "GET", "*"])
    with (
        pytest.raises(glide.ClosingError),
        connected(aws, wide, username="app", password="a-wrong-password-16"),
    ):
        pass


def test_it_comes_in_with_an_iam_token_that_it_signs_itself(aws, cloud, wide, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", cloud.account.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", cloud.account.secret_access_key)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    iam = glide.IamAuthConfig(
        cluster_name="wide", service=glide.ServiceType.ELASTICACHE, region="eu-west-1"
    )

    with connected(aws, wide, username="robot", iam_config=iam) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"
