"""It is so that published tutorials run as printed, but for the steps that the service refuses."""

import contextlib

import botocore.session
import pytest
import redis
from botocore.credentials import Credentials
from botocore.model import ServiceId
from botocore.signers import RequestSigner
from dataplane import Wire
from terminal import Refused, Terminal

pytestmark = pytest.mark.engines
SPEED = 20
PASSWORD = "a-password-of-sixteen"
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
    '"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)
CONNECT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["elasticache:Connect"],'


@pytest.fixture(params=["botocore", pytest.param("aws", marks=pytest.mark.slow)])
def say(request, aws, cloud):
    return Terminal(cloud.account, aws.endpoint_url, by_cli=request.param == "aws")


def refused(say, line):
    with pytest.raises(Refused) as caught:
        say(line)
    return caught.value.code


@contextlib.contextmanager
def time_standing_still(aws):
    """Let what is under way stay under way, however slow the terminal is."""
    aws.control("clock", {"speed": 0.0001})
    yield
    aws.control("clock", {"speed": SPEED})


def token_for(account, cache, user):
    """An IAM token by botocore's signer, as AWS documents it for a serverless cache."""
    session = botocore.session.get_session()
    keys = Credentials(account.access_key_id, account.secret_access_key)
    signer = RequestSigner(
        ServiceId("elasticache"),
        "eu-west-1",
        "elasticache",
        "v4",
        keys,
        session.get_component("event_emitter"),
    )
    url = f"https://{cache}/?Action=connect&User={user}&ResourceType=ServerlessCache"
    signed = signer.generate_presigned_url(
        {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}},
        operation_name="connect",
        expires_in=900,
        region_name="eu-west-1",
    )
    return signed.removeprefix("https://")


CREATE_DISABLED = """aws elasticache create-replication-group \
  --replication-group-id Cluster-Mode-Disabled --replication-group-description first \
  --engine Valkey --cache-node-type cache.m6g.large --num-cache-clusters 3 \
  --automatic-failover-enabled --snapshot-retention-limit 30 """
CREATE_ENABLED = """aws elasticache create-replication-group \
  --replication-group-id cluster-mode-enabled --replication-group-description second \
  --engine valkey --engine-version 7.2 --cache-node-type cache.m6g.large \
  --num-node-groups 2 --replicas-per-node-group 1 --automatic-failover-enabled \
  --snapshot-retention-limit 30 --transit-encryption-enabled \
  --user-group-ids people --cache-parameter-group-name """


def test_a_group_without_cluster_mode_once_its_version_is_one_of_valkey(say, cloud, connect):
    assert refused(say, CREATE_DISABLED + "--engine-version 6.0") == "InvalidParameterValue"

    say(CREATE_DISABLED + "--engine-version 7.2")

    group = cloud.group("CLUSTER-mode-DISABLED")
    [shard] = group["NodeGroups"]
    roles = [node["CurrentRole"] for node in shard["NodeGroupMembers"]]
    told = connect(shard["PrimaryEndpoint"]).info("replication")
    online = [told[f"slave{n}"]["state"] for n in range(told["connected_slaves"])]
    assert group["ReplicationGroupId"] == "cluster-mode-disabled"
    assert sorted(roles) == ["primary", "replica", "replica"]
    assert (told["role"], online) == ("master", ["online", "online"])
    reply = Wire(shard["PrimaryEndpoint"]["Port"])
    assert reply.send(b"*1\r\n$4\r\nPING\r\n").line() == b"+PONG\r\n"
    reply.socket.close()


def test_users_and_a_clustered_group_once_its_parameter_group_is_one(say, cloud, connect):
    user = f"""aws elasticache create-user --engine Redis --passwords {PASSWORD}
        --access-string "on ~* +@all" """.replace("\n", " ")
    say(user + "--user-id default-2 --user-name default")
    say(user + "--user-id App-1 --user-name app")
    assert refused(say, user + "--user-id app-1 --user-name app") == "UserAlreadyExists"
    group = "aws elasticache create-user-group --user-group-id People --engine Redis --user-ids "
    assert refused(say, group + "app-1") == "DefaultUserRequired"
    say(group + "APP-1 default-2")
    cloud.user_group("people")

    named = CREATE_ENABLED + "default.valkey7.2.cluster.on"
    assert refused(say, named) == "CacheParameterGroupNotFound"
    say(CREATE_ENABLED + "default.valkey7.cluster.on")

    endpoint = cloud.group("cluster-mode-enabled")["ConfigurationEndpoint"]
    login = {"username": "app", "password": PASSWORD}
    client = connect(endpoint, cluster=True, tls=True, **login)
    assert client.ping(target_nodes=redis.RedisCluster.ALL_NODES)
    assert (
        client.cluster_info(target_nodes=redis.RedisCluster.DEFAULT_NODE)["cluster_state"] == "ok"
    )
    assert len(client.get_primaries()) == len(client.get_replicas()) == 2
    client.set("string", "value", ex=60)
    client.hset("hash", mapping={"a": "1", "b": "2"})
    assert (client.get("string"), client.hgetall("hash")) == ("value", {"a": "1", "b": "2"})
    assert 0 < client.ttl("string") <= 60
    with pytest.raises(redis.exceptions.RedisError):
        connect(endpoint, tls=True, username="nobody", password=PASSWORD).ping()
    plain = Wire(endpoint["Port"]).send(b"*1\r\n$4\r\nPING\r\n")
    assert plain.is_cut()
    plain.socket.close()


@pytest.mark.slow
def test_a_serverless_cache_with_iam_until_it_is_cleaned_up_in_an_order_that_works(
    say, aws, cloud, connect
):
    say("aws elasticache create-serverless-cache --serverless-cache-name Cache-01 --engine redis")
    say(
        "aws elasticache create-user --user-name default --user-id default-user-disabled "
        "--engine redis --authentication-mode Type=no-password-required "
        '--access-string "off +get ~keys*"'
    )
    say(
        "aws elasticache create-user --user-name iam-user-01 --user-id iam-user-01 "
        '--authentication-mode Type=iam --engine redis --access-string "on ~* +@all"'
    )
    say(
        "aws elasticache create-user-group --user-group-id iam-user-group-01 --engine redis "
        "--user-ids default-user-disabled iam-user-01"
    )
    cloud.user_group("iam-user-group-01")
    cloud.serverless("cache-01")
    say(
        "aws elasticache modify-serverless-cache --serverless-cache-name cache-01 "
        "--user-group-id iam-user-group-01"
    )
    say(
        "aws iam create-role --role-name elasticache-iam-auth-app "
        f"--assume-role-policy-document '{TRUST}'"
    )
    shown = cloud.serverless("cache-01")
    resources = f'"Resource":["{shown["ARN"]}","*"]}}]}}'
    say(
        "aws iam put-role-policy --role-name elasticache-iam-auth-app --policy-name connect "
        f"--policy-document '{CONNECT + resources}'"
    )
    answer = say("aws iam get-role --role-name elasticache-iam-auth-app")
    assert answer["Role"]["RoleName"] == "elasticache-iam-auth-app"

    token = token_for(cloud.account, "cache-01", "iam-user-01")
    login = {"username": "iam-user-01", "password": token}
    client = connect(shown["Endpoint"], cluster=True, tls=True, **login)
    client.set("key", "value")
    assert client.get("key") == "value"
    with pytest.raises(redis.exceptions.RedisError):
        connect(shown["Endpoint"], tls=True).ping()
    elsewhere = token_for(cloud.account, "cache-02", "iam-user-01")
    with pytest.raises(redis.exceptions.AuthenticationError):
        connect(shown["Endpoint"], tls=True, username="iam-user-01", password=elsewhere).ping()

    drop_user = "aws elasticache delete-user --user-id default-user-disabled"
    drop_group = "aws elasticache delete-user-group --user-group-id iam-user-group-01"
    assert refused(say, drop_user) == "DefaultUserAssociatedToUserGroup"
    with time_standing_still(aws):
        say("aws elasticache delete-serverless-cache --serverless-cache-name cache-01")
        assert refused(say, drop_group) == "InvalidUserGroupState"
    cloud.gone(lambda: cloud.client.describe_serverless_caches(ServerlessCacheName="cache-01"))
    say(drop_group)
    cloud.gone(lambda: cloud.client.describe_user_groups(UserGroupId="iam-user-group-01"))
    say(drop_user)
    say("aws elasticache delete-user --user-id iam-user-01")
    for user in ("default-user-disabled", "iam-user-01"):
        cloud.gone(lambda user=user: cloud.client.describe_users(UserId=user))
