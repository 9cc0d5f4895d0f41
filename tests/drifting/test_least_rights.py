"""Rounds over HTTP with IAM deciding: the printed policy is enough, and every call is in it."""

from __future__ import annotations

import json

import pytest
from iam import keys_with, recording

from elasticache_local import ElastiCacheLocal
from reconciler.cli import run

pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "%s", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
  ops:
    engine: valkey
    access_string: "on ~o:* +get"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/ops}, {ssm: /shop/ops}]}
user_groups:
  people: {engine: valkey, user_ids: [app, ops]}
cache_subnet_groups:
  private: {cache_subnet_group_description: of the shop, subnet_ids: [subnet-0123456789abcdef0]}
cache_parameter_groups:
  settings:
    cache_parameter_group_family: valkey8
    description: settings
    parameters: {maxmemory-policy: allkeys-lru}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    cache_subnet_group_name: private
    cache_parameter_group_name: settings
    user_group_ids: [people]
    publish: ssm:/shop/orders
serverless_caches:
  carts: {engine: valkey, major_engine_version: "8", user_group_id: people}
cache_clusters:
  pages: {engine: memcached, cache_node_type: cache.t4g.micro, num_cache_nodes: 1}
iam_roles:
  shop-app:
    trust: [lambda.amazonaws.com]
    replication_group_ids: [orders]
    user_ids: [app]
    secrets: ["secretsmanager:shop/ops"]
"""
MEMORY = "s3://watch/drift/shop.json"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """An instance of its own in which IAM decides, an estate of all kinds, and a bucket."""
    here = tmp_path_factory.mktemp("guarded")
    data = here / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1", data_dir=data) as running:
        account = running.account()
        (here / "spec.yaml").write_text(SPEC % account.account_id)
        assert run(["-C", str(here), "apply", "--local", "--yes", "-f", "spec.yaml"]) == 0
        account.client("s3").create_bucket(
            Bucket="watch", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        running.control("iam", {"enforce": True})
        yield running, account, here


@pytest.fixture
def calls(monkeypatch):
    """Every call that boto3 makes, as IAM names it."""
    return recording(monkeypatch)


def watcher(running, account, here, *options):
    """Give the document that is printed, and keys of a user that has it and nothing else."""
    import contextlib  # noqa: PLC0415 - only here
    import io  # noqa: PLC0415

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        asked = ["-C", str(here), "iam-policy", "--for", "drift", "-f", "spec.yaml", *options]
        assert run(asked) == 0
    document = json.loads(out.getvalue())
    allowed = {action for one in document["Statement"] for action in one["Action"]}
    return allowed, keys_with(running, account, f"watcher{len(options)}", document)


@pytest.mark.parametrize(
    ("policy", "options"),
    [
        ((), ("--memory", "drift.json")),
        (("--with", "who"), ("--memory", "drift.json", "--who")),
        (("--with", "who", "--memory", MEMORY), ("--memory", MEMORY, "--who", "--html", "site")),
    ],
    ids=["plain", "who", "bucket"],
)
def test_a_round_is_allowed_by_what_is_printed_and_calls_nothing_else(
    guarded, calls, monkeypatch, capfd, policy, options
):
    running, account, here = guarded
    allowed, keys = watcher(running, account, here, *policy)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    ours = account.client("elasticache")

    def look():
        calls.clear()
        code = run(["-C", str(here), "drift", "-f", "spec.yaml", "--format", "json", *options])
        told = capfd.readouterr()
        assert code in (0, 3), told.err + told.out
        assert "can't be told" not in told.out
        return json.loads(told.out), {call.action for call in calls}

    first, asked = look()
    assert first["drifted"] == [], first
    running.control("clock", {"advance": 600})
    calls.clear()
    ours.modify_user(UserId="app", AccessString=f"on ~{len(policy)} +@all")
    ours.delete_serverless_cache(ServerlessCacheName="carts")
    assert len(calls) == 2  # what is noted is noted
    running.control("clock", {"advance": 600})
    second, more = look()
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert run(["-C", str(here), "apply", "--local", "--yes", "-f", "spec.yaml"]) == 0

    assert {one["address"] for one in second["drifted"]} == {"user/app", "serverless_cache/carts"}
    assert (asked | more) - {"sts:GetCallerIdentity"} <= allowed
    written = [one for one in asked | more if not one.split(":")[1].startswith(_READS)]
    assert written == (["s3:PutObject"] if MEMORY in options else [])
    if "--who" in options:
        assert "cloudtrail:LookupEvents" in more
        [edited] = [one for one in second["drifted"] if one["fields"]]
        assert edited["fields"][0]["by"]["call"] == "ModifyUser"


_READS = ("Describe", "List", "Get", "Lookup")
