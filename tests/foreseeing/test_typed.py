"""``plan`` shows what is foreseen, ``apply`` refuses all of it at once and sends nothing."""

from __future__ import annotations

import pytest

from elasticache_local import ElastiCacheLocal
from reconciler.cli import run

SPEC = """\
version: 1
estate: shop
aws: {{account_id: "{account}", region: eu-west-1}}
users:
  app: {{engine: valkey, access_string: "on ~a:* {rights}", authentication_mode: {{type: iam}}}}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: {machine}
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
  fresh:
    replication_group_description: fresh
    engine: valkey
    engine_version: "{version}"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    here = tmp_path_factory.mktemp("foreseeing")
    data = here / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1", data_dir=data) as running:
        yield running, here


@pytest.fixture
def shop(local, monkeypatch):
    running, folder = local
    account = running.account()
    monkeypatch.chdir(folder)

    def write(**fields: str) -> str:
        said = {
            "rights": "+get",
            "machine": "cache.r7g.xlarge",
            "version": "8.1",
            "account": account.account_id,
            **fields,
        }
        (folder / "spec.yaml").write_text(SPEC.format(**said))
        return "spec.yaml"

    return running, account, write


def held(account, gib: float) -> None:
    account.client("cloudwatch").put_metric_data(
        Namespace="AWS/ElastiCache",
        MetricData=[
            {
                "MetricName": "BytesUsedForCache",
                "Dimensions": [
                    {"Name": "CacheClusterId", "Value": f"orders-00{node}"},
                    {"Name": "CacheNodeId", "Value": "0001"},
                ],
                "Value": gib * 1024**3,
            }
            for node in (1, 2)
        ],
    )


@pytest.mark.slow
def test_refusals_of_every_sort_come_together_and_nothing_is_sent(shop, capfd):
    running, account, write = shop
    assert run(["apply", "--yes", "--local", "-f", write()]) == 0
    held(account, 11.5)
    client = account.client("elasticache")
    client.delete_replication_group(ReplicationGroupId="fresh")
    running.control("clock", {"advance": 600})
    groups = client.describe_replication_groups
    spec = write(rights="+@all", machine="cache.r7g.large", version="8.7")
    capfd.readouterr()

    assert run(["plan", "--local", "-f", spec]) == 3
    page = " ".join(capfd.readouterr().out.split())
    assert run(["apply", "--yes", "--local", "-f", spec]) == 4
    told = " ".join(capfd.readouterr().err.split())

    for text in (
        "widens rights: 1 of 0 allowed",
        "would hold 11.50 GiB and cache.r7g.large has room for 9.80 GiB",
        "valkey 8.7 is not offered in eu-west-1",
    ):
        assert text in page
        assert text in told
    (group,) = groups()["ReplicationGroups"]
    assert group["CacheNodeType"] == "cache.r7g.xlarge"
    assert account.client("ssm").describe_parameters()["Parameters"] == []
