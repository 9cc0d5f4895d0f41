"""A rotation is proven from where each cache is looked at: by the runner that its spec names."""

from __future__ import annotations

import pytest
from commandline import make_folder

pytest.importorskip("awslambdaric", reason="AWS publishes its runtime client for Linux only")
pytestmark = [pytest.mark.slow, pytest.mark.engines]

SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@connection -@dangerous"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/app, key: password}]}
user_groups:
  people: {engine: valkey, user_ids: [app]}
cache_subnet_groups:
  private: {cache_subnet_group_description: private, subnet_ids: [subnet-0a1b2c3d]}
replication_groups:
  inside:
    replication_group_description: seen from inside
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.t4g.small
    num_cache_clusters: 1
    automatic_failover_enabled: false
    cache_subnet_group_name: private
    security_group_ids: [sg-0a1b2c3d]
    transit_encryption_enabled: true
    user_group_ids: [people]
    verify: {via: "lambda:shop-verify"}
"""
ROTATE = ("rotate", "user/app", "--local", "--yes")


@pytest.fixture
def folder(tmp_path):
    made = make_folder(tmp_path / "folder")
    (made.path / "specs" / "shop.yaml").write_text(SPEC)
    up = made.run("local", "up", "--speed", "20")
    assert up.code == 0, up.err
    yield made
    made.run("local", "down", "-q")
    assert made.emptied() == []


def test_nothing_is_handed_out_before_the_runner_has_logged_in(folder):
    applied = folder.run("apply", "--local", "--yes")
    assert applied.code == 0, applied.err

    without = folder.run(*ROTATE)
    assert without.code == 6, without.out + without.err
    assert "runner deploy" in " ".join(without.out.split()), without.out
    deployed = folder.run("runner", "deploy", "--local", "--yes")
    assert deployed.code == 0, deployed.err
    begun = folder.run(*ROTATE)
    assert begun.code == 7, begun.out + begun.err
    done = folder.run(*ROTATE, "--finish")

    assert done.code == 0, done.out + done.err
    assert "user app with its retired password: refused" in done.out + done.err
