"""``destroy``, ``--prune``, ``--now`` and making anew as they are typed, over HTTP."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  old-default:
    engine: redis
    user_name: default
    access_string: "off -@all"
    authentication_mode: {type: no-password-required}
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
  late: {engine: valkey, access_string: "on ~l:* +get", authentication_mode: {type: iam}}
user_groups:
  people: {engine: valkey, user_ids: [app, late]}
  older: {engine: redis, user_ids: [old-default]}
cache_parameter_groups:
  shop-valkey8:
    cache_parameter_group_family: valkey8
    description: shop
    parameters: {timeout: "60"}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.0"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    cache_parameter_group_name: shop-valkey8
    user_group_ids: [people]
serverless_caches:
  carts: {engine: valkey, major_engine_version: "8", user_group_id: people}
cache_clusters:
  pages: {engine: memcached, cache_node_type: cache.t4g.small, num_cache_nodes: 2}
"""
SMALL = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
serverless_caches:
  carts: {engine: valkey, major_engine_version: "8"}
"""
YES = ("--yes", "--estate", "shop")


def shown(shop):
    """Everything that the service shows of an account, with tags, without what counts by itself."""
    client, found = shop.aws(), {}
    for operation, key in (
        ("describe_users", "Users"),
        ("describe_user_groups", "UserGroups"),
        ("describe_cache_parameter_groups", "CacheParameterGroups"),
        ("describe_replication_groups", "ReplicationGroups"),
        ("describe_serverless_caches", "ServerlessCaches"),
        ("describe_cache_clusters", "CacheClusters"),
    ):
        found[key] = json.loads(json.dumps(getattr(client, operation)()[key], default=str))
    tagged = shop.aws("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    found["tags"] = sorted(str(one) for one in tagged if one["Tags"])
    return found


def strangers(shop):
    """Things of somebody else in the same account."""
    client = shop.aws()
    client.create_user(
        UserId="theirs",
        UserName="theirs",
        Engine="valkey",
        AccessString="on ~t:* +get",
        AuthenticationMode={"Type": "iam"},
    )
    client.create_user_group(UserGroupId="their-people", Engine="valkey", UserIds=["theirs"])
    tags = [{"Key": "reconciler:estate", "Value": "another"}]
    client.create_serverless_cache(ServerlessCacheName="theirs", Engine="valkey", Tags=tags)
    shop.control("clock", {"advance": 3600})


@pytest.mark.slow
def test_what_an_estate_made_is_taken_down_and_nothing_else_is_touched(estate):
    shop = estate(SPEC)
    strangers(shop)
    before = shown(shop)
    assert shop("apply", "--yes").code == 0

    ended = shop("destroy", *YES, "--format", "json")

    assert ended.code == 0, ended.err
    assert ended.json["planned_again_empty"] is True
    assert ended.json["kept_snapshots"] == ["carts-final-1", "orders-final-1"]
    assert sorted(ended.json["settled"]) == [
        "cache_cluster/pages",
        "cache_parameter_group/shop-valkey8",
        "replication_group/orders",
        "serverless_cache/carts",
        "user/app",
        "user/late",
        "user/old-default",
        "user_group/older",
        "user_group/people",
    ]
    # Each was sent once: nothing was tried in an order that the service refuses.
    assert ended.json["writes"] == len(ended.json["settled"])
    shop.control("clock", {"advance": 3600})
    assert shown(shop) == before
    assert shop("destroy", *YES).out.endswith("No changes. Nothing of shop is left to delete.\n")


@pytest.mark.slow
def test_a_cache_that_was_destroyed_is_made_again_from_what_was_kept(estate):
    shop = estate(SMALL)
    shop("apply", "--yes")
    shop("destroy", *YES)
    shop.control("clock", {"advance": 600})

    told = shop("plan").out

    assert "carts begins empty; carts-final-1 is a snapshot of the one before" in told


@pytest.mark.parametrize("given", [[], ["--yes"], ["--yes", "--estate", "web"]])
def test_without_a_terminal_the_name_has_to_be_given(estate, given):
    ended = estate(SMALL)("destroy", *given)

    assert ended.code == 2
    assert "--estate" in ended.err


@pytest.mark.slow
@pytest.mark.parametrize(("word", "code"), [("shop", 0), ("yes", 4)])
def test_on_a_terminal_the_name_is_typed(estate, word, code):
    shop = estate(SMALL)
    shop("apply", "--yes")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "destroy", "--local", "-f", shop.spec],
        cwd=shop.folder.path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.write(ours, f"{word}\n".encode())
        _, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert process.returncode == code, err
    assert "Type the estate's name, shop:" in err
    left = shop.aws().describe_serverless_caches()["ServerlessCaches"]
    assert bool(left) is bool(code)


@pytest.mark.slow
def test_what_is_protected_stops_all_of_it(estate):
    shop = estate(
        SMALL.replace(
            "serverless_caches:", "safety: {protect: [serverless_cache/carts]}\nserverless_caches:"
        )
    )
    shop("apply", "--yes")

    ended = shop("destroy", *YES)

    assert ended.code == 4
    assert "safety.protect names it" in ended.err
    assert shop.aws().describe_serverless_caches()["ServerlessCaches"]


@pytest.mark.slow
def test_what_a_stranger_would_feel_is_destroyed_with_the_line_that_is_printed(estate):
    shop = estate(SPEC)
    assert shop("apply", "--yes").code == 0
    shop.aws().create_user_group(UserGroupId="theirs", Engine="valkey", UserIds=["app"])
    shop.control("clock", {"advance": 600})

    refused = shop("destroy", *YES)
    assert refused.code == 4
    [line] = [one for one in refused.err.splitlines() if one.startswith("--allow")]
    consent = line.split()[:2]
    assert consent == ["--allow", "touch:user/app"]
    ended = shop("destroy", *YES, *consent)

    assert ended.code == 0, ended.err
    groups = shop.aws().describe_user_groups()["UserGroups"]
    assert [one["UserGroupId"] for one in groups] == ["theirs"]


@pytest.mark.slow
def test_a_plan_of_it_is_destroyed_and_never_applied(estate):
    shop = estate(SMALL)
    shop("apply", "--yes")
    assert shop("plan", "--destroy", "--no-final-snapshot", "--out", "d.json").code == 3

    applied = shop.folder("apply", "d.json", "--yes", "--local")
    more = shop.folder("destroy", "d.json", *YES, "--target", "carts", "--local")
    ended = shop.folder("destroy", "d.json", *YES, "--local", "--format", "json")

    assert (applied.code, more.code, ended.code) == (2, 2, 0), ended.err
    assert ended.json["kept_snapshots"] == []
    assert shop.folder("destroy", "d.json", *YES, "--local").code == 0


@pytest.mark.slow
def test_pruning_lists_first_and_takes_the_line_that_it_prints(estate):
    shop = estate(SPEC.replace("user_ids: [app, late]", "user_ids: [app]"))
    shop("apply", "--yes")
    path = shop.folder.path / shop.spec
    path.write_text("\n".join(one for one in path.read_text().split("\n") if "  late:" not in one))

    plain = shop("plan")
    pruning = shop("plan", "--prune")
    refused = shop("apply", "--prune", "--yes")
    others = shop("plan", "--prune", "--target", "app", "--format", "json")
    ended = shop("apply", "--prune", "--yes", "--allow", "delete:user/late")

    assert (plain.code, pruning.code, refused.code, ended.code) == (0, 3, 4, 0)
    assert "user/late" in plain.out
    assert "user/late will be deleted" in pruning.out
    assert "--allow delete:user/late" in refused.err
    assert others.json["changes"] == []
    assert "late" not in {one["UserId"] for one in shop.aws().describe_users()["Users"]}


@pytest.mark.slow
def test_what_waits_is_brought_forward_where_that_is_asked_for(estate):
    shop = estate(SPEC)
    shop("apply", "--yes")
    path = shop.folder.path / shop.spec
    path.write_text(path.read_text().replace('engine_version: "8.0"', 'engine_version: "8.1"'))
    shop("apply", "--yes")

    waiting = shop("plan").out
    idle = shop("plan", "--now", "pages")
    ended = shop("apply", "--now", "orders", "--yes")

    assert (idle.code, ended.code) == (2, 0), ended.err
    assert "what waits: replication_group/orders (engine_version)" in idle.err
    sooner = f"reconcile apply --local -f {shop.spec} --now replication_group/orders"
    assert f"sooner: {sooner}" in waiting
    (one, _) = shop.aws().describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"][:2]
    assert one["EngineVersion"].startswith("8.1")
    assert "PendingModifiedValues" not in one or not one["PendingModifiedValues"]


@pytest.mark.slow
def test_a_cache_is_made_anew_when_that_is_agreed_to(estate):
    shop = estate(SMALL)
    shop("apply", "--yes")
    path = shop.folder.path / shop.spec
    path.write_text(path.read_text().replace('"8"}', '"8", network_type: dual_stack}'))

    refused = shop("apply", "--yes")
    out = shop("plan", "--allow", "replace:serverless_cache/carts", "--out", "p.json")
    unsaid = shop.folder("apply", "p.json", "--yes", "--local")
    ended = shop.folder(
        "apply", "p.json", "--yes", "--local", "--allow", "replace:serverless_cache/carts"
    )

    assert (refused.code, out.code, unsaid.code, ended.code) == (4, 3, 4, 0), ended.err
    assert "--allow replace:serverless_cache/carts" in refused.err
    assert "carts can't be changed in place: it will be made anew, 3 steps" in out.out
    (made,) = shop.aws().describe_serverless_caches()["ServerlessCaches"]
    assert made["NetworkType"] == "dual_stack"
