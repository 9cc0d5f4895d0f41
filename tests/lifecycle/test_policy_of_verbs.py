"""Each verb over HTTP with IAM deciding: what is printed for it is enough, and each call in it."""

from __future__ import annotations

import contextlib
import io
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
    authentication_mode:
      type: password
      passwords: [{secretsmanager: shop/ops, key: k, create: true}, {ssm: /shop/ops, create: true}]
user_groups:
  people: {engine: valkey, user_ids: [app, ops]}
cache_subnet_groups:
  private: {cache_subnet_group_description: of the shop, subnet_ids: [subnet-0123456789abcdef0]}
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
    parameters: {timeout: "300"}
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
    managed_policy_arns: ["arn:aws:iam::aws:policy/AmazonElastiCacheReadOnlyAccess"]
    secrets: ["secretsmanager:shop/ops"]
"""


class Typed:
    """Commands in one folder, as a role that has what is printed for it."""

    def __init__(self, running, folder, calls, monkeypatch) -> None:
        self.running, self.folder, self._calls, self._env = running, folder, calls, monkeypatch
        self.account = running.account(subnet_ids=["subnet-0123456789abcdef0"])
        self.spec = folder / f"{self.account.account_id}.yaml"
        self.spec.write_text(SPEC % self.account.account_id)
        self._roles = 0

    def __call__(
        self, policy: tuple[str, ...], *words: str, beyond: frozenset[str] = frozenset()
    ) -> tuple[int, str]:
        """Run as a role that has what ``iam-policy`` prints for these options, held to that.

        ``beyond`` is asked for all the same, and denied.
        """
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            assert run(["iam-policy", *policy, "-f", str(self.spec)]) == 0
        document = json.loads(out.getvalue())
        self._roles += 1
        keys = keys_with(self.running, self.account, f"role{self._roles}", document)
        told = io.StringIO()
        self._calls.clear()
        with self._env.context() as env:
            env.setenv("AWS_ENDPOINT_URL", self.running.endpoint_url)
            env.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
            env.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
                code = run([*words, "-f", str(self.spec)])
        may = {action for one in document["Statement"] for action in one["Action"]}
        asked = {call.action for call in self._calls} - {"sts:GetCallerIdentity"}
        assert asked - may == beyond, told.getvalue()
        return code, told.getvalue()


@pytest.fixture
def typed(tmp_path, monkeypatch):
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1") as running:
        monkeypatch.chdir(tmp_path)
        made = Typed(running, tmp_path, recording(monkeypatch), monkeypatch)
        running.control("iam", {"enforce": True})
        yield made


APPLY, DELETE = ("--for", "apply"), ("--for", "apply", "--with", "delete")
FORGET, PLAN = ("--for", "apply", "--with", "forget"), ("--for", "plan")


def test_every_verb_of_an_estates_life_does_with_what_is_printed_for_it(typed):
    code, told = typed(APPLY, "apply", "--yes")
    assert code == 0, told
    for words in (["plan"], ["output"]):
        code, told = typed(PLAN, *words)
        assert code == 0, told
    for words in (["status"], ["unlock"]):
        code, told = typed((*PLAN, "--with", "status"), *words)
        assert (code, "can't be had" in told) == (0, False), told
    some = ["pages", "shop-app", "ssm_parameter//shop/orders", "ops"]
    code, told = typed(FORGET, "forget", "--yes", *some[:2], some[3])
    assert code == 0, told
    code, told = typed(APPLY, "adopt", "--yes", *some[:2], some[3])
    assert code == 0, told
    text = typed.spec.read_text()
    typed.spec.write_text(text.replace("timeout:", "tcp-keepalive:").replace(", ops]", "]"))
    code, told = typed(APPLY, "apply", "--yes")
    assert code == 0, told
    gone = typed.spec.read_text().replace("    publish: ssm:/shop/orders\n", "")
    typed.spec.write_text(gone)
    code, told = typed(
        DELETE, "apply", "--yes", "--prune", "--allow", "delete:ssm_parameter//shop/orders"
    )
    assert code == 0, told
    code, told = typed(DELETE, "destroy", "--yes", "--estate", "shop")
    assert code == 0, told


def test_what_a_policy_does_not_hold_is_refused_with_the_way(typed):
    assert typed(APPLY, "apply", "--yes")[0] == 0

    with pytest.raises(AssertionError, match="RemoveTagsFromResource"):
        typed(APPLY, "forget", "--yes", "pages")
    with pytest.raises(AssertionError, match="DeleteUser"):
        typed(APPLY, "destroy", "--yes", "--estate", "shop", "--target", "ops")


def test_an_import_by_a_role_that_only_plans_says_which_roles_it_could_not_look_for(typed):
    assert typed(APPLY, "apply", "--yes")[0] == 0
    search = frozenset({"iam:GetAccountAuthorizationDetails"})

    code, told = typed(PLAN, "import", "--all", beyond=search)
    assert code == 0, told
    said = "iam_roles: GetAccountAuthorizationDetails answered AccessDenied"
    assert f"# Not here: {said}; name each, reconcile import iam_role/NAME." in told
    assert f"not in it: {said}" in told
    assert "\niam_roles:" not in told

    code, told = typed(PLAN, "import", "iam_role/shop-app")
    assert code == 0, told
    assert "iam_roles:\n  shop-app:\n" in told
    assert "    replication_group_ids: [orders]\n" in told
