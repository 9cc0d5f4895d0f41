"""``reconcile unlock`` as it is typed, over HTTP."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from reconciler.aws.lease import this_process
from reconciler.aws.lease_table import written
from reconciler.clock import SystemClock

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
"""


@pytest.fixture
def shop(estate):
    return estate(SPEC)


def held(shop, run="feed01", **who):
    """Let a run hold it: the parent of this process, unless said otherwise."""
    record = replace(this_process(run, "role/ci", SystemClock()), **{"pid": os.getppid(), **who})
    shop.aws("ssm").put_parameter(
        Name="/reconciler/shop/lease/1", Value=written(record), Type="String"
    )


@pytest.mark.slow
def test_it_is_shown_refused_and_ended_by_force(shop):
    assert shop("unlock").out == "shop: nobody holds the lease\n"
    held(shop)

    assert "run feed01 of role/ci on " in shop("unlock").out
    refused = shop("unlock", "feed01")
    assert (refused.code, refused.out) == (4, "")
    assert "is at work on this machine" in refused.err
    assert shop("apply", "--yes").code == 4

    ended = shop("unlock", "feed01", "--force")
    assert ended.code == 0
    assert "the lease of run feed01 (role/ci on " in ended.out
    assert shop("apply", "--yes").code == 0


@pytest.mark.slow
def test_a_run_elsewhere_is_ended_by_its_name_alone(shop):
    held(shop, boot_id="elsewhere", host="build-7")

    shown = shop("unlock", "--format", "json")
    assert shown.json["lease"]["host"] == "build-7"
    assert shown.json["lease"]["standing"] == "elsewhere"
    assert shop("unlock", "other").code == 4
    ended = shop("unlock", "feed01", "--format", "json")

    assert (ended.code, ended.json["ended"]) == (0, True)
    assert shop("unlock", "--format", "json").json["lease"]["standing"] == "expired"
    assert shop("apply", "--yes").code == 0


def test_a_spec_without_a_lease_has_nothing_to_unlock(estate):
    shop = estate(SPEC.replace("estate: shop\n", "estate: shop\nsafety: {lease: none}\n"))

    ended = shop("unlock", "feed01")

    assert ended.code == 0
    assert "safety.lease is none" in ended.err


@pytest.mark.slow
def test_where_a_parameter_group_is_the_lease_it_is_taken_shown_and_left_without_a_trace(estate):
    shop = estate(
        SPEC.replace("users:", "safety: {lease: parameter-group, max: {widen: 1}}\nusers:", 1)
    )

    assert shop("apply", "--yes").code == 0
    assert shop("unlock").out == "shop: nobody holds the lease\n"
    groups = shop.aws().describe_cache_parameter_groups()["CacheParameterGroups"]
    assert [one for one in groups if "lease" in one["CacheParameterGroupName"]] == []
    assert shop.aws("ssm").describe_parameters()["Parameters"] == []
    allowed = shop.folder("iam-policy", "--for", "apply", "-f", shop.spec).out
    assert "parametergroup:reconciler-lease-shop-" in allowed
    assert "ssm:" not in allowed


def test_a_lease_in_a_parameter_group_is_no_newcomer_in_a_plan(estate):
    shop = estate(SPEC)
    shop.aws().create_cache_parameter_group(
        CacheParameterGroupName="reconciler-lease-else-12345678-1",
        CacheParameterGroupFamily="redis7",
        Description="theirs",
    )

    assert "parameter_group" not in shop("plan", "--unmanaged").out
