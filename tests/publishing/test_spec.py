"""Where ``publish`` may point, and where a plan says that it was written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from reconciler.errors import SpecError
from reconciler.model import Address
from reconciler.spec.loader import load_spec

SPEC = """\
version: 1
estate: shop
aws: {{account_id: "123456789012", region: eu-west-1}}
{top}replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    publish: {one}
  carts:
    replication_group_description: carts
    engine: valkey
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    publish: {other}
"""


def loaded(folder: Path, one: str, other: str = "ssm:/shop/carts", top: str = ""):
    path = folder / "spec.yaml"
    path.write_text(SPEC.format(one=one, other=other, top=top))
    return load_spec(str(path), dt.date(2026, 11, 20))


def test_each_published_cache_has_a_parameter_and_its_line_is_that_of_publish(tmp_path):
    spec = loaded(tmp_path, "ssm:/shop/orders")
    address = Address("ssm_parameter", "/shop/orders")

    assert spec.resources[address].cache == "replication_group/orders"
    assert spec.at(address, "value").line == 10
    assert spec.origin(address, "value") == "entry"


def test_nothing_is_published_of_what_is_only_watched(tmp_path):
    spec = loaded(tmp_path, "ssm:/shop/orders", top="mode: observe\n")

    assert not [one for one in spec.resources if one.kind == "ssm_parameter"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ssm:/Shop/orders", "in lower case: ssm:/shop/orders"),
        ("ssm:/shop//orders", "is no name of a parameter"),
        ("ssm:/shop/or ders", "is no name of a parameter"),
        ("ssm:/aws/orders", "AWS's own"),
        ("ssm:/reconciler/shop", "where leases stand"),
        ("ssm:" + "/a" * 16, "at most 15 levels"),
        ("ssm:/shop/carts", "replication_group/orders is published there already"),
        ("secretsmanager:/shop", "ssm:/path/of/a/parameter"),
    ],
)
def test_what_can_not_be_a_name_is_said(tmp_path, text, words):
    with pytest.raises(SpecError) as caught:
        loaded(tmp_path, text)

    assert words in str(caught.value)
