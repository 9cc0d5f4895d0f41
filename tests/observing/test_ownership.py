"""Whose a thing is: the sweep of tags first, the thing itself where the sweep is silent."""

from __future__ import annotations

from collections import Counter

import build
import pytest

from reconciler.errors import AwsError, WrongAccount
from reconciler.kind import Ownership
from reconciler.kinds import KINDS
from reconciler.observe import observe

GROUP = {
    "UserGroupId": "people",
    "Engine": "valkey",
    "Status": "active",
    "UserIds": ["app"],
    "ARN": f"arn:aws:elasticache:{build.REGION}:{build.ACCOUNT}:usergroup:people",
}
OURS = {"reconciler:estate": build.ESTATE, "reconciler:address": "user_group/people"}
ANSWERS = {
    "describe_users": "Users",
    "describe_user_groups": "UserGroups",
    "describe_cache_parameter_groups": "CacheParameterGroups",
    "describe_cache_subnet_groups": "CacheSubnetGroups",
    "describe_replication_groups": "ReplicationGroups",
    "describe_cache_clusters": "CacheClusters",
    "describe_serverless_caches": "ServerlessCaches",
    "get_resources": "ResourceTagMappingList",
}


class Answers:
    """A Reader over answers that the test wrote down."""

    def __init__(self, *, groups=(GROUP,), swept=None, listed=None, refused=None):
        self.calls, self.asked = 0, Counter()
        self.params = {}
        self.answers = {"describe_user_groups": list(groups)}
        self.answers["get_resources"] = [
            {"ResourceARN": arn, "Tags": pairs(tags)} for arn, tags in (swept or {}).items()
        ]
        self.listed, self.refused = listed or {}, refused

    def read(self, service, operation, params=None):
        self.calls += 1
        self.asked[operation] += 1
        if self.refused:
            raise self.refused
        return {"TagList": pairs(self.listed)}

    def pages(self, service, operation, key, params=None):
        assert ANSWERS[operation] == key
        self.calls += 1
        self.asked[operation] += 1
        self.params[operation] = params
        yield from self.answers.get(operation, ())


def pairs(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def look(reader, *desired, **more):
    wished = {one.address: one for one in desired or [build.user_group()]}
    asked = {
        "estate": build.ESTATE,
        "account_id": build.ACCOUNT,
        "region": build.REGION,
        **more,
    }
    return observe(KINDS, reader, wished, **asked)


def found(reader, *desired, **more):
    return look(reader, *desired, **more).live[build.address("user_group/people")]


def test_what_the_sweep_shows_as_ours_is_not_asked_for_its_tags():
    reader = Answers(swept={GROUP["ARN"]: {**OURS, "team": "shop"}})

    live = found(reader)

    assert live.ownership is Ownership.OWNED
    assert live.resource.tags == {"team": "shop"}
    assert live.resource.marks == {"estate": build.ESTATE, "address": "user_group/people"}
    assert "list_tags_for_resource" not in reader.asked


def test_what_the_sweep_does_not_know_yet_is_asked_itself():
    live = found(Answers(listed=OURS))

    assert live.ownership is Ownership.OWNED


def test_what_the_spec_does_not_name_is_never_asked():
    reader = Answers()

    live = found(reader, build.user_group("other"))

    assert live.ownership is Ownership.UNMANAGED
    assert "list_tags_for_resource" not in reader.asked


@pytest.mark.parametrize(
    ("tags", "owned"),
    [
        pytest.param(OURS, True, id="both right"),
        pytest.param({**OURS, "reconciler:estate": "other"}, False, id="another estate's"),
        pytest.param({**OURS, "reconciler:address": "user_group/x"}, False, id="a clone's"),
        pytest.param({"reconciler:estate": build.ESTATE}, False, id="spread to a member"),
        pytest.param({}, False, id="none"),
    ],
)
def test_owned_means_both_tags_are_right(tags, owned):
    live = found(Answers(swept={GROUP["ARN"]: tags}, listed=tags))

    assert (live.ownership is Ownership.OWNED) is owned


@pytest.mark.parametrize("code", ["InvalidReplicationGroupState", "UserNotFound", "AccessDenied"])
def test_where_tags_can_not_be_read_it_stays_unknown(code):
    refused = AwsError("elasticache", "ListTagsForResource", code, "busy", status=404)

    live = found(Answers(refused=refused))

    assert live.ownership is Ownership.UNKNOWN
    assert live.resource.tags is None


def test_silence_is_not_an_answer_about_ownership():
    silent = AwsError("elasticache", "ListTagsForResource", "Timeout", "", status=0)

    with pytest.raises(AwsError):
        found(Answers(refused=silent))


def test_tags_that_differ_from_the_wish_are_asked_of_the_thing_itself():
    """The sweep lags: a tag that was just written must not look like drift."""
    reader = Answers(swept={GROUP["ARN"]: {**OURS, "team": "old"}}, listed={**OURS, "team": "shop"})

    live = found(reader, build.user_group(tags={"team": "shop"}))

    assert live.resource.tags == {"team": "shop"}


def test_all_that_is_named_can_be_asked_itself():
    reader = Answers(swept={GROUP["ARN"]: OURS}, listed={**OURS, "reconciler:secret": "v2"})

    live = found(reader, refresh_tags=True)

    assert live.resource.marks["secret"] == "v2"


def test_in_mode_observe_ownership_costs_no_call():
    reader = Answers()

    found(reader, mode="observe")

    assert "list_tags_for_resource" not in reader.asked


def test_the_prefix_of_the_tags_is_the_specs():
    tags = {"shop:estate": build.ESTATE, "shop:address": "user_group/people"}

    assert found(Answers(swept={GROUP["ARN"]: tags}), tag_prefix="shop").ownership is (
        Ownership.OWNED
    )


def test_the_sweep_asks_for_the_kinds_that_are_there():
    """Members of replication groups bear their group's tags: nobody asks for ninety of them."""
    reader = Answers(swept={GROUP["ARN"]: OURS})

    found(reader)

    assert reader.params["get_resources"]["ResourceTypeFilters"] == ["elasticache:usergroup"]


def test_calls_are_one_describe_a_kind_and_one_sweep():
    reader = Answers(swept={GROUP["ARN"]: OURS})

    seen = look(reader)

    assert reader.asked == {
        "describe_users": 1,
        "describe_user_groups": 1,
        "describe_cache_parameter_groups": 1,
        "describe_cache_subnet_groups": 1,
        "describe_replication_groups": 1,
        "describe_serverless_caches": 1,
        "describe_cache_clusters": 1,
        "get_resources": 1,
    }
    assert seen.calls == 8


def test_what_every_account_has_is_not_swept():
    reader = Answers(groups=())
    reader.answers["describe_cache_subnet_groups"] = [
        {"CacheSubnetGroupName": "default", "Subnets": [], "ARN": "arn:aws:elasticache:::"}
    ]

    assert look(reader).live == {}
    assert "get_resources" not in reader.asked


@pytest.mark.parametrize("place", ["eu-west-2:123456789012", "eu-west-1:999999999999"])
def test_answers_from_elsewhere_are_refused(place):
    elsewhere = {**GROUP, "ARN": f"arn:aws:elasticache:{place}:usergroup:people"}

    with pytest.raises(WrongAccount, match=place.split(":")[1]):
        look(Answers(groups=[elsewhere]))
