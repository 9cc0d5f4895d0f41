"""What no bulk read shows and no spec names any more is still found where it is to be deleted."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
safety: {max: {delete: 3}}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
user_groups:
  people: {engine: valkey, user_ids: [app]}
serverless_caches:
  carts: {engine: valkey, major_engine_version: "8", user_group_id: people}
"""
PUBLISHED = SPEC.replace('"8", ', '"8", publish: "ssm:/shop/carts", ')
WITH_ROLE = (
    SPEC
    + """\
iam_roles:
  shop-app: {trust: [ecs-tasks.amazonaws.com], user_ids: [app], serverless_cache_names: [carts]}
"""
)


def parameters(shop):
    return shop.aws("ssm").get_parameters(Names=["/shop/carts"])["Parameters"]


@pytest.mark.slow
def test_a_parameter_that_is_no_longer_published_is_pruned(estate):
    shop = estate(PUBLISHED)
    assert shop("apply", "--yes").code == 0
    shop.aws("ssm").put_parameter(Name="/shop/theirs", Value="{}", Type="String")
    shop.rewrite(SPEC)

    plain = shop("plan")
    pruned = shop("apply", "--prune", "--yes")

    assert plain.code == 0
    assert pruned.code == 0, pruned.err
    assert "ssm_parameter//shop/carts will be deleted" in pruned.out
    assert parameters(shop) == []
    assert shop.aws("ssm").get_parameter(Name="/shop/theirs")["Parameter"]["Value"] == "{}"


@pytest.mark.slow
def test_it_goes_with_the_estate_although_the_spec_forgot_it(estate):
    shop = estate(PUBLISHED)
    shop("apply", "--yes")
    shop.rewrite(SPEC)

    ended = shop("destroy", "--yes", "--estate", "shop", "--format", "json")

    assert "ssm_parameter//shop/carts" in ended.json["settled"]
    assert parameters(shop) == []


@pytest.mark.slow
def test_a_clone_of_its_tags_is_not_taken_for_ours(estate):
    shop = estate(SPEC)
    shop("apply", "--yes")
    tags = {"reconciler:estate": "shop", "reconciler:address": "ssm_parameter//shop/carts"}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    shop.aws("ssm").put_parameter(Name="/shop/clone", Value="{}", Type="String", Tags=pairs)

    assert shop("plan", "--prune").code == 0


@pytest.mark.slow
def test_a_role_that_the_spec_no_longer_has_is_deleted_by_its_address(estate):
    shop = estate(WITH_ROLE)
    assert shop("apply", "--yes").code == 0
    shop.rewrite(SPEC)

    ended = shop("apply", "--prune", "--target", "iam_role/shop-app", "--yes")

    assert ended.code == 0, ended.err
    with pytest.raises(ClientError, match="NoSuchEntity"):
        shop.aws("iam").get_role(RoleName="shop-app")


@pytest.mark.parametrize("more", [(), ("--with", "delete"), ("--with", "delete,rotate")])
def test_a_policy_names_each_of_its_statements_once(estate, more):
    shop = estate(PUBLISHED)

    told = shop.folder("iam-policy", "--for", "apply", *more, "-f", shop.spec).json

    names = [one["Sid"] for one in told["Statement"]]
    assert sorted(set(names)) == sorted(names), json.dumps(names)
