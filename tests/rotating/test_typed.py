"""``reconcile rotate`` as it is typed, against real engines; no secret shows in what it leaves."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from elasticache_local import ElastiCacheLocal
from reconciler.cli import run

pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "%s", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@write +@connection -@dangerous"
    authentication_mode: {type: password, passwords: [{secretsmanager: prod/app, key: password}]}
  made:
    engine: valkey
    access_string: "on ~made:* -@all +@read"
    authentication_mode:
      {type: password, passwords: [{ssm: /prod/made, create: true}]}
  shell:
    engine: valkey
    access_string: "on ~sh:* -@all +@read"
    authentication_mode: {type: password, passwords: [{env: SHELL_PASSWORD}]}
user_groups:
  people: {engine: valkey, user_ids: [app, made, shell]}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.t4g.micro
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    user_group_ids: [people]
  catalog:
    replication_group_description: catalog
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.t4g.micro
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
    auth_token: {secretsmanager: prod/catalog, key: token}
"""


@dataclass
class Ended:
    code: int
    out: str
    err: str


class Shop:
    """A folder with a spec and a local ElastiCache; remembers all that was ever shown."""

    def __init__(self, folder: Path, running: ElastiCacheLocal) -> None:
        self.folder, self.running = folder, running
        self.account = running.account()
        self.shown = ""
        (folder / "shop.yaml").write_text(SPEC % self.account.account_id)

    def __call__(self, *words: str) -> Ended:
        out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run([*words, "-f", "shop.yaml", "--local"])
        finally:
            os.chdir(here)
        self.shown += out.getvalue() + err.getvalue()
        return Ended(code, out.getvalue(), err.getvalue())

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def values(self) -> list[str]:
        """Every secret value that there is or was."""
        kept, found = self.client("secretsmanager"), []
        for name in ("prod/app", "prod/catalog"):
            versions = kept.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)
            for version in versions["Versions"]:
                told = kept.get_secret_value(SecretId=name, VersionId=version["VersionId"])
                found += json.loads(told["SecretString"]).values()
        history = self.client("ssm").get_parameter_history(Name="/prod/made", WithDecryption=True)
        return found + [one["Value"] for one in history["Parameters"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rotating")
    data = folder / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(engines=True, speed=50, region="eu-west-1", data_dir=data) as running:
        made = Shop(folder, running)
        assert made("apply", "--yes").code == 0, made.shown
        yield made


def rotated(shop: Shop, address: str) -> None:
    """Rotate to the gate and through it, looking from outside at each stop."""
    gate = shop("rotate", address, "--yes", "--log", "json", "-vv")
    assert gate.code == 7, gate.err
    assert "password 2: logs in" in gate.out
    assert shop("plan").code == 3
    assert shop("drift").code == 0
    assert shop("verify", "--only", "login", "--only", "retired").code == 0
    assert shop("rotate", address, "--yes").code == 7

    done = shop("rotate", address, "--finish", "--yes")
    assert done.code == 0, done.out + done.err
    assert "retired" in done.out
    assert shop("plan").code == 0
    told = shop("rotate", address, "--verify-only", "--format", "json")
    found = json.loads(told.out)
    assert (told.code, found["end"], found["refuted"], found["not_proven"]) == (0, "done", [], [])
    assert any("retired" in one and "refused" in one for one in found["proven"])


def test_a_users_password_a_made_one_and_a_token_are_rotated_as_a_person_types_it(shop):
    assert "{ssm: /prod/made} was made, with a random value" in shop.shown

    for address in ("user/app", "made", "replication_group/catalog"):
        rotated(shop, address)

    refused = shop("rotate", "shell", "--yes")
    assert refused.code == 4
    assert "there is no overlap" in refused.err
    assert len(shop.values()) >= 6
    nothing_shows(shop)


def test_an_old_password_that_still_logs_in_is_refuted(shop):
    shop("rotate", "app", "--yes")
    assert shop("rotate", "app", "--finish", "--yes").code == 0
    values = set(shop.values())
    kept = shop.client("secretsmanager")
    told = kept.describe_secret(SecretId="prod/app")["VersionIdsToStages"]
    both = []
    for stage in ("AWSCURRENT", "AWSPREVIOUS"):
        [version] = [one for one, stages in told.items() if stage in stages]
        text = kept.get_secret_value(SecretId="prod/app", VersionId=version)["SecretString"]
        both.append(json.loads(text)["password"])
    assert set(both) <= values
    mode = {"Type": "password", "Passwords": both}
    shop.client("elasticache").modify_user(UserId="app", AuthenticationMode=mode)
    shop.running.control("clock", {"advance": 60})

    found = shop("verify", "--only", "retired", "--user", "app")

    assert found.code == 5
    assert "user app with its retired password" in found.out
    assert shop("apply", "--yes").code in (0, 7)


def nothing_shows(shop: Shop) -> None:
    """Look for every value, in every dress, in all that was printed and in every file."""
    left = [
        path.read_bytes().decode(errors="replace")
        for path in shop.folder.rglob("*")
        if path.is_file() and (shop.folder / ".reconcile" / "local") not in path.parents
    ]
    assert any("PutSecretValue" in text for text in left), "the journals are among them"
    for text in (shop.shown, *left):
        for value in shop.values():
            for form in (
                value,
                base64.b64encode(value.encode()).decode(),
                urllib.parse.quote(value),
                hashlib.sha256(value.encode()).hexdigest(),
            ):
                assert form not in text
