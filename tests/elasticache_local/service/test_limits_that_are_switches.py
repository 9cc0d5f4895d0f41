"""Numbers and names that sources do not agree on, or do not tell: each can be turned."""

from __future__ import annotations

import pytest

VALUE = "InvalidParameterValue"
USER = {
    "Engine": "redis",
    "AccessString": "on ~* +@all",
    "Passwords": ["a" * 16],
}
GROUP = {"Engine": "redis", "UserIds": ["default"]}


def user(number):
    return "CreateUser", USER | {"UserId": f"u{number}", "UserName": f"u{number}"}


def user_group(number):
    return "CreateUserGroup", GROUP | {"UserGroupId": f"g{number}"}


def serverless(number):
    return "CreateServerlessCache", {"ServerlessCacheName": f"s{number}", "Engine": "valkey"}


@pytest.mark.parametrize(
    ("switch", "limit", "makes", "code"),
    [
        # The account's own user counts.
        ("user_quota", 3, [user(1), user(2)], "UserQuotaExceeded"),
        ("user_group_quota", 2, [user_group(1), user_group(2)], "UserGroupQuotaExceeded"),
        (
            "serverless_quota",
            2,
            [serverless(1), serverless(2)],
            "ServerlessCacheQuotaForCustomerExceededFault",
        ),
    ],
)
def test_how_many_there_may_be_is_a_switch(make_aws, switch, limit, makes, code):
    aws = make_aws(**{switch: limit})
    for action, params in makes:
        aws(action, **params)
    action, params = {"UserQ": user, "UserG": user_group}.get(code[:5], serverless)(9)

    assert aws.refusal(action, **params).code == code


@pytest.mark.parametrize("most", [40, 60])
def test_how_many_nodes_memcached_may_have_is_a_switch(make_aws, most):
    aws = make_aws(memcached_node_quota=most)
    more = {"CacheClusterId": "m", "Engine": "memcached"}

    fault = aws.refusal("CreateCacheCluster", NumCacheNodes=most + 1, **more)

    assert fault.code == "NodeQuotaForClusterExceeded"
    assert aws("CreateCacheCluster", NumCacheNodes=most, **more)


@pytest.mark.parametrize("most", [40, 63])
def test_how_long_a_serverless_name_may_be_is_a_switch(make_aws, most):
    aws = make_aws(serverless_name_max_length=most)

    given = {"ServerlessCacheName": "x" * (most + 1), "Engine": "valkey"}

    assert aws.refusal("CreateServerlessCache", **given).code == VALUE
    assert aws("CreateServerlessCache", **given | {"ServerlessCacheName": "x" * most})


@pytest.mark.parametrize("most", [40, 120])
def test_how_long_a_user_name_may_be_is_a_switch(make_aws, most):
    aws = make_aws(user_name_max_length=most)

    given = USER | {"UserId": "u", "UserName": "x" * (most + 1)}

    assert aws.refusal("CreateUser", **given).code == VALUE
    assert aws("CreateUser", **given | {"UserName": "x" * most})


@pytest.mark.parametrize("name", ["user-id", "id"])
def test_by_which_names_users_are_filtered_is_a_switch(make_aws, name):
    aws = make_aws(user_filters=(name,))
    aws.user()

    found = aws("DescribeUsers", Filters=[{"Name": name.upper(), "Values": ["APP"]}])["Users"]

    assert [each["UserId"] for each in found] == ["app"]
    other = [{"Name": f"not-{name}", "Values": ["app"]}]
    assert aws.refusal("DescribeUsers", Filters=other).code == VALUE


@pytest.mark.parametrize("strangely", [True, False])
def test_whether_a_string_is_stored_as_no_engine_would_is_a_switch(make_aws, strangely):
    aws = make_aws(rewrites_strangely=strangely)
    aws.user(AccessString="on ~* +@all")

    assert aws.show_user()["AccessString"].endswith(" -keys") is strangely
