"""What nobody can tell whose it is, is left alone, and no command says that all is well."""

import pytest

pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
safety: {lease: none}
users:
  app: {engine: valkey, access_string: "on ~app:* -@all +@read", authentication_mode: {type: iam}}
"""


@pytest.fixture
def blind(estate):
    """An estate that stands, and whose tags nobody may read."""
    shop = estate(SPEC)
    assert shop("apply", "--yes").code == 0
    keys = [f"reconciler:{name}" for name in ("estate", "address")]
    users = shop.aws().describe_users()["Users"]
    (arn,) = (one["ARN"] for one in users if one["UserId"] == "app")
    refuse = {"sort": "refuse", "actions": ["ListTagsForResource"], "code": "UserNotFound"}
    shop.control("fault", refuse)
    shop.control("fault", {"sort": "tagging-lag", "seconds": 0})
    shop.aws().remove_tags_from_resource(ResourceName=arn, TagKeys=keys)
    yield shop
    shop.control("fault", {"clear": True})


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_an_estate_that_could_not_be_looked_at_is_not_in_order(blind, command):
    ended = blind(*command)

    assert ended.code == 6
    assert "user/app" in ended.out


def test_it_is_not_taken_for_destroyed(blind):
    ended = blind("destroy", "--yes", "--estate", "shop")

    assert ended.code == 6
    assert "app" in {one["UserId"] for one in blind.aws().describe_users()["Users"]}
