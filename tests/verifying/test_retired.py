"""What a rotation retired stays out: one node that still takes it is found, by name."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from verifying.engines import hashed
from verifying.shop import APP, SECRETS, USERS, Given, about, refuted

from reconciler.errors import SecretMissing, SecretUnavailable
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
        wanted = ref.version or ref.stage
        if wanted is None:
            return super().open(ref)
        if wanted not in self.versions:
            raise SecretMissing(f"{ref} is gone")
        return SecretStr(self.versions[wanted])


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


def test_a_node_that_learns_of_it_a_moment_later_is_given_that_moment(rotated):
    rotated.nodes[2].tell("ACL", "SETUSER", "orders-app", hashed(RETIRED))
    waited = []

    def learn(seconds: float) -> None:
        waited.append(seconds)
        rotated.nodes[2].set_user("orders-app", hashed(SECRETS["APP"]), *APP.access_string.split())

    ports = rotated.ports()
    ports.clock.wait = learn
    rotated.ports = lambda: ports

    report = rotated.verified(only={"retired"}, patience_s=60)

    assert (refuted(report), len(waited)) == (set(), 1)


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


def moved_on(shop, **versions: str) -> None:
    """Let somebody else set another password: our record, if there is any, is of the one before."""
    shop.users = (ROTATED.but(marks={"secret": "v1"} if "v1" in versions else {}), *USERS[1:])
    shop.secrets = Versioned(**versions)


@pytest.mark.parametrize("known_by", ["v1", "AWSPREVIOUS"], ids=["our record", "its store"])
def test_an_old_password_that_somebody_left_valid(shop, known_by):
    moved_on(shop, **{known_by: RETIRED})
    shop.nodes[1].tell("ACL", "SETUSER", "orders-app", hashed(RETIRED))

    report = shop.verified(only={"login", "retired"})

    assert refuted(report) == {
        ("retired", f"user orders-app with its old password at {place}")
        for place in ("reader", "node orders-002")
    }
    assert report.exit_code() == 5


def test_an_old_password_that_is_refused_is_tried_once_however_it_is_known(shop):
    moved_on(shop, v1=RETIRED, AWSPREVIOUS=RETIRED)

    [finding] = about(shop.verified(only={"login", "retired"}), "retired")

    assert (finding.verdict, "at 5 of 5 addresses" in finding.got) == ("proven", True)


def test_a_password_that_was_never_another_one_says_nothing(shop):
    moved_on(shop, v1=SECRETS["APP"], AWSPREVIOUS=SECRETS["APP"])
    assert about(shop.verified(only={"login", "retired"}), "retired") == []

    moved_on(shop)
    assert about(shop.verified(only={"login", "retired"}), "retired") == []


def test_until_the_stores_new_password_is_set_the_old_one_is_no_second_fault(shop):
    moved_on(shop, v1=RETIRED)
    for node in shop.nodes:
        node.set_user("orders-app", "on", hashed(RETIRED))

    report = shop.verified(only={"login", "retired"})

    assert {check for check, _ in refuted(report)} == {"login"}
    assert about(report, "retired") == []


def test_an_old_password_that_can_not_be_looked_up_is_not_proven(shop):
    class Forbidden(Versioned):
        def open(self, ref: SecretRef) -> SecretStr:
            if ref.stage:
                raise SecretUnavailable("AccessDeniedException")
            return super().open(ref)

    moved_on(shop)
    shop.secrets = Forbidden()

    [finding] = about(shop.verified(only={"login", "retired"}), "retired")

    assert (finding.verdict, finding.critical) == ("not proven", False)
    assert "AccessDenied" in finding.got
