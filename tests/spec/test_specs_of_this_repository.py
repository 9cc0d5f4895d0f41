"""What stands in specs/ is what a good team would merge, and runs as it is."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.lint import lint
from reconciler.model import ReplicationGroup, ServerlessCache, User
from reconciler.rights import check_expect
from reconciler.spec import load, schema

SPECS = Path(__file__).parents[2] / "specs"
ALL = sorted([SPECS / "prod.yaml", *(SPECS / "examples").glob("*.yaml")])
FRAGMENTS = sorted((SPECS / "examples" / "shared").glob("*.yaml"))
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def prod():
    return load(SPECS / "prod.yaml", TODAY)


def of(spec, noun):
    return [one for one in spec.resources.values() if isinstance(one, noun)]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_each_spec_loads(path):
    load(path, TODAY)


@pytest.mark.parametrize("path", [*ALL, *FRAGMENTS], ids=lambda path: path.stem)
def test_each_spec_begins_with_the_line_that_editors_use(path):
    first = path.read_text().splitlines()[0]

    named = first.removeprefix("# yaml-language-server: $schema=").partition("#")[0]
    assert (path.parent / named).resolve() == SPECS / "reconcile.schema.json"


def test_everything_in_production_speaks_tls_only(prod):
    for group in of(prod, ReplicationGroup):
        assert group.transit_encryption_enabled
        assert group.transit_encryption_mode == "required"
        assert group.user_group_ids or group.auth_token


def test_production_has_each_sort_of_cache_and_of_user(prod):
    groups = of(prod, ReplicationGroup)
    users = {user.id: user for user in of(prod, User)}

    assert any(group.num_cache_clusters == 3 and group.user_group_ids for group in groups)
    assert any((group.num_node_groups or 1) > 1 and group.user_group_ids for group in groups)
    assert any((group.num_node_groups or 1) > 1 and group.auth_token for group in groups)
    assert all(cache.user_group_id for cache in of(prod, ServerlessCache))
    assert {user.authentication_mode.type for user in users.values()} == {
        "password",
        "iam",
        "no-password-required",
    }
    assert users["default-user-disabled"].user_name == "default"
    assert users["default-user-disabled"].access_string == "off +get ~keys*"
    assert {ref.store for ref in prod.secret_refs()} == {"secretsmanager", "ssm"}


def test_nobody_would_advise_anything_about_production(prod):
    assert not lint(prod)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_is_expected_of_users_holds(path):
    assert not check_expect(load(path, TODAY))


def test_production_fits_on_a_small_machine(prod):
    nodes = sum(
        group.num_cache_clusters or group.num_node_groups * (1 + group.replicas_per_node_group)
        for group in of(prod, ReplicationGroup)
    )

    assert nodes + len(of(prod, ServerlessCache)) <= 12


def test_the_schema_file_is_up_to_date():
    written = json.loads((SPECS / "reconcile.schema.json").read_text())

    assert written == schema(), "run scripts/make_docs.py"


def test_the_reference_is_up_to_date():
    script = Path(__file__).parents[2] / "scripts" / "make_docs.py"

    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
