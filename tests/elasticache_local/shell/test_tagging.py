"""GetResources as a value: what is left, and in which pages."""

import pytest
from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError

from elasticache_local.shell.tagging import TOKEN_LIFE_S, Tagged, check, cut, select


def user(number, **tags):
    arn = f"arn:aws:elasticache:eu-west-1:123456789012:user:u{number:03}"
    return Tagged(arn, "elasticache:user", tags or {"team": "shop"})


USERS = [user(number) for number in range(25)]
GROUP = Tagged("arn:aws:elasticache:eu-west-1:1:usergroup:g", "elasticache:usergroup", {"a": "b"})
BUCKET = Tagged("arn:aws:s3:::bucket", "s3:bucket", {"team": "shop"})


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        pytest.param({}, [user(1), GROUP, BUCKET], id="nothing asked"),
        pytest.param({"ResourceTypeFilters": ["elasticache"]}, [user(1), GROUP], id="a service"),
        pytest.param({"ResourceTypeFilters": ["elasticache:user"]}, [user(1)], id="a kind"),
        pytest.param({"TagFilters": [{"Key": "team"}]}, [user(1), BUCKET], id="a key"),
        pytest.param({"TagFilters": [{"Key": "a", "Values": ["x", "b"]}]}, [GROUP], id="a value"),
        pytest.param({"TagFilters": [{"Key": "a"}, {"Key": "team"}]}, [], id="all of the filters"),
        pytest.param({"ResourceARNList": [GROUP.arn]}, [GROUP], id="by ARN"),
    ],
)
def test_filters_leave_what_matches_all_of_them(asked, left):
    assert select([user(1), GROUP, BUCKET], asked) == left


def pages(found, asked, between=lambda found: found):
    token = ""
    while True:
        page, token = cut(found, asked | {"PaginationToken": token}, now=0)
        yield page
        if not token:
            return
        found = between(found)


def test_pages_hold_everything_once():
    got = list(pages(USERS, {"ResourcesPerPage": 10}))

    assert [len(page) for page in got] == [10, 10, 5]
    assert [each for page in got for each in page] == USERS


def test_a_last_page_that_is_full_has_no_token():
    assert [len(page) for page in pages(USERS[:20], {"ResourcesPerPage": 10})] == [10, 10]


def test_what_goes_between_two_pages_hides_nothing_else():
    got = pages(USERS, {"ResourcesPerPage": 10}, between=lambda found: found[1:])

    assert [each for page in got for each in page] == USERS


def test_tags_per_page_cuts_earlier_and_never_to_nothing():
    many = [user(number, **{f"k{key}": "v" for key in range(40)}) for number in range(5)]
    most = [user(number, **{f"k{key}": "v" for key in range(140)}) for number in range(2)]

    assert [len(page) for page in pages(many, {"TagsPerPage": 100})] == [2, 2, 1]
    assert [len(page) for page in pages(most, {"TagsPerPage": 100})] == [1, 1]


@pytest.mark.parametrize(
    ("change", "now", "code"),
    [
        pytest.param({"PaginationToken": "made-up"}, 0, "InvalidParameterException", id="made up"),
        pytest.param(
            {"ResourceTypeFilters": ["s3"]}, 0, "InvalidParameterException", id="other filters"
        ),
        pytest.param({}, TOKEN_LIFE_S + 1, "PaginationTokenExpiredException", id="too old"),
    ],
)
def test_a_token_is_good_for_its_own_request_and_a_quarter_of_an_hour(change, now, code):
    _, token = cut(USERS, {"ResourcesPerPage": 10}, now=0)

    with pytest.raises(ResourceGroupsTaggingAPIError) as caught:
        cut(USERS, {"ResourcesPerPage": 10, "PaginationToken": token} | change, now=now)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"ResourceARNList": ["arn"] * 101}, id="more than 100 ARNs"),
        pytest.param({"ResourceARNList": ["arn"], "TagFilters": [{"Key": "a"}]}, id="ARNs, filter"),
        pytest.param({"ResourceARNList": ["arn"], "ResourcesPerPage": 5}, id="ARNs and paging"),
        pytest.param({"TagFilters": [{"Key": "a"}] * 51}, id="more than 50 filters"),
        pytest.param({"ResourcesPerPage": 0}, id="an empty page"),
        pytest.param({"ResourcesPerPage": 101}, id="too large a page"),
        pytest.param({"TagsPerPage": 99}, id="too few tags"),
        pytest.param({"TagsPerPage": 501}, id="too many tags"),
        pytest.param({"ResourceTypeFilters": ["elasticache:users"]}, id="no kind of an ARN"),
    ],
)
def test_a_request_that_the_reference_rules_out_is_refused(asked):
    with pytest.raises(ResourceGroupsTaggingAPIError) as caught:
        check(asked)

    assert caught.value.code == "InvalidParameterException"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"ResourceARNList": ["arn"] * 100},
        {"TagFilters": [{"Key": "a"}] * 50, "ResourcesPerPage": 100, "TagsPerPage": 100},
        {"ResourceTypeFilters": ["elasticache", "elasticache:usergroup", "s3:bucket"]},
    ],
)
def test_a_request_within_the_limits_is_taken(asked):
    check(asked)
