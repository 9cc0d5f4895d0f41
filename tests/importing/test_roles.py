"""Roles that may connect are found, written by name, and made anew as they were."""

from __future__ import annotations

import json
from typing import Any

import build
import pytest
from estate import Estate
from inprocess import InProcess

from reconciler.errors import AwsError
from reconciler.kind import Facts
from reconciler.model import Address
from reconciler.observe import observe
from reconciler.plan import make_plan
from reconciler.spec import load

KIND = build.KIND["iam_role"]
HERE = f"arn:aws:elasticache:{build.REGION}:{build.ACCOUNT}"
ELSEWHERE = f"arn:aws:elasticache:us-east-1:{build.ACCOUNT}"
ORDERS, APP = f"{HERE}:replicationgroup:orders", f"{HERE}:user:app"
MANAGED = f"arn:aws:iam::{build.ACCOUNT}:policy/connects"
WEB = {
    "Effect": "Allow",
    "Principal": {"Federated": f"arn:aws:iam::{build.ACCOUNT}:oidc-provider/id.example"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {"id.example:sub": "system:serviceaccount:shop:orders"}},
}
LAMBDA = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


def statement(*resources: str, action: str = "elasticache:Connect") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": list(resources)}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(bench: InProcess, name: str, *, trust=LAMBDA, path="/", attached=(), **policies) -> None:
    """Make a role by raw calls."""

    def iam(operation: str, **params: Any) -> None:
        bench.answer("iam", operation, {"RoleName": name, **params})

    tags = [{"Key": "no", "Value": "1e3"}]
    iam("create_role", Path=path, AssumeRolePolicyDocument=document(trust), Tags=tags)
    for policy, some in policies.items():
        iam("put_role_policy", PolicyName=policy, PolicyDocument=document(*some))
    for arn in attached:
        iam("attach_role_policy", PolicyArn=arn)


@pytest.fixture
def bench():
    made = InProcess()
    made.iam.policies[MANAGED] = json.loads(document(statement(ORDERS, APP)))
    made.iam.policies[f"{MANAGED}-not"] = json.loads(document(statement("*", action="s3:*")))
    return made


def sought(bench: InProcess) -> set[str]:
    facts = Facts(build.ACCOUNT, build.REGION, "imported", desired={}, observed={})
    return set(KIND.sought(bench.reader(), facts))


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ({"own": [statement(ORDERS, APP)]}, True),
        ({"own": [statement(f"{HERE}:*:*")]}, True),
        ({"own": [statement("arn:*:elasticache:*:*:replicationgroup:orders")]}, True),
        ({"own": [statement("*")]}, True),
        ({"own": [statement(ORDERS, action="ELASTICACHE:connect")]}, True),
        ({"other": [statement("*", action="s3:*")], "own": [statement(ORDERS)]}, True),
        ({"attached": [MANAGED]}, True),
        ({"attached": [f"{MANAGED}-not"]}, False),
        ({"own": [statement(f"{ELSEWHERE}:user:app")]}, False),
        ({"own": [statement(ORDERS.replace(build.ACCOUNT, "9" * 12))]}, False),
        ({"own": [{**statement("*"), "Effect": "Deny"}]}, False),
        ({"own": [statement("*", action="*"), statement("*", action="elasticache:*")]}, False),
        ({"own": [statement("*")], "path": "/aws-service-role/elasticache/"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_role_is_found_by_what_it_may_connect_to_here(bench, made, found):
    role(bench, "first")
    role(bench, "meant", **made)

    assert sought(bench) == ({"meant"} if found else set())


def test_what_cannot_be_read_is_not_taken_for_nothing(bench):
    def deny(service, operation, _):
        raise AwsError(service, operation, "AccessDenied", "no", status=403)

    bench.before_read = deny

    with pytest.raises(AwsError):
        sought(bench)


def _found(bench):
    return observe(
        tuple(build.KIND.values()),
        bench.reader(),
        {},
        estate="imported",
        account_id=build.ACCOUNT,
        region=build.REGION,
        mode="observe",
        named=frozenset(Address("iam_role", name) for name in bench.iam.roles),
    ).live


def test_names_stand_for_what_is_here_and_the_rest_stays_whole(bench, imported):
    suffixed = f"arn:aws:secretsmanager:{build.REGION}:{build.ACCOUNT}:secret:app-AbCdEf"
    any_suffix = f"{suffixed[:-6]}??????"
    own = [
        statement(ORDERS, APP, f"{ELSEWHERE}:user:app"),
        statement(suffixed, any_suffix, action="secretsmanager:GetSecretValue"),
    ]
    role(bench, "shop-app", reconcile=own, besides=[statement("*", action="s3:GetObject")])
    lives = [one for one in _found(bench).values() if not one.built_in]

    found = imported(lives)

    entry = found.entry("iam_role/shop-app")
    assert found.written.left_out == ()
    assert entry.replication_group_ids == ("orders",)
    assert entry.user_ids == ("app", f"{ELSEWHERE}:user:app")
    assert entry.secrets == (suffixed, "secretsmanager:app")
    assert 'besides: \'{"Statement"' in found.text
    assert found.plan(_found(bench)).empty


def test_the_first_plan_is_empty_and_an_empty_account_gets_the_same(bench, imported):
    role(bench, "Shop-App", path="/shop/", reconcile=[statement(ORDERS, APP)], attached=[MANAGED])
    role(bench, "pods", trust=WEB, own=[statement(f"{HERE}:user:*", f"{HERE}:serverlesscache:*")])
    there = {at: one for at, one in _found(bench).items() if not one.built_in}

    found = imported(there.values())

    assert found.written.left_out == ()
    assert "IAM calls it Shop-App; made anew it would be shop-app" in found.text
    assert found.plan(there).empty
    found.path.write_text(found.text.replace("mode: observe", "mode: manage"), encoding="utf-8")
    empty = InProcess()
    again = Estate(empty, list(load(found.path).resources.values()), name="imported")
    assert not again.apply().failed
    assert again.plan().empty
    for name, was in bench.iam.roles.items():
        shown = _found(empty)[Address("iam_role", name)].resource
        before = there[Address("iam_role", name)].resource
        names = KIND.fields
        assert {one: getattr(shown, one) for one in names} == {
            one: getattr(before, one) for one in names
        }, was


def test_a_statement_of_trust_is_known_in_another_order_and_a_change_of_it_is_named(bench):
    role(bench, "pods", trust=WEB)
    other = {**WEB, "Condition": {"StringEquals": {"id.example:sub": "somebody else"}}}

    def plan(said):
        wish = build.role("pods", trust=(json.dumps(said),))
        wish = type(wish)(id="pods", trust=wish.trust)
        lives = [one for one in _found(bench).values() if one.address == wish.address]
        facts = build.facts([wish], lives, estate="imported")
        return make_plan(tuple(build.KIND.values()), facts, mode="observe")

    assert plan(dict(reversed(WEB.items()))).empty
    [change] = plan(other).changes
    assert [one.field for one in change.change.fields] == ["trust"]
