"""A runner as a person uses it: deployed, asked, kept to its own secrets, gone without a rest."""

from __future__ import annotations

import json
import urllib.request

import boto3
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
    access_string: "on ~app:* -@all +@read +@write +@connection -@dangerous"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/app, key: password}]}
  ops:
    engine: valkey
    access_string: "on ~ops:* -@all +@read +@connection -@dangerous"
    authentication_mode: {type: password, passwords: [{ssm: /shop/ops}]}
  tokens:
    engine: valkey
    access_string: "on ~app:* -@all +@read +@connection -@dangerous"
    authentication_mode: {type: iam}
user_groups:
  people: {engine: valkey, user_ids: [app, ops, tokens]}
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
    verify: {writes: true, via: "lambda:shop-verify"}
serverless_caches:
  outside:
    engine: valkey
    major_engine_version: "8"
    user_group_id: people
"""
LOOK = ("--only", "login", "--only", "iam", "--only", "data", "--format", "json", "--local")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = make_folder(tmp_path_factory.mktemp("runner") / "folder")
    (made.path / "specs" / "shop.yaml").write_text(SPEC)
    up = made.run("local", "up", "--speed", "20", "--format", "json")
    assert up.code == 0, up.err
    done = made.run("apply", "--local", "--yes")
    assert done.code == 0, done.err
    yield made, json.loads(up.out)
    made.run("local", "down", "-q")
    assert made.emptied() == []


def verified(folder, *more):
    ended = folder.run("verify", *LOOK, *more)
    assert ended.out, ended.err
    return ended.code, json.loads(ended.out)


def enforce(ready, on: bool) -> None:
    request = urllib.request.Request(
        f"{ready['control_url'].rstrip('/')}/iam",
        json.dumps({"enforce": on}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).read()


def aws(folder, service: str):
    told = json.loads(folder.run("local", "env", "--format", "json").out)
    return boto3.client(
        service,
        endpoint_url=told["AWS_ENDPOINT_URL"],
        region_name="eu-west-1",
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )


def by_check(report, address: str, check: str):
    return [one for one in report["findings"] if (one["address"], one["check"]) == (address, check)]


def test_its_whole_life(folder):
    folder, ready = folder
    before = verified(folder, "--cache", "inside")

    deployed = folder.run("runner", "deploy", "--local", "--yes")
    again = folder.run("runner", "deploy", "--local", "--yes")
    enforce(ready, True)
    try:
        code, report = verified(folder)
    finally:
        enforce(ready, False)

    assert before[0] == 6
    assert "Function not found" in before[1]["findings"][0]["got"]
    assert deployed.code == 0, deployed.err
    assert "No changes. 2 resources match" in again.out
    assert code == 0, [one for one in report["findings"] if one["verdict"] != "proven"]
    assert report["counts"]["refuted"] == 0
    # One report: one cache was looked at from inside, the other from here.
    assert [one["function"] for one in report["ran"]] == ["shop-verify"]
    assert any("1 cache: " in line for line in report["ran"][0]["log_tail"])
    inside = by_check(report, "replication_group/inside", "login")
    assert {one["verdict"] for one in inside} == {"proven"}
    assert {one["verdict"] for one in by_check(report, "serverless_cache/outside", "login")} == {
        "proven"
    }
    # A value was written and read again from there (scenario B6).
    data = by_check(report, "replication_group/inside", "data")
    assert {one["verdict"] for one in data} == {"proven"}
    _one_role_opens_one_secret(folder, ready)
    _what_breaks_is_said(folder)
    _nothing_is_left(folder)


def _one_role_opens_one_secret(folder, ready):
    less = folder.run("runner", "deploy", "--local", "--yes", "--user", "app")
    assert less.code == 0, less.err
    enforce(ready, True)
    try:
        code, report = verified(folder, "--cache", "inside")
    finally:
        enforce(ready, False)

    verdicts = {
        one["subject"].split(" at ")[0]: one["verdict"]
        for one in by_check(report, "replication_group/inside", "login")
        if "wrong" not in one["subject"]
    }
    assert code != 0
    assert verdicts["user app"] == "proven"
    assert verdicts["user ops"] == "not proven", verdicts
    reasons = " ".join(one["got"] for one in report["findings"])
    assert "{ssm: /shop/ops}: ssm answered" in reasons


def _what_breaks_is_said(folder):
    client = aws(folder, "lambda")
    client.update_function_configuration(FunctionName="shop-verify", Handler="no.such")

    code, report = verified(folder, "--cache", "inside")

    assert code == 6
    [finding] = report["findings"]
    assert finding["critical"]
    assert "Runtime.ImportModuleError" in finding["got"]
    assert report["ran"][0]["log_tail"]


def _nothing_is_left(folder):
    assert folder.run("runner", "remove", "--local", "--yes").code == 0

    names = [one["FunctionName"] for one in aws(folder, "lambda").list_functions()["Functions"]]
    roles = [one["RoleName"] for one in aws(folder, "iam").list_roles()["Roles"]]
    assert "shop-verify" not in names + roles
    again = folder.run("runner", "remove", "--local", "--yes")
    assert again.code == 0
    assert "No changes" in again.out


def test_a_function_that_is_not_ours_is_never_touched(folder):
    folder, _ = folder
    aws(folder, "iam").create_role(RoleName="theirs", AssumeRolePolicyDocument="{}")

    deployed = folder.run("runner", "deploy", "theirs", "--local", "--yes")
    removed = folder.run("runner", "remove", "theirs", "--local", "--yes")

    assert deployed.code == 4
    assert "takes over what is not ours" in deployed.out + deployed.err
    assert removed.code == 0
    assert "theirs" in [one["RoleName"] for one in aws(folder, "iam").list_roles()["Roles"]]


def test_a_name_must_be_said_where_the_spec_names_none(folder):
    folder, _ = folder
    (folder.path / "other.yaml").write_text(SPEC.replace(', via: "lambda:shop-verify"', ""))

    ended = folder.run("runner", "deploy", "-f", "other.yaml", "--local", "--yes")

    assert ended.code == 2
    assert "reconcile runner deploy NAME" in ended.err


@pytest.mark.parametrize("via", ["lambda:", "elsewhere", "ec2:i-1"])
def test_there_is_no_other_place_to_look_from(folder, via):
    folder, _ = folder

    ended = folder.run("verify", "--local", "--via", via)

    assert ended.code == 2
    assert "lambda:NAME" in ended.err
