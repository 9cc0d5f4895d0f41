"""Refusals are found by reading, before the first write; each is one that the service gives."""

from __future__ import annotations

import build
import pytest

from reconciler.errors import AwsError
from reconciler.model import AuthenticationMode

DENIED = AwsError("elasticache", "Any", "AccessDenied", "no", status=403)


def text_of(found) -> str:
    return " ".join(text for texts in found.refusals.values() for text in texts)


def test_a_node_type_that_the_cache_may_not_move_to(ahead):
    there = ahead().standing(build.replication_group())
    wished = build.replication_group(cache_node_type="cache.r6gd.xlarge")

    found = there.of(wished)

    assert "cache.r7g.large can't become cache.r6gd.xlarge" in text_of(found)
    assert there.applied(wished).failed


def test_node_types_near_to_the_wished_one_are_named_first(ahead):
    there = ahead().standing(build.replication_group())

    found = there.of(build.replication_group(cache_node_type="cache.r6gd.xlarge"))

    assert "the service allows cache.r7g.xlarge, cache.r6g.xlarge, cache.r5" in text_of(found)


def test_whether_a_node_type_is_allowed_is_not_known_without_the_right_to_ask(ahead):
    there = ahead().standing(build.replication_group())
    there.silent("list_allowed_node_type_modifications", DENIED)

    found = there.of(build.replication_group(cache_node_type="cache.r6gd.xlarge"))

    assert not found.refusals
    assert any("not known: whether cache.r7g.large may become" in one for one in found.notes)


def test_a_version_that_is_not_offered(ahead):
    wished = build.replication_group(engine_version="8.7")

    found = ahead().of(wished)

    assert "valkey 8.7 is not offered in eu-west-1; offered: 7.2, 8.0, 8.1" in text_of(found)


@pytest.mark.parametrize(
    ("engine", "version"), [("valkey", "8.1"), ("redis", "6.x"), ("redis", "6.2"), ("redis", "7.1")]
)
def test_a_version_that_is_offered_in_the_precision_written(ahead, engine, version):
    assert not ahead().of(build.replication_group(engine=engine, engine_version=version)).refusals


def test_a_parameter_group_of_another_family(ahead):
    there = ahead().standing(build.replication_group())
    there.bench.aws(
        "create_cache_parameter_group",
        CacheParameterGroupName="theirs",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )
    wished = build.replication_group(cache_parameter_group_name="theirs")

    found = there.of(wished)

    assert "theirs is of the family redis7; valkey 8.1.0 needs one of valkey8" in text_of(found)
    assert there.applied(wished).failed


def test_something_of_others_that_is_not_there(ahead):
    wished = build.replication_group(cache_parameter_group_name="nobodys")

    found = ahead().of(wished)

    assert "names the cache parameter group nobodys, which is not in this account" in text_of(found)


def test_what_a_role_that_is_there_names_by_arn_is_not_missing(ahead):
    wished = (
        build.user(authentication_mode=AuthenticationMode(type="iam")),
        build.user_group(),
        build.replication_group(user_group_ids=("people",)),
        build.role(),
    )
    there = ahead().standing(*wished)
    tags = ["reconciler:estate", "reconciler:address"]
    there.bench.answer("iam", "untag_role", {"RoleName": "orders-client", "TagKeys": tags})

    assert text_of(there.of(*wished)) == ""


def test_a_snapshot_that_is_not_there(ahead):
    wished = build.replication_group(snapshot_name="old")

    there = ahead()

    assert "the snapshot old, which it is to be filled from, is not there" in text_of(
        there.of(wished)
    )
    assert there.applied(wished).failed


def test_a_snapshot_that_is_still_being_taken(ahead):
    there = ahead().standing(build.replication_group())
    there.bench.aws("create_snapshot", ReplicationGroupId="orders", SnapshotName="fresh")
    wished = build.replication_group("copy", snapshot_name="fresh")

    assert "the snapshot fresh is creating" in text_of(there.of(build.replication_group(), wished))

    there.bench.settle()
    assert not there.of(build.replication_group(), wished).refusals


def iam(ident: str):
    return build.user(ident, engine="redis", authentication_mode=AuthenticationMode(type="iam"))


def default_user():
    return build.user("nobody", engine="redis", user_name="default")


def redis_group(*users: str):
    return build.user_group(engine="redis", user_ids=users)


def test_users_by_iam_on_a_cache_that_runs_too_old_a_version(ahead):
    cache = build.replication_group(engine="redis", engine_version="6.2")
    there = ahead().standing(cache)
    # The spec leaves the version out, so only the account knows it.
    unsaid = build.replication_group(engine="redis", engine_version=None).but()
    wished = type(unsaid)(
        **{
            name: getattr(unsaid, name)
            for name in unsaid.model_fields_set - {"engine_version"}
        },
        user_group_ids=("people",),
    )  # fmt: skip

    found = there.of(default_user(), iam("app"), redis_group("nobody", "app"), wished)

    assert "app of people would log in by IAM, which needs redis 7.0 or later" in text_of(found)


def test_two_users_of_one_name_where_one_is_somebody_elses(ahead):
    there = ahead()
    there.bench.aws(
        "create_user", UserId="theirs", UserName="app", Engine="valkey", AccessString="off",
        AuthenticationMode={"Type": "iam"} | {"Type": "password", "Passwords": ["x" * 20]},
    )  # fmt: skip
    wished = [build.user("app"), build.user_group(user_ids=("app", "theirs"))]

    found = there.of(*wished)

    assert 'app and theirs both log in as "app"' in text_of(found)
    assert there.applied(*wished).failed


def test_a_user_group_on_a_cache_without_tls(ahead):
    plain = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
    there = ahead().standing(build.replication_group(**plain))
    cache = build.replication_group(**plain, user_group_ids=("people",))

    found = there.of(build.user(), build.user_group(), cache)

    assert "needs TLS, and it is off" in text_of(found)


def test_users_by_iam_are_taken_by_every_version_that_knows_them(ahead):
    by_iam = build.user("app", authentication_mode=AuthenticationMode(type="iam"))
    cache = build.replication_group(user_group_ids=("people",))

    assert not ahead().of(by_iam, build.user_group(), cache).refusals


def test_a_group_of_redis_without_its_user_default(ahead):
    there, wished = ahead(), (iam("app"), redis_group("app"))

    assert "needs a user whose user_name is default" in text_of(there.of(*wished))
    assert there.applied(*wished).failed


def test_a_group_of_valkey_with_a_user_that_needs_no_password(ahead):
    bare = AuthenticationMode(type="no-password-required")
    there, wished = ahead(), (build.user("app", authentication_mode=bare), build.user_group())

    assert "takes no user without a password: app" in text_of(there.of(*wished))
    assert there.applied(*wished).failed


def test_a_group_of_redis_with_its_user_default(ahead):
    assert not ahead().of(default_user(), iam("app"), redis_group("nobody", "app")).refusals


def test_a_snapshot_of_a_serverless_cache_that_is_not_there(ahead):
    found = ahead().of(build.replication_group(serverless_cache_snapshot_name="gone"))

    assert "the snapshot gone, which it is to be filled from, is not there" in text_of(found)
