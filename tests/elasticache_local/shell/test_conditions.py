"""Conditions of policies, as IAM's user guide has them."""

import pytest

from elasticache_local.shell.condition import holds, tag_keys

KEYS = tag_keys([{"Key": "team", "Value": "shop"}], {"estate": "prod"})


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringEquals": {"aws:RequestTag/team": "shop"}}, True),
        ({"StringEquals": {"aws:RequestTag/team": ["web", "shop"]}}, True),
        ({"StringEquals": {"aws:RequestTag/team": "Shop"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:RequestTag/team": "Shop"}}, True),
        ({"StringLike": {"aws:ResourceTag/estate": "pr*"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "shop"}}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/team": "shop"}}, True),
        ({"Null": {"aws:ResourceTag/team": "true"}}, True),
        ({"Null": {"aws:ResourceTag/estate": "true"}}, False),
        (
            {
                "StringEquals": {"aws:RequestTag/team": "shop", "aws:ResourceTag/estate": "test"},
            },
            False,
        ),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}, False),
    ],
)
def test_every_condition_must_hold_and_one_that_is_not_known_never_does(conditions, expected):
    assert holds(conditions, KEYS) is expected
