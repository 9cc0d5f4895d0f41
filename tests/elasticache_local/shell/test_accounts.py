"""Which keys may sign, and for whom."""

import time

import pytest
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from elasticache_local.shell.accounts import EXAMPLE_KEY_ID, Accounts

ACCOUNT = "444455556666"


@pytest.fixture
def iam():
    yield iam_backends[ACCOUNT]["aws"]
    iam_backends.reset()
    sts_backends.reset()


@pytest.fixture
def accounts():
    return Accounts()


def test_the_documented_example_key_is_root_of_the_default_account(accounts):
    assert accounts.owner(EXAMPLE_KEY_ID) == "123456789012"
    assert accounts.find_key(EXAMPLE_KEY_ID).secret.endswith("bPxRfiCYEXAMPLEKEY")


def test_an_account_keeps_its_root_key_also_over_a_restart(accounts):
    pair = accounts.root(ACCOUNT)
    again = Accounts()
    again.load(accounts.dump())

    assert accounts.root(ACCOUNT) == again.root(ACCOUNT) == pair
    assert again.owner(pair.access_key_id) == ACCOUNT
    assert pair.secret_access_key not in repr(pair)


def test_a_key_that_iam_made_signs_until_it_is_switched_off_or_gone(accounts, iam):
    iam.create_user(region_name="eu-west-1", user_name="ci")
    key = iam.create_access_key("ci")
    assert accounts.find_key(key.access_key_id).secret == key.secret_access_key
    assert accounts.owner(key.access_key_id) == ACCOUNT

    iam.update_access_key("ci", key.access_key_id, "Inactive")
    assert accounts.find_key(key.access_key_id) is None

    iam.update_access_key("ci", key.access_key_id, "Active")
    iam.delete_access_key(key.access_key_id, "ci")
    assert accounts.find_key(key.access_key_id) is None


def test_a_role_s_key_signs_with_its_session_token_for_as_long_as_it_lasts(accounts, iam):
    role = sts_backends["123456789012"]["aws"].assume_role(
        region_name="eu-west-1",
        role_session_name="night",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/reader",
        policy=None,
        duration=900,
        external_id=None,
    )

    key = accounts.find_key(role.access_key_id)

    assert key.account_id == ACCOUNT
    assert key.session_token == role.session_token
    assert key.expires == pytest.approx(time.time() + 900, abs=60)


def test_a_session_signs_for_the_account_of_the_key_that_opened_it(accounts):
    parent = accounts.root(ACCOUNT).access_key_id
    made = accounts.open_session(parent, 900, "arn:aws:iam::444455556666:root", ACCOUNT)

    key = accounts.find_key(made["AccessKeyId"])

    assert (key.account_id, key.session_token) == (ACCOUNT, made["SessionToken"])
    assert key.expires == pytest.approx(made["Expiration"].timestamp())
    assert accounts.identity(made["AccessKeyId"], "aws")[1].endswith(":root")


def test_a_key_that_nobody_made_is_the_default_account_s_and_signs_nothing(accounts):
    assert accounts.owner("AKIANOBODYNOBODYNOBO") == "123456789012"
    assert accounts.find_key("AKIANOBODYNOBODYNOBO") is None
