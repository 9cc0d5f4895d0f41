"""A folder in which nothing runs; a local ElastiCache, and estates on it that are not there yet."""

from __future__ import annotations

import itertools
import json
import os
import urllib.request

import pytest
from commandline import SPEC, Estate, make_folder
from proxy import between

# Workers of one run share nothing, but their accounts should not look alike in a log.
_accounts = itertools.count(111111111111 + os.getpid() % 1000 * 1000)


@pytest.fixture
def folder(tmp_path):
    """Give a folder in which nothing runs; whatever a test leaves there is ended, and fails it."""
    made = make_folder(tmp_path / "folder")
    yield made
    made.run("local", "down", "-q")
    assert made.emptied() == []


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """Give the folder of a local ElastiCache without engines, whose minutes are moments."""
    made = make_folder(tmp_path_factory.mktemp("service"))
    up = made.run("local", "up", "--no-engines", "--speed", "100", "--format", "json")
    assert up.code == 0, up.err
    yield made, json.loads(up.out)
    assert made.run("local", "down").code == 0
    assert made.emptied() == []


@pytest.fixture
def estate(service):
    """Give an estate of which nothing is there yet."""
    folder, ready = service
    account = f"{next(_accounts):012d}"
    spec = f"specs/{account}.yaml"
    text = SPEC % {"account": account}
    asked = {
        "account_id": account,
        "region": "eu-west-1",
        "cache_subnet_groups": ["shop"],
        "secrets": [{"store": "secretsmanager", "id": "shop/app", "keys": ["password"]}],
    }
    request = urllib.request.Request(
        f"{ready['control_url'].rstrip('/')}/seed",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        keys = json.loads(answer.read())
    with between(ready["endpoint_url"]) as proxy:
        env = {
            "AWS_ENDPOINT_URL": proxy.url,
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
        }
        made = Estate(folder, spec, env, proxy)
        made.write(text)
        yield made
