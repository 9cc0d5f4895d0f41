"""It is so that IAM's users, groups, roles and policies are the same after a restart."""

import json

from moto.iam.models import iam_backends

from elasticache_local.shell import identity
from elasticache_local.shell.accounts import Accounts

ACCOUNT = "222233334444"
TAGS = [{"Key": "team", "Value": "data"}]
TRUST = '{"Version": "2012-10-17", "Statement": []}'
CONNECT = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "elasticache:Connect", "Resource": "*"}]}"""


def people():
    """Make one of each sort, attached to each other; give the user's key."""
    iam = iam_backends[ACCOUNT]["aws"]
    policy = iam.create_policy("what", "/", CONNECT, "connect", TAGS)
    iam.create_policy_version(policy.arn, CONNECT, set_as_default=True)
    iam.create_user("us-east-1", "ann", "/people/", TAGS)
    iam.put_user_policy("ann", "own", CONNECT)
    iam.attach_user_policy(policy.arn, "ann")
    iam.create_group("team")
    iam.add_user_to_group("team", "ann")
    iam.attach_group_policy(policy.arn, "team")
    iam.create_role("app", TRUST, "/", None, "for the app", TAGS, "3600")
    iam.put_role_policy("app", "own", CONNECT)
    iam.attach_role_policy(policy.arn, "app")
    return iam.create_access_key("ann")


def test_what_iam_knows_outlives_a_restart():
    key = people()
    before = json.loads(json.dumps(identity.dump()))

    del iam_backends[ACCOUNT]
    identity.load([each for each in before if each["account"] == ACCOUNT])

    iam = iam_backends[ACCOUNT]["aws"]
    assert json.loads(json.dumps(identity.dump())) == before
    assert Accounts().find_key(key.access_key_id).secret == key.secret_access_key
    assert Accounts().owner(key.access_key_id) == ACCOUNT
    assert iam.get_role("app").arn == f"arn:aws:iam::{ACCOUNT}:role/app"
    assert [group.name for group in iam.get_groups_for_user("ann")] == ["team"]
    assert iam.get_role_policy("app", "own") == ("own", CONNECT)
    [policy] = iam.get_role("app").attached_managed_policies
    assert policy["PolicyName"] == "connect"
    assert iam.get_policy(policy["PolicyArn"]).attachment_count == 3
