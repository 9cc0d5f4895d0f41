"""The policy for a spec with roles allows each call they take, on these roles and no others."""

from __future__ import annotations

import build
import pytest
from estate import ESTATE, Estate
from iam import Asked, denied
from inprocess import InProcess

from elasticache_local.shell.condition import tag_keys
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode, Verify
from reconciler.policy import policy
from reconciler.ports import Call

IAM = AuthenticationMode(type="iam")
AROUND = (build.user(authentication_mode=IAM), build.user_group(), build.replication_group())
STATES = (
    {},
    {"description": "more", "trust": ("lambda.amazonaws.com",)},
    {
        "permissions_boundary": "arn:aws:iam::123456789012:policy/limits",
        "managed_policy_arns": ("arn:aws:iam::aws:policy/One",),
        "secrets": ("secretsmanager:prod/app",),
    },
    {"managed_policy_arns": ("arn:aws:iam::aws:policy/Two",), "tags": {"team": "shop"}},
    {"permissions_boundary": None, "managed_policy_arns": ()},
    {"replication_group_ids": (), "user_ids": (), "secrets": ()},
)


def wishes(**fields):
    return [*AROUND, build.role(path="/shop/", **fields)]


class Recorded:
    """Every call to IAM on a bench, as IAM would see it at that moment."""

    def __init__(self) -> None:
        self.bench, self.calls = InProcess(), []
        self.bench.before_read = self._note

    def _note(self, service, operation, params) -> None:
        if service != "iam":
            return
        name = params["RoleName"]
        held = self.bench.iam.roles.get(name, {"tags": {}})["tags"]
        arn = f"arn:aws:iam::{build.ACCOUNT}:role/shop/{name}"
        keys = {
            **tag_keys(params.get("Tags"), held),
            **({"iam:PolicyARN": params["PolicyArn"]} if "PolicyArn" in params else {}),
            **(
                {"iam:PermissionsBoundary": params["PermissionsBoundary"]}
                if "PermissionsBoundary" in params
                else {}
            ),
        }
        self.calls.append(Asked(f"iam:{Call(service, operation, {}).action}", ((arn, keys),)))

    def brought_to(self, **fields) -> None:
        estate = Estate(self.bench, wishes(**fields))
        writer = self.bench.writer(
            before=lambda _, call: self._note(call.service, call.operation, call.params)
        )
        assert estate.apply(writer).failed == ()
        self.bench.settle()


@pytest.fixture(scope="module")
def by_state():
    """Give the calls that led to each state, in order."""
    recorded, found = Recorded(), []
    for state in STATES:
        recorded.brought_to(**state)
        found.append((state, recorded.calls))
        recorded.calls = []
    return found


@pytest.fixture
def calls(by_state):
    return [call for _, some in by_state for call in some]


def allowed(purpose="apply", **more):
    return policy(purpose, KINDS, build.facts(wishes(), **more))


def of_state(state):
    return policy("apply", KINDS, build.facts(wishes(**state)))


def test_nothing_is_missing(by_state):
    missing = [
        (state, call.action)
        for state, some in by_state
        for call in some
        if denied(of_state(state), call)
    ]

    assert missing == []


def test_nothing_is_extra(by_state, calls):
    named = {
        action
        for state, _ in by_state
        for one in of_state(state)["Statement"]
        for action in one["Action"]
        if action.startswith("iam:")
    }

    assert named - {call.action for call in calls} == set()


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("iam:AttachRolePolicy", "iam:PolicyARN"),
        ("iam:PutRolePermissionsBoundary", "iam:PermissionsBoundary"),
    ],
)
def test_rights_are_handed_on_only_as_the_spec_names_them(action, key):
    arn = f"arn:aws:iam::{build.ACCOUNT}:role/shop/orders-client"
    ours = tag_keys(None, {"reconciler:estate": build.ESTATE})
    named = {
        "iam:PolicyARN": "arn:aws:iam::aws:policy/One",
        "iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/limits",
    }

    def refused(state, value):
        return denied(of_state(state), Asked(action, ((arn, {**ours, key: value}),)))

    assert refused(STATES[2], named[key]) == []
    assert refused(STATES[2], "arn:aws:iam::aws:policy/AdministratorAccess") == [arn]
    assert refused(STATES[0], named[key]) == [arn]
    assert action not in str(of_state(STATES[0]))


def test_looking_takes_reads_of_these_roles_alone(calls):
    found = [
        one for one in allowed("plan")["Statement"] if any("iam:" in act for act in one["Action"])
    ]

    [statement] = found
    assert all(act.startswith(("iam:Get", "iam:List")) for act in statement["Action"])
    assert statement["Resource"] == [f"arn:aws:iam::{build.ACCOUNT}:role/shop/orders-client"]


@pytest.mark.parametrize("tags", [{}, {"reconciler:estate": "another"}], ids=["none", "another's"])
def test_a_role_that_is_not_ours_can_not_be_changed(calls, tags):
    arn = f"arn:aws:iam::{build.ACCOUNT}:role/shop/orders-client"
    keys = tag_keys(None, tags)
    writes = {call.action for call in calls if not call.action.startswith(("iam:Get", "iam:List"))}

    for action in writes:
        assert denied(allowed(), Asked(action, ((arn, keys),))) == [arn]


def test_a_spec_without_roles_may_do_nothing_to_any():
    told = str(policy("apply", KINDS, build.facts(AROUND)))

    assert "iam:" not in told.replace("arn:aws:iam", "")


def test_whoever_verifies_may_ask_the_runners_that_the_spec_names():
    cache = build.replication_group(verify=Verify(via="lambda:shop-verify"))
    told = policy("verify", KINDS, build.facts([cache]))

    [statement] = [one for one in told["Statement"] if "lambda:InvokeFunction" in one["Action"]]

    start = f"arn:aws:lambda:{build.REGION}:{build.ACCOUNT}"
    assert statement["Resource"] == [f"{start}:function:shop-verify"]
    assert ESTATE == build.ESTATE
