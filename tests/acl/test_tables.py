"""It is so that a version is judged by the nearest lower table, named, and read when asked for."""

import json
import subprocess
import sys

import pytest

from reconciler.acl import EVERYWHERE, TABLES, table, tables_in_reach
from reconciler.acl.command import _FOLDER


@pytest.mark.parametrize(
    ("engine", "version", "expected"),
    [
        ("redis", "6.0", "redis 6.2"),
        ("redis", "6.2.6", "redis 6.2"),
        ("redis", "6.x", "redis 6.2"),
        ("redis", "7.0", "redis 7.0"),
        ("redis", "7.1", "redis 7.0"),
        ("REDIS", "7.1.0", "redis 7.0"),
        ("redis", "8.0", "redis 8.0"),
        ("valkey", "7.2", "redis 7.0"),
        ("valkey", "8.0.1", "valkey 8.0"),
        ("valkey", "8.2", "valkey 8.1"),
        ("valkey", "9.0", "valkey 8.1"),
        ("valkey", "9.1", "valkey 9.1"),
        ("valkey", "12", "valkey 9.1"),
        ("valkey", "8", "valkey 8.1"),
    ],
)
def test_a_version_is_judged_by_its_own_table_or_the_nearest_lower(engine, version, expected):
    assert table(engine, version).name == expected


@pytest.mark.parametrize(
    ("engine", "version"), [("memcached", "1.6"), ("valkey", "new"), ("redis", "")]
)
def test_what_is_no_version_is_an_error(engine, version):
    with pytest.raises(ValueError, match=r"engine"):
        table(engine, version)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([("valkey", "8.1"), ("redis", "7.1")], ["redis 7.0", "valkey 8.1"]),
        ([("valkey", "8")], ["valkey 8.0", "valkey 8.1"]),
        ([("valkey", "")], ["valkey 8.0", "valkey 8.1", "valkey 9.1"]),
        ([], [one.name for one in TABLES]),
    ],
)
def test_the_tables_in_reach(versions, expected):
    assert [one.name for one in tables_in_reach(versions)] == expected


def test_each_table_says_which_engine_it_was_made_from():
    for path in _FOLDER.glob("*.json"):
        data = json.loads(path.read_text())

        assert data["made_from"].startswith(f"{data['engine']} {data['version']}.")


def test_every_table_that_is_there_is_shipped():
    assert {one.name.replace(" ", "-") for one in TABLES} == {
        path.stem for path in _FOLDER.glob("*.json")
    }


def test_commands_that_act_on_every_key_name_no_key():
    for found in TABLES:
        for name in EVERYWHERE & set(found.names):
            specs = [one for one in found.command(name).keys if "not_key" not in one["flags"]]
            assert not specs, (found.name, name)


def test_importing_loads_nothing_and_no_table_is_read_before_it_is_asked_for():
    code = (
        "import sys, reconciler.acl as acl;"
        "print([m for m in sys.modules if m.startswith('reconciler.acl.')]);"
        "from reconciler.acl import command, AccessStringError;"
        "print(command._load.cache_info().currsize);"
        "acl.rights('on +get', acl.table('valkey', '8.1'));"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["[]", "0"]
