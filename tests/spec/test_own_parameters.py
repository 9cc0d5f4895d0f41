"""Parameters written at a cache become a group of its own: its name, its place, what can't be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from reconciler.errors import SpecError
from reconciler.model import Address
from reconciler.spec.loaded import Spec
from reconciler.spec.loader import load_spec

TODAY = dt.date(2026, 11, 20)
SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
replication_groups:
  orders:
    replication_group_description: orders
    cache_node_type: cache.r7g.large
    replicas_per_node_group: 1
"""
CLUSTER = """\
cache_clusters:
  orders:
    engine: memcached
    engine_version: "1.6.22"
    cache_node_type: cache.t4g.small
    parameters: {chunk_size: "96"}
"""


def loaded(folder: Path, *lines: str, beside: str = "") -> Spec:
    path = folder / "spec.yaml"
    path.write_text(SPEC + "".join(f"    {line}\n" for line in lines) + beside)
    return load_spec(str(path), TODAY)


def group_of(spec: Spec, ident: str = "replication_group/orders"):
    name = spec.resources[Address.parse(ident)].cache_parameter_group_name
    return spec.resources[Address("cache_parameter_group", name)]


@pytest.mark.parametrize(
    ("lines", "name", "family", "parameters"),
    [
        (
            ("engine: valkey", 'engine_version: "8.1"'),
            "orders-valkey8",
            "valkey8",
            {"timeout": "60"},
        ),
        (
            ("engine: redis", "engine_version: 6.x"),
            "orders-redis6-x",
            "redis6.x",
            {"timeout": "60"},
        ),
        (
            ("engine: valkey", 'engine_version: "8.1"', "num_node_groups: 3"),
            "orders-valkey8-cluster-on",
            "valkey8",
            {"timeout": "60", "cluster-enabled": "yes"},
        ),
        (
            ("engine: redis", 'engine_version: "7.1"', "cluster_mode: compatible"),
            "orders-redis7-cluster-on",
            "redis7",
            {"timeout": "60", "cluster-enabled": "yes"},
        ),
    ],
)
def test_the_group_is_named_after_cache_family_and_mode(tmp_path, lines, name, family, parameters):
    group = group_of(loaded(tmp_path, *lines, 'parameters: {timeout: "60"}'))

    assert (group.id, group.cache_parameter_group_family) == (name, family)
    assert group.parameters == parameters
    assert "replication_group/orders" in group.description


def test_a_cluster_of_memcached_has_them_too(tmp_path):
    spec = loaded(tmp_path, "engine: valkey", beside=CLUSTER)
    group = group_of(spec, "cache_cluster/orders")

    assert group.id == "orders-memcached1-6"
    assert group.parameters == {"chunk_size": "96"}


def test_whoever_pays_for_the_cache_pays_for_its_group(tmp_path):
    lines = ("engine: valkey", 'engine_version: "8.1"', "tags: {team: shop}", "parameters: {}")

    assert group_of(loaded(tmp_path, *lines)).tags == {"team": "shop"}


def test_a_plan_points_to_the_very_parameter(tmp_path):
    lines = ("engine: valkey", 'engine_version: "8.1"', "parameters:", '  timeout: "60"')
    spec = loaded(tmp_path, *lines)
    group, cache = group_of(spec).address, Address("replication_group", "orders")

    assert spec.at(group, "parameters.timeout").line == 12
    assert spec.at(group, "description").line == 11
    assert spec.at(cache, "cache_parameter_group_name").line == 11
    assert spec.origin(cache, "cache_parameter_group_name") == "entry"


def test_null_stands_for_the_familys_own_group_and_nothing_for_as_it_is(tmp_path):
    address, name = Address("replication_group", "orders"), "cache_parameter_group_name"
    as_it_is = loaded(tmp_path, "engine: valkey").resources[address]
    reset = loaded(tmp_path, "engine: valkey", "parameters: ~").resources[address]

    assert name not in as_it_is.model_fields_set
    assert name in reset.model_fields_set
    assert getattr(reset, name) is None


@pytest.mark.parametrize(
    ("lines", "beside", "words"),
    [
        (("engine: valkey",), "", "parameters need engine_version beside them"),
        (('engine_version: "8.1"',), "", "parameters need engine beside them"),
        (
            ("engine: valkey", 'engine_version: "8.1"', "cache_parameter_group_name: others"),
            "",
            "both can't hold",
        ),
        (
            ("engine: valkey", 'engine_version: "8.1"'),
            "cache_parameter_groups: {orders-valkey8: {description: another}}\n",
            "which is written too",
        ),
        (
            ("engine: redis", 'engine_version: "7.1"'),
            "cache_clusters: {orders: {engine: redis, engine_version: '7.1', parameters: {}}}\n",
            "replication_group/orders has cache_parameter_group/orders-redis7 already",
        ),
    ],
)
def test_what_can_not_become_a_group_is_said(tmp_path, lines, beside, words):
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, *lines, 'parameters: {timeout: "60"}', beside=beside)

    assert words in str(caught.value)


def test_cluster_enabled_follows_and_is_not_written(tmp_path):
    with pytest.raises(SpecError) as caught:
        loaded(
            tmp_path,
            "engine: valkey",
            'engine_version: "8.1"',
            'parameters: {cluster-enabled: "yes"}',
        )

    assert "follows from cluster_mode" in str(caught.value)
