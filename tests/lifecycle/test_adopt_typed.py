"""``reconcile adopt`` and ``forget`` as they are typed: asked, refused, done, over HTTP."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
  ops: {engine: valkey, access_string: "on ~o:* +get", authentication_mode: {type: iam}}
"""


@pytest.fixture
def shop(estate):
    """The spec; its two users are there, made by somebody else."""
    made = estate(SPEC)
    for ident, tags in (("app", {}), ("ops", {"terraform": "yes"})):
        made.aws().create_user(
            UserId=ident,
            UserName=ident,
            Engine="valkey",
            AccessString="on ~a:* +get",
            AuthenticationMode={"Type": "iam"},
            Tags=[{"Key": key, "Value": text} for key, text in tags.items()],
        )
    made.control("clock", {"advance": 600})
    return made


def tags(shop, ident):
    arn = f"arn:aws:elasticache:eu-west-1:{shop.account.account_id}:user:{ident}"
    found = shop.aws().list_tags_for_resource(ResourceName=arn)["TagList"]
    return {one["Key"]: one["Value"] for one in found}


def test_it_is_shown_done_and_then_what_was_announced_is_planned(shop):
    ended = shop("adopt", "app", "--yes")

    assert ended.code == 0, ended.err
    assert "+ reconciler:estate = shop" in ended.out
    assert "Afterwards a plan says:" in ended.out
    assert "No changes. 1 resource matches" in ended.out
    assert "Adopted: 1 resource (1 call)" in ended.out
    assert tags(shop, "app") == {"reconciler:estate": "shop", "reconciler:address": "user/app"}
    journals = [line for line in ended.err.splitlines() if line.startswith("journal: ")]
    assert "AddTagsToResource" in (shop.folder.path / journals[0][9:]).read_text()
    plan = shop("plan", "--format", "json").json
    assert [one["address"] for one in plan["changes"]] == ["user/ops"]


@pytest.mark.slow
def test_another_tools_is_refused_until_touching_is_allowed(shop):
    refused = shop("adopt", "ops", "--yes")

    assert refused.code == 4
    assert "--allow touch:user/ops" in refused.err
    assert tags(shop, "ops") == {"terraform": "yes"}
    assert shop("adopt", "ops", "--yes", "--allow", "touch:user/ops").code == 0
    assert tags(shop, "ops")["reconciler:estate"] == "shop"


def test_what_is_ours_is_left_alone(shop):
    shop("adopt", "app", "--yes")

    ended = shop("adopt", "app", "--yes", "--format", "json")

    assert ended.code == 0
    assert ended.json["owned"] == ["user/app"]
    assert ended.json["writes"] == 0


@pytest.mark.slow
def test_forgetting_drops_the_tags_and_keeps_the_thing(shop):
    shop("adopt", "app", "--yes")

    ended = shop("forget", "app", "--yes")

    assert ended.code == 0, ended.err
    assert "- reconciler:estate" in ended.out
    assert "take it out" in ended.out
    assert tags(shop, "app") == {}
    again = shop("forget", "app", "--yes", "--format", "json")
    assert (again.json["bare"], again.json["writes"]) == (["user/app"], 0)


@pytest.mark.slow
def test_from_another_estate_only_when_it_is_named(shop):
    shop("adopt", "app", "--yes")
    path = shop.folder.path / shop.spec
    path.write_text(path.read_text().replace("estate: shop", "estate: web"))

    refused = shop("adopt", "app", "--yes")
    ended = shop("adopt", "app", "--yes", "--from-estate", "shop")

    assert refused.code == 4
    assert "--from-estate shop" in refused.err
    assert ended.code == 0
    assert tags(shop, "app")["reconciler:estate"] == "web"
    assert shop("adopt", "app", "--yes", "--from-estate", "web").code == 2


@pytest.mark.parametrize("verb", ["adopt", "forget"])
def test_without_a_terminal_consent_is_asked_for_at_once(shop, verb):
    ended = shop(verb, "app")

    assert ended.code == 2
    assert "give --yes" in ended.err


@pytest.mark.parametrize("verb", ["adopt", "forget"])
def test_a_spec_that_only_watches_owns_nothing(estate, verb):
    shop = estate(SPEC.replace("estate: shop", "estate: shop\nmode: observe"))

    ended = shop(verb, "app", "--yes")

    assert ended.code == 4
    assert "mode: observe" in ended.err


@pytest.mark.parametrize("verb", ["adopt", "forget"])
def test_each_help_names_the_other_verbs(folder, verb):
    told = folder(verb, "--help").out

    assert "reconcile import" in told
    assert {"adopt": "reconcile forget", "forget": "reconcile adopt"}[verb] in told


@pytest.mark.slow
@pytest.mark.parametrize(("word", "code"), [("yes", 0), ("y", 4)])
def test_on_a_terminal_only_yes_is_a_yes(shop, word, code):
    ours, theirs = pty.openpty()
    command = ["adopt", "app", "--local", "-f", shop.spec]
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *command],
        cwd=Path(shop.folder.path),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        os.close(theirs)
        os.write(ours, f"{word}\n".encode())
        _, told = child.communicate(timeout=60)
        os.close(ours)

    assert child.returncode == code
    assert b"Adopt this into shop? Only yes is a yes" in told
    assert bool(tags(shop, "app")) is (code == 0)
