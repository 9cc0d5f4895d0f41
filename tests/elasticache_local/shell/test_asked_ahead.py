"""What tools look up before they write: quotas, metrics, updates, room on a node type."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def limited(aws):
    """An account whose quota of users was lowered."""
    aws.control("fault", {"sort": "quota", "quota": "users", "limit": 2})
    try:
        yield aws.account()
    finally:
        aws.control("fault", {"clear": True})


def test_service_quotas_tells_what_the_service_holds_an_account_to(limited):
    client = limited.client("service-quotas")

    listed = client.list_service_quotas(ServiceCode="elasticache")["Quotas"]
    told = {one["QuotaCode"]: one for one in listed}
    one = client.get_service_quota(ServiceCode="elasticache", QuotaCode="L-80E085C7")["Quota"]

    assert told["L-80E085C7"]["Value"] == one["Value"] == 2.0
    assert told["L-DFE45DF3"]["Value"] == 300.0
    user = {"Engine": "redis", "AccessString": "off", "NoPasswordRequired": True}
    elasticache = limited.client("elasticache")
    elasticache.create_user(UserId="a", UserName="a", **user)
    with pytest.raises(ClientError, match="UserQuotaExceeded"):
        elasticache.create_user(UserId="b", UserName="b", **user)


def test_an_unknown_quota_is_not_there(account):
    with pytest.raises(ClientError, match="NoSuchResource"):
        account.client("service-quotas").get_service_quota(
            ServiceCode="elasticache", QuotaCode="L-00000000"
        )


def test_quotas_of_other_services_are_as_before(account):
    with pytest.raises(ClientError):
        account.client("service-quotas").list_service_quotas(ServiceCode="nothing")


def test_no_update_waits(account):
    client = account.client("elasticache")

    assert client.describe_update_actions(ReplicationGroupIds=["orders"])["UpdateActions"] == []
    assert client.describe_service_updates()["ServiceUpdates"] == []


def test_each_family_tells_its_maxmemory_by_node_type_once(account):
    client = account.client("elasticache")
    pages = client.get_paginator("describe_engine_default_parameters").paginate(
        CacheParameterGroupFamily="valkey8", PaginationConfig={"PageSize": 20}
    )

    rows = [
        row
        for page in pages
        for row in page["EngineDefaults"].get("CacheNodeTypeSpecificParameters", ())
    ]

    (row,) = rows
    told = {one["CacheNodeType"]: int(one["Value"]) for one in row["CacheNodeTypeSpecificValues"]}
    assert row["ParameterName"] == "maxmemory"
    assert told["cache.r7g.large"] == round(13.07 * 1024**3)
    assert "cache.r6gd.large" not in told
