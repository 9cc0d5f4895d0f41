"""``reconcile iam-policy`` as it is typed: under it, with IAM enforced, the work is done."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from iam import keys_with, recording, unused

from elasticache_local import ElastiCacheLocal
from reconciler.cli import run

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
  ops:
    engine: valkey
    access_string: "on ~o:* +get"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/ops}, {ssm: /shop/ops}]}
user_groups:
  people: {engine: valkey, user_ids: [app, ops]}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
"""


@pytest.fixture
def recorded(monkeypatch):
    """Every call that boto3 makes, by IAM's action."""
    return recording(monkeypatch)


ONLY_WHEN_NEEDED = {
    # Which changes are sent depends on what differs: test_policy.py takes every transition.
    "ModifyUser",
    "ModifyUserGroup",
    "ModifyReplicationGroup",
    "IncreaseReplicaCount",
    "DecreaseReplicaCount",
    "ModifyReplicationGroupShardConfiguration",
    "DescribeEvents",
    "ListTagsForResource",
    "AddTagsToResource",
    "DescribeCacheParameters",
    "DescribeSnapshots",
    "DescribeServerlessCacheSnapshots",
    # So does what is looked up before it.
    "ListServiceQuotas",
    "DescribeCacheEngineVersions",
    "ListAllowedNodeTypeModifications",
    "DescribeEngineDefaultParameters",
    "DescribeUpdateActions",
    "GetMetricData",
    # No API call: IAM judges it when a client logs in.
    "Connect",
}


@pytest.mark.parametrize(
    "verb",
    [*(pytest.param(one, marks=pytest.mark.slow) for one in ("plan", "drift", "verify")), "apply"],
)
def test_what_a_command_asks_over_http_is_allowed_and_nothing_else_is(estate, recorded, verb):
    shop = estate(SPEC)
    if verb != "apply":
        shop("apply", "--yes")
    allowed = shop.folder("iam-policy", "--for", verb, "-f", shop.spec).json
    recorded.clear()

    shop(verb, *(["--yes"] if verb == "apply" else []))

    asked = {call.action for call in recorded} - {"sts:GetCallerIdentity"}
    assert asked
    may = {action for one in allowed["Statement"] for action in one["Action"]}
    assert asked - may == set()
    left = unused(allowed, recorded)
    assert {one for one in left if one.split(":")[1] not in ONLY_WHEN_NEEDED} == set()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """An instance of its own, in which IAM decides; its root key, and a folder."""
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1") as running:
        yield running, tmp_path_factory.mktemp("guarded")


@pytest.mark.slow
def test_with_exactly_this_policy_and_iam_enforced_an_estate_is_brought_about(
    guarded, monkeypatch, capfd
):
    running, folder = guarded
    account = running.account(
        secrets=[
            {"store": "secretsmanager", "id": "shop/ops", "keys": []},
            {"store": "ssm", "id": "/shop/ops", "keys": []},
        ]
    )
    monkeypatch.chdir(folder)
    spec = folder / "spec.yaml"
    spec.write_text(SPEC.replace("{account}", account.account_id))
    documents = {}
    for purpose in ("plan", "apply"):
        assert run(["iam-policy", "--for", purpose, "-f", str(spec)]) == 0
        documents[purpose] = json.loads(capfd.readouterr().out)
    stranger = account.client("elasticache")
    for ident in ("stranger", "app"):
        stranger.create_user(
            UserId=ident, UserName=ident, Engine="valkey", AccessString="off -@all",
            AuthenticationMode={"Type": "iam"},
        )  # fmt: skip
    applier = keys_with(running, account, "applier", documents["apply"])
    planner = keys_with(running, account, "planner", documents["plan"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint_url)

    def become(keys):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)

    running.control("iam", {"enforce": True})
    try:
        ours = applier.client("elasticache")
        for ident in ("stranger", "app"):
            with pytest.raises(ClientError, match="AccessDenied"):
                ours.modify_user(UserId=ident, AccessString="on ~* +@all")
        stranger.delete_user(UserId="app")
        running.control("clock", {"advance": 600})
        become(applier)
        assert run(["apply", "--yes", "-f", str(spec)]) == 0, capfd.readouterr().err
        spec.write_text(
            spec.read_text()
            .replace("~o:* +get", "~o:* +@read")
            .replace("num_cache_clusters: 2", "num_cache_clusters: 3")
        )
        assert run(["apply", "--yes", "-f", str(spec), "--allow", "widen:user/ops"]) == 0
        become(planner)
        assert run(["plan", "-f", str(spec)]) == 0
        assert run(["drift", "-f", str(spec)]) == 0
        with pytest.raises(ClientError, match="AccessDenied"):
            planner.client("elasticache").modify_user(UserId="ops", AccessString="off -@all")
        with pytest.raises(ClientError, match="AccessDenied"):
            planner.client("secretsmanager").get_secret_value(SecretId="shop/ops")
        with pytest.raises(ClientError, match="AccessDenied"):
            applier.client("elasticache").delete_user(UserId="ops")
    finally:
        running.control("iam", {"enforce": False})


def test_an_unknown_purpose_and_two_roles_are_told(estate):
    role = "arn:aws:iam::123456789012:role"
    roles = f"role_arn: {{read: '{role}/read', write: '{role}/write'}}"
    shop = estate(SPEC.replace("region: eu-west-1}", f"region: eu-west-1, {roles}}}"))

    wrong = shop.folder("iam-policy", "--for", "destroy", "-f", shop.spec)
    told = shop.folder("iam-policy", "--for", "apply", "-f", shop.spec)
    trusted = shop.folder("iam-policy", "--for", "apply", "--trust", "-f", shop.spec)

    assert (wrong.code, wrong.out) == (2, "")
    assert "plan, apply, verify, drift" in wrong.err
    assert "two roles" in told.err
    assert trusted.json["Statement"][0]["Action"] == "sts:AssumeRole"
