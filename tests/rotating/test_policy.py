"""What a rotation and the making of secrets take, and a plain apply does not have."""

from __future__ import annotations

import build

from reconciler.kinds import KINDS
from reconciler.model import SecretRef, Verify
from reconciler.policy import policy

KEPT = SecretRef(store="secretsmanager", id="prod/app", key="password")
NUMBERED = SecretRef(store="ssm", id="/prod/token")
WRITES = {
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
    "ssm:PutParameter",
}


def allowed(purpose, *refs, beside=()):
    found = policy(purpose, KINDS, build.facts([build.user()]), refs, beside=frozenset(beside))
    return {
        (action, arn)
        for statement in found["Statement"]
        if statement["Sid"] != "Lease"
        for action in statement["Action"]
        for arn in statement["Resource"]
    }


def test_only_an_apply_that_may_rotate_puts_new_versions_and_only_of_the_specs_secrets():
    for purpose in ("plan", "apply", "verify", "drift"):
        assert not {one for one, _ in allowed(purpose, KEPT, NUMBERED)} & WRITES

    added = allowed("apply", KEPT, NUMBERED, beside=["rotate"]) - allowed("apply", KEPT, NUMBERED)

    assert {one for one, _ in added} >= WRITES
    assert {arn.split(":", 5)[5] for action, arn in added if action in WRITES} == {
        "secret:prod/app-??????",
        "parameter/prod/token",
    }
    assert not allowed("verify", KEPT, beside=["rotate"]) - allowed("verify", KEPT)


def test_a_rotation_may_ask_the_runners_that_the_spec_names_and_no_plain_apply():
    cache = build.replication_group(verify=Verify(via="lambda:shop-verify"))

    def asks(*beside):
        found = policy("apply", KINDS, build.facts([cache]), beside=frozenset(beside))
        some = [one for one in found["Statement"] if "lambda:InvokeFunction" in one["Action"]]
        return [arn.rpartition(":")[2] for one in some for arn in one["Resource"]]

    assert asks() == []
    assert asks("rotate") == ["shop-verify"]


def test_a_version_that_never_moves_is_not_rotated():
    pinned = KEPT.at("v1")

    assert allowed("apply", pinned, beside=["rotate"]) == allowed("apply", pinned)


def test_what_apply_is_to_make_it_may_make_and_nothing_else():
    made = SecretRef(store="secretsmanager", id="prod/new", key="password", create=True)

    added = {one for one, _ in allowed("apply", made)} - {one for one, _ in allowed("apply", KEPT)}

    assert added == {"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue"}
    assert not {one for one, _ in allowed("plan", made)} & {"secretsmanager:CreateSecret"}
