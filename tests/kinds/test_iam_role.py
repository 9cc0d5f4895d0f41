"""Roles that may connect: exactly what is named, however IAM writes it down."""

from __future__ import annotations

import json

import build
import pytest
from estate import Estate, sent
from inprocess import InProcess, Killed, kill

from reconciler.errors import AwsError
from reconciler.guard import refusals
from reconciler.kind import Ownership, Unreachable
from reconciler.kinds.iam_role import document
from reconciler.model import Address, AuthenticationMode, IamRole, Safety
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["iam_role"]
IAM = AuthenticationMode(type="iam")
WISHES = (
    build.user(authentication_mode=IAM),
    build.user_group(),
    build.replication_group(user_group_ids=("people",)),
)
FULL = {
    "path": "/shop/",
    "description": "what orders run as",
    "permissions_boundary": f"arn:aws:iam::{build.ACCOUNT}:policy/limits",
    "managed_policy_arns": ("arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"),
    "secrets": ("secretsmanager:prod/app", "ssm:/prod/ops"),
}


def world(*, role: IamRole | None = None) -> Estate:
    return Estate(InProcess(), [*WISHES, role or build.role()])


def made(**fields) -> Estate:
    estate = world(role=build.role(**fields))
    assert estate.apply().failed == ()
    estate.bench.settle()
    return estate


def kept(estate: Estate, name: str = "orders-client"):
    return estate.bench.iam.roles[name]


def wished(estate: Estate, **fields) -> Estate:
    return Estate(estate.bench, [*WISHES, build.role(**fields)])


def changed(estate: Estate) -> list[str]:
    return [field.field for one in estate.plan().changes for field in one.change.fields]


def test_its_policy_allows_connecting_to_that_cache_as_that_user_and_nothing_else():
    estate = made()

    [statement] = kept(estate)["inline"][document.OWN]["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Action": ["elasticache:Connect"],
        "Resource": [
            f"arn:aws:elasticache:{build.REGION}:{build.ACCOUNT}:replicationgroup:orders",
            f"arn:aws:elasticache:{build.REGION}:{build.ACCOUNT}:user:app",
        ],
    }


def test_secrets_are_opened_by_name_and_in_no_other_way():
    estate = made(secrets=("secretsmanager:prod/app", "ssm:/prod/ops"))

    opened = {
        action: one["Resource"]
        for one in kept(estate)["inline"][document.OWN]["Statement"]
        for action in one["Action"]
        if action != "elasticache:Connect"
    }

    start = f"{build.REGION}:{build.ACCOUNT}"
    assert opened == {
        "secretsmanager:GetSecretValue": [f"arn:aws:secretsmanager:{start}:secret:prod/app-??????"],
        "ssm:GetParameter": [f"arn:aws:ssm:{start}:parameter/prod/ops"],
    }


def test_a_role_is_made_after_what_it_refers_to_and_bears_our_tags():
    estate = made(**FULL)

    calls = [one for one in sent(estate.bench) if "Role" in one]

    assert sent(estate.bench)[-len(calls) :] == calls
    assert calls == [
        "CreateRole",
        "PutRolePolicy",
        "AttachRolePolicy",
        "AttachRolePolicy",
    ]
    tags = kept(estate)["tags"]
    assert tags["reconciler:estate"] == "shop-test"
    assert tags["reconciler:address"] == "iam_role/orders-client"
    assert tags["reconciler:applied"]
    assert estate.plan().empty


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_killed_at_any_call_it_is_finished_by_the_next_run(call, after):
    estate = world(role=build.role(**FULL))
    assert Estate(estate.bench, WISHES).apply().failed == ()
    estate.bench.settle()

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(call, after=after)))
    assert estate.apply().failed == ()

    assert estate.plan().empty
    assert kept(estate) == kept(made(**FULL))


TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
ROOT = f"arn:aws:iam::{build.ACCOUNT}:root"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param(
            (build.ACCOUNT,), [{**TRUST, "Principal": {"AWS": ROOT}}], id="an account is its root"
        ),
        pytest.param((ROOT,), [{**TRUST, "Principal": {"AWS": [ROOT]}}], id="written as its root"),
        pytest.param(
            ("lambda.amazonaws.com", "ecs-tasks.amazonaws.com"),
            [
                {
                    **TRUST,
                    "Sid": "Any",
                    "Principal": {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]},
                }
            ],
            id="order and a name of the statement",
        ),
        pytest.param(
            ("lambda.amazonaws.com", build.ACCOUNT),
            [{**TRUST, "Principal": {"Service": "lambda.amazonaws.com", "AWS": ROOT}}],
            id="one statement for both sorts",
        ),
        pytest.param(
            ("lambda.amazonaws.com",),
            [
                {
                    "Effect": "Allow",
                    "Action": ["STS:assumerole"],
                    "Principal": {"Service": "lambda.amazonaws.com"},
                }
            ],
            id="actions in any case",
        ),
        pytest.param(
            (json.dumps({**TRUST, "Principal": {"Service": ["lambda.amazonaws.com"]}}),),
            [{**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}],
            id="a whole statement that says no more",
        ),
    ],
)
def test_a_trust_that_means_the_same_is_no_difference(written, shown):
    estate = made(trust=written)
    kept(estate)["trust"] = {"Version": "2012-10-17", "Statement": shown}

    assert estate.plan().empty


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"Principal": {"AWS": "*"}}, id="everybody"),
        pytest.param(
            {
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            id="with a condition",
        ),
        pytest.param({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}, id="others"),
    ],
)
def test_a_trust_that_somebody_added_to_is_named_and_mended(more):
    estate = made()
    held = kept(estate)["trust"]
    before = json.loads(json.dumps(held))
    held["Statement"] = [*held["Statement"], {**TRUST, **more}]

    assert changed(estate) == ["trust"]
    assert estate.apply().failed == ()
    assert kept(estate)["trust"] == before


CONNECT = {"Effect": "Allow", "Action": "elasticache:Connect"}


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        pytest.param({**CONNECT, "Resource": "*"}, "inline_policies", id="every cache"),
        pytest.param(
            {**CONNECT, "Resource": build.connect_arn("user", "ops")}, "user_ids", id="another user"
        ),
        pytest.param(
            {
                **CONNECT,
                "Resource": build.connect_arn("user", "app").replace("eu-west-1", "us-east-1"),
            },
            "user_ids",
            id="the user of that name in another region",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, "inline_policies", id="buckets"
        ),
    ],
)
def test_a_policy_that_somebody_widened_is_named_and_put_back(statement, field):
    estate = made()
    policy = kept(estate)["inline"][document.OWN]
    before = json.loads(json.dumps(policy))
    policy["Statement"] = [*policy["Statement"], statement]

    assert changed(estate) == [field]
    assert estate.apply().failed == ()
    assert kept(estate)["inline"][document.OWN] == before
    assert estate.plan().empty


@pytest.mark.parametrize(
    ("field", "value"),
    [("user_ids", ("app",)), ("secrets", ("ssm:/prod/ops", "secretsmanager:prod/app"))],
)
def test_who_moved_is_told_although_iam_shows_arns(field, value):
    estate = made(secrets=("ssm:/prod/ops",), **({field: value} if field == "user_ids" else {}))
    if field == "user_ids":
        value = ("app", "late")
        estate = Estate(estate.bench, [build.user("late", authentication_mode=IAM), *WISHES])
        estate.apply()
        estate.bench.settle()
    changes = Estate(
        estate.bench, [*WISHES, build.role(secrets=("ssm:/prod/ops",)).but(**{field: value})]
    )

    [changed] = [
        one
        for planned in changes.plan().changes
        if planned.address.kind == "iam_role"
        for one in planned.change.fields
    ]

    assert (changed.field, changed.moved) == (field, "spec")


def test_another_inline_policy_is_named_and_taken_off():
    estate = made()
    kept(estate)["inline"]["admin"] = {
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}
    }

    assert changed(estate) == ["inline_policies"]
    assert estate.apply().failed == ()
    assert list(kept(estate)["inline"]) == [document.OWN]


def test_a_role_that_says_nothing_of_rights_leaves_its_policies_alone():
    bench = InProcess()
    estate = Estate(bench, [IamRole(id="bare", trust=("lambda.amazonaws.com",))])
    estate.apply()
    kept(estate, "bare")["inline"]["own"] = {"Statement": []}

    assert estate.plan().empty


def test_a_role_with_capitals_is_found_and_called_by_its_own_name():
    estate = made()
    role = estate.bench.iam.roles.pop("orders-client")
    role |= {"RoleName": "Orders-Client", "Arn": role["Arn"].replace("orders-c", "Orders-C")}
    estate.bench.iam.roles["orders-client"] = role

    wished(estate, description="more").apply()

    [call] = [one for one in estate.bench.writes if one.operation == "update_role"]
    assert call.params["RoleName"] == "Orders-Client"


def test_the_path_means_another_role():
    estate = made()

    [planned] = wished(estate, path="/other/").plan().changes

    assert isinstance(planned.stop, Unreachable)
    assert "path" in planned.stop.reason


def refused(estate: Estate) -> str:
    found = refusals(estate.plan(), Safety(), today=estate.bench.clock.now().date())
    return " ".join(reason for some in found.values() for reason in some)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"trust": ("ecs-tasks.amazonaws.com", "999999999999")}, id="trust"),
        pytest.param({"user_ids": ("app", "late")}, id="another user"),
        pytest.param({"secrets": ("secretsmanager:prod/all",)}, id="another secret"),
        pytest.param({"managed_policy_arns": ("arn:aws:iam::aws:policy/Admin",)}, id="a policy"),
        pytest.param(
            {"permissions_boundary": "arn:aws:iam::123456789012:policy/other"}, id="a boundary"
        ),
        pytest.param({"permissions_boundary": None}, id="no boundary"),
        pytest.param({"inline_policies": {"logs": '{"Statement": []}'}}, id="another document"),
    ],
)
def test_letting_more_in_counts_as_widening(more):
    late = build.user("late", authentication_mode=IAM)
    start = {"permissions_boundary": "arn:aws:iam::123456789012:policy/limits"}
    bench = InProcess()
    estate = Estate(bench, [*WISHES, late, build.role(**start)])
    estate.apply()
    bench.settle()

    told = refused(Estate(bench, [*WISHES, late, build.role(**{**start, **more})]))

    assert "widens rights" in told
    assert "--allow widen:iam_role/orders-client" in told


def test_a_new_role_says_where_it_gets_in_and_goes_on_after_a_kill_without_asking():
    bench = InProcess()
    Estate(bench, WISHES).apply()
    bench.settle()
    estate = Estate(bench, [*WISHES, build.role()])

    [planned] = estate.plan().changes

    assert planned.rights.gains == ("ecs-tasks.amazonaws.com: connecting to orders as app",)
    assert not planned.rights.widens
    assert refused(estate) == ""


def test_letting_less_in_is_done_without_asking():
    estate = made(trust=("ecs-tasks.amazonaws.com", build.ACCOUNT), secrets=("ssm:/prod/ops",))

    less = wished(estate, secrets=())

    assert refused(less) == ""
    assert less.apply().failed == ()
    assert less.plan().empty


def test_taking_it_away_detaches_everything_first():
    shown = build.shown_role(
        managed_policy_arns=("arn:aws:iam::aws:policy/One",), inline_policies={"own": "[]"}
    )
    facts = build.facts([], [shown])
    before, calls = facts.observed[shown.address].resource, []

    while before is not None:
        step = KIND.next_step(before, None, facts)
        calls.append(step.call.action)
        before = step.leaves

    assert calls == ["DeleteRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "DeleteRole"]


def test_a_role_that_is_not_ours_is_never_changed_in_silence():
    estate = made()
    kept(estate)["tags"].clear()
    kept(estate)["trust"]["Statement"] = []

    told = refused(estate)

    assert "takes over what is not ours" in told


def test_roles_are_read_only_where_a_spec_names_them():
    estate = Estate(InProcess(), WISHES)

    estate.plan()

    assert not [one for one in estate.bench.reads if "role" in one and "replication" not in one]


def test_its_limits_hold_before_more_may_assume_it():
    estate = wished(
        made(),
        permissions_boundary=FULL["permissions_boundary"],
        trust=("ecs-tasks.amazonaws.com", "lambda.amazonaws.com"),
    )

    (one,) = estate.plan().changes

    assert [step.call.operation for step in one.steps] == [
        "put_role_permissions_boundary",
        "update_assume_role_policy",
    ]


def test_another_description_leaves_its_sessions_as_long_as_they_were():
    estate = wished(made(max_session_duration=7200), description="other", max_session_duration=7200)

    (one,) = estate.plan().changes

    assert [step.call.params["MaxSessionDuration"] for step in one.steps] == [7200]


def test_a_role_that_may_not_be_read_is_not_taken_for_missing():
    estate = world()

    def denied(_service: str, operation: str, _params: object) -> None:
        if operation == "get_role":
            raise AwsError("iam", "GetRole", "AccessDenied", "not for you", status=403)

    estate.bench.before_read = denied

    with pytest.raises(AwsError, match="AccessDenied"):
        estate.plan()


def test_an_unreadable_document_is_a_difference_and_no_crash():
    left, strange = document.granted("{not json")

    assert not any(left.values())
    assert strange == [{"Unreadable": "{not json"}]


def test_in_another_partition_everything_is_named_there():
    role = build.role(trust=(build.ACCOUNT,), secrets=("secretsmanager:a",))
    facts = build.facts([role], region="cn-north-1")
    steps, _ = unfold(KIND, None, complete(KIND, role, None, facts), facts)

    told = " ".join(str(step.call) for step in steps)

    assert "arn:aws-cn:iam::" in told
    assert "arn:aws:" not in told


def test_its_tags_come_with_it():
    estate = made()

    live = estate.facts().observed[Address("iam_role", "orders-client")]

    assert live.ownership is Ownership.OWNED
    assert not [one for one in estate.bench.reads if one.startswith("list_role_tags")]


def test_blanks_around_a_description_are_no_difference():
    kind, shown = build.KIND["iam_role"], build.SHOWN["iam_role"].but(description="for the shop")

    assert kind.fold("description", "  for the shop ", shown, build.facts()) == "for the shop"
    assert kind.fold("description", "for others", shown, build.facts()) == "for others"
