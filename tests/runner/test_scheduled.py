"""Rounds of drift that the scheduler starts: made, run, remembered, told, gone without a rest."""

from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.request

import boto3
import pytest
from commandline import make_folder

pytest.importorskip("awslambdaric", reason="AWS publishes its runtime client for Linux only")
pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/app, key: password}]}
user_groups:
  people: {engine: valkey, user_ids: [app], tags: {room: a, owner: shop}}
"""
SCHEDULE = ("runner", "schedule", "--local", "--yes", "--memory", "s3://watch/drift.json")
NAME = "drift-shop-eu-west-1"


class Hook:
    """A webhook that keeps what it hears."""

    def __init__(self):
        kept = self.heard = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.append(json.loads(body)["title"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/x"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = make_folder(tmp_path_factory.mktemp("scheduled") / "folder")
    (made.path / "specs" / "shop.yaml").write_text(SPEC)
    up = made.run("local", "up", "--no-engines", "--speed", "20", "--format", "json")
    assert up.code == 0, up.err
    assert made.run("apply", "--local", "--yes").code == 0
    aws(made, "s3").create_bucket(
        Bucket="watch", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    yield made, json.loads(up.out)
    made.run("local", "down", "-q")
    assert made.emptied() == []


def aws(folder, service: str):
    told = json.loads(folder.run("local", "env", "--format", "json").out)
    return boto3.client(
        service,
        endpoint_url=told["AWS_ENDPOINT_URL"],
        region_name="eu-west-1",
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )


def control(ready, path: str, body) -> None:
    request = urllib.request.Request(
        f"{ready['control_url'].rstrip('/')}/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=30).read()


def remembered(s3, wanted, within_s: float = 45):
    """Give what is remembered of the estate once it is as wanted."""
    until = time.monotonic() + within_s
    found = None
    while time.monotonic() < until:
        held = s3.list_objects_v2(Bucket="watch").get("Contents", [])
        if held:
            body = s3.get_object(Bucket="watch", Key="drift.json")["Body"].read()
            [found] = json.loads(body)["estates"].values()
            if wanted(found):
                return found
        time.sleep(0.2)
    raise AssertionError(f"not within {within_s} s: {found}")


def test_its_whole_life(folder, hook):
    folder, ready = folder
    aws(folder, "ssm").put_parameter(Name="/drift/url", Value=hook.url, Type="SecureString")
    s3 = aws(folder, "s3")
    # From the first call on its role decides: it may look, remember and nothing else.
    control(ready, "iam", {"enforce": True})

    made = folder.run(*SCHEDULE, "--every", "10m", "--notify", "ssm:/drift/url")
    again = folder.run(*SCHEDULE, "--every", "10m", "--notify", "ssm:/drift/url")

    assert made.code == 0, made.out + made.err
    assert hook.url not in made.out + made.err
    assert "No changes. 4 resources match" in again.out
    first = remembered(s3, lambda one: one["rounds"] >= 1)
    assert (first.get("open", []), hook.heard) == ([], [])
    assert first["course"][-1]["state"] == "in step", first

    ec = aws(folder, "elasticache")
    ec.modify_user(UserId="app", AccessString="on ~* +@all")
    group = "arn:aws:elasticache:eu-west-1:123456789012:usergroup:people"
    # A value with an inside, which takes more of the libraries to compare.
    ec.add_tags_to_resource(ResourceName=group, Tags=[{"Key": "owner", "Value": "theirs"}])
    control(ready, "clock", {"advance": 600})
    drifted = remembered(s3, lambda one: one.get("open"))
    found = {one["finding"]["address"]: one["finding"] for one in drifted["open"]}
    assert {address: one["field"] for address, one in found.items()} == {
        "user/app": "access_string",
        "user_group/people": "tags",
    }
    assert found["user/app"]["where"].startswith("specs/shop.yaml:")

    ec.modify_user(UserId="app", AccessString="on ~app:* -@all +@read")
    ec.add_tags_to_resource(ResourceName=group, Tags=[{"Key": "owner", "Value": "shop"}])
    control(ready, "clock", {"advance": 600})
    remembered(s3, lambda one: not one.get("open") and not one.get("outbox"))
    until = time.monotonic() + 15
    while len(hook.heard) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert hook.heard == ["high: shop 2 drifted", "shop 2 mended"]
    _what_its_role_may_not_is_refused(folder, ready, s3)
    _nothing_is_left(folder, s3)
    control(ready, "iam", {"enforce": False})


def _what_its_role_may_not_is_refused(folder, ready, s3):
    """Without one of its rights no round is well: IAM really decides here."""
    aws(folder, "iam").delete_role_policy(RoleName=NAME, PolicyName="drift")
    control(ready, "clock", {"advance": 600})

    blind = remembered(s3, lambda one: one.get("blind"))

    assert "AccessDenied" in blind["blind"]["why"] or "not authorized" in blind["blind"]["why"]


def _nothing_is_left(folder, s3):
    ended = folder.run("runner", "unschedule", "--local", "--yes")
    again = folder.run("runner", "unschedule", "--local", "--yes")

    assert ended.code == 0, ended.err
    assert "No changes" in again.out
    assert aws(folder, "scheduler").list_schedules()["Schedules"] == []
    names = [one["RoleName"] for one in aws(folder, "iam").list_roles()["Roles"]]
    assert [one for one in names if one.startswith("drift-")] == []
    assert aws(folder, "lambda").list_functions()["Functions"] == []
    # What is remembered is the person's.
    assert s3.list_objects_v2(Bucket="watch")["KeyCount"] == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--memory", "drift.json"), "s3://BUCKET/KEY"),
        (("--memory", "s3://nowhere/drift.json"), "there is no such bucket"),
        (("--notify", "slack://token"), "secretsmanager:NAME or ssm:NAME"),
        (("--every", "30s"), "whole minutes"),
    ],
)
def test_what_can_not_work_is_refused_before_anything_is_made(folder, more, words):
    folder, _ = folder

    ended = folder.run(*SCHEDULE, *more)

    assert ended.code == 2
    assert words in ended.err
    assert "token" not in ended.err
    assert aws(folder, "lambda").list_functions()["Functions"] == []
