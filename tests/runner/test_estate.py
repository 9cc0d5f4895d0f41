"""A runner's role opens what its caches take and nothing else; several share what there is."""

from __future__ import annotations

import build
import pytest

from reconciler.errors import UsageError
from reconciler.model import AuthenticationMode, SecretRef, Verify
from reconciler.runner.estate import Wanted, caches_of, runner_estate, runners_of, unopened
from reconciler.runner.package import Package, Target

PACKAGE = Package(b"zip", Target())
BY_STORE = SecretRef(store="secretsmanager", id="prod/app", key="password")
BY_SSM = SecretRef(store="ssm", id="/prod/ops")


def resources(**of_orders):
    some = (
        build.user("app", authentication_mode=build.password(BY_STORE)),
        build.user("ops", authentication_mode=build.password(BY_SSM)),
        build.user("laptop"),
        build.user("tokens", authentication_mode=AuthenticationMode(type="iam")),
        build.user("elsewhere", authentication_mode=AuthenticationMode(type="iam")),
        build.user_group("people", user_ids=("app", "ops", "laptop", "tokens")),
        build.user_group("others", user_ids=("elsewhere",)),
        build.subnet_group("private", subnet_ids=("subnet-2", "subnet-1")),
        build.replication_group(
            user_group_ids=("people",),
            cache_subnet_group_name="private",
            security_group_ids=("sg-1",),
            verify=Verify(via="lambda:shop-verify"),
            **of_orders,
        ),
        build.serverless_cache(user_group_id="others", subnet_ids=("subnet-9",)),
    )
    return {one.address: one for one in some}


def made(*users, spec=None, **more):
    return runner_estate(
        Wanted("shop-verify", frozenset(users), **more), spec or resources(), PACKAGE, "aws"
    )


def test_the_spec_says_which_runners_there_are_and_for_what():
    assert runners_of(resources()) == ("shop-verify",)
    assert [one.id for one in caches_of("shop-verify", resources())] == ["orders"]
    assert {one.id for one in caches_of("another", resources())} == {"orders", "carts"}


def test_its_role_opens_the_secrets_of_its_caches_users_and_no_others():
    role, _ = made()

    assert role.secrets == ("secretsmanager:prod/app", "ssm:/prod/ops")
    assert role.user_ids == ("tokens",)
    assert role.replication_group_ids == ("orders",)
    assert role.serverless_cache_names == ()
    assert role.trust == ("lambda.amazonaws.com",)


def test_users_may_be_left_out_so_that_no_role_holds_all_keys():
    one, _ = made("app")
    other, _ = made("ops", "tokens")

    assert (one.secrets, one.user_ids) == (("secretsmanager:prod/app",), ())
    assert (other.secrets, other.user_ids) == (("ssm:/prod/ops",), ("tokens",))
    assert not set(one.secrets) & set(other.secrets)


def test_a_role_that_logs_in_as_nobody_by_iam_may_connect_nowhere():
    role, _ = made("app")

    assert role.replication_group_ids == ()


def test_an_auth_token_is_for_the_runner_that_is_for_everybody():
    token = SecretRef(store="secretsmanager", id="prod/token")
    spec = resources(auth_token=token)

    assert "secretsmanager:prod/token" in made(spec=spec)[0].secrets
    assert "secretsmanager:prod/token" not in made("app", spec=spec)[0].secrets


def test_it_runs_where_its_caches_are():
    _, function = made()

    assert function.subnet_ids == ("subnet-1", "subnet-2")
    assert function.security_group_ids == ("sg-1",)
    assert (function.runtime, function.timeout) == ("python3.12", 30)


def test_what_a_person_says_of_the_network_goes_first():
    _, function = made(subnet_ids=("subnet-7",), security_group_ids=("sg-7",))

    assert function.subnet_ids == ("subnet-7",)
    assert function.security_group_ids == ("sg-7",)


@pytest.mark.parametrize(
    ("subnets", "managed"),
    [((), "AWSLambdaBasicExecutionRole"), (("subnet-7",), "AWSLambdaVPCAccessExecutionRole")],
)
def test_the_managed_policy_is_the_one_for_where_it_runs(subnets, managed):
    spec = resources()
    spec = {
        address: one.but(cache_subnet_group_name=None) if one.id == "orders" else one
        for address, one in spec.items()
    }

    role, _ = made(spec=spec, subnet_ids=subnets)

    assert role.managed_policy_arns == (f"arn:aws:iam::aws:policy/service-role/{managed}",)


def test_a_user_that_its_caches_do_not_let_in_is_refused_by_name():
    with pytest.raises(UsageError, match="elsewhere: the caches of shop-verify let in app"):
        made("elsewhere")


def test_what_only_this_machine_can_open_is_named():
    users = [one for one in resources().values() if one.kind == "user"]

    assert unopened(users) == ("{env: APP_PASSWORD}",)


def test_no_environment_variable_carries_anything():
    assert made()[1].environment == {}
