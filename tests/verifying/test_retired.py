"""What a rotation retired stays out: one node that still takes it is found, by name."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from verifying.engines import hashed
from verifying.shop import APP, SECRETS, USERS, Given, about, refuted

from reconciler.errors import SecretMissing
from reconciler.model import AuthenticationMode, SecretRef

pytestmark = pytest.mark.engines

RETIRED = "the-password-before-0000"
REF = SecretRef(store="secretsmanager", id="APP")
MODE = AuthenticationMode(type="password", passwords=(REF,), password_count=1)
ROTATED = APP.but(authentication_mode=MODE, marks={"secret": "v2", "retired": "v1"})


class Versioned(Given):
    """Keeps APP in versions."""

    def __init__(self, **versions: str) -> None:
        super().__init__()
        self.versions = versions

    def open(self, ref: SecretRef) -> SecretStr:
        if ref.version is None:
            return super().open(ref)
        if ref.version not in self.versions:
            raise SecretMissing(f"{ref} is gone")
        return SecretStr(self.versions[ref.version])


@pytest.fixture
def rotated(shop):
    shop.users = (ROTATED, *USERS[1:])
    shop.secrets = Versioned(v1=RETIRED, v2=SECRETS["APP"])
    return shop


def test_what_was_retired_is_refused_at_every_address(rotated):
    report = rotated.verified(only={"login", "retired"})

    [finding] = about(report, "retired")
    assert (finding.subject, finding.verdict) == (
        "user orders-app with its retired password",
        "proven",
    )
    assert "at 5 of 5 addresses" in finding.got
    assert report.exit_code("100%") == 0


def test_a_node_that_still_takes_it_is_named(rotated):
    rotated.nodes[2].tell("ACL", "SETUSER", "orders-app", hashed(RETIRED))

    report = rotated.verified(only={"login", "retired"})

    assert refuted(report) == {
        ("retired", "user orders-app with its retired password at node orders-003")
    }
    assert RETIRED not in repr(report)


def test_each_attempt_is_said_beforehand(rotated):
    assert rotated.verified(only={"retired"}).refusals == 5
    rotated.users = USERS
    assert rotated.verified(only={"retired"}).refusals == 0


def test_a_version_that_the_store_has_dropped_is_not_proven(rotated):
    rotated.secrets = Versioned()

    [finding] = about(rotated.verified(only={"login", "retired"}), "retired")

    assert finding.verdict == "not proven"
    assert "no longer holds version v1" in finding.got


def test_a_version_with_the_same_password_says_nothing(rotated):
    rotated.secrets = Versioned(v1=SECRETS["APP"])

    [finding] = about(rotated.verified(only={"retired"}), "retired")

    assert finding.verdict == "not proven"
    assert "another key of its secret" in finding.got


def test_while_a_rotation_is_under_way_both_log_in(rotated):
    for node in rotated.nodes:
        node.tell("ACL", "SETUSER", "orders-app", hashed(RETIRED))
    both = MODE.model_copy(update={"password_count": 2, "passwords": (REF,)})
    marks = {"secret": "v1+v2"}
    rotated.users = (APP.but(authentication_mode=both, marks=marks), *USERS[1:])

    report = rotated.verified(only={"login", "retired"})

    said = {one.subject for one in about(report, "login") if one.verdict == "proven"}
    assert {f"user orders-app with password {number}" for number in (1, 2)} <= said
    assert about(report, "retired") == []
