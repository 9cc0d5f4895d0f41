"""Every member of the API's Create calls is modelled, or left out for a reason that stands here."""

import botocore.session
import pytest
from botocore import xform_name

from reconciler.model import (
    OWN_KEYS,
    RESOURCES,
    CacheCluster,
    CacheParameterGroup,
    CacheSubnetGroup,
    Ours,
    ReplicationGroup,
    ServerlessCache,
    User,
    UserGroup,
    mark,
    sent_fields,
)
from reconciler.spec.shape import written_fields

SERVICE = botocore.session.get_session().get_service_model("elasticache")
CREATE = {
    User: "CreateUser",
    UserGroup: "CreateUserGroup",
    CacheParameterGroup: "CreateCacheParameterGroup",
    CacheSubnetGroup: "CreateCacheSubnetGroup",
    ReplicationGroup: "CreateReplicationGroup",
    ServerlessCache: "CreateServerlessCache",
    CacheCluster: "CreateCacheCluster",
}
THE_KEY = "the key of the entry"
DATA = "where data come from when it is made: a step, not a state"
OUTPOSTS = "racks at the customer's: nothing of it can be tried here"
LATER = "newer than what is known about how it reads back and changes"
LEFT_OUT = {
    User: {
        "user_id": THE_KEY,
        "passwords": "the older form of authentication_mode",
        "no_password_required": "the older form of authentication_mode",
    },
    UserGroup: {"user_group_id": THE_KEY},
    CacheParameterGroup: {"cache_parameter_group_name": THE_KEY},
    CacheSubnetGroup: {"cache_subnet_group_name": THE_KEY},
    ReplicationGroup: {
        "replication_group_id": THE_KEY,
        "cache_security_group_names": "EC2-Classic, retired",
        "global_replication_group_id": "spans regions; a spec is about one",
        "primary_cluster_id": "takes over a standalone cluster: a step, not a state",
        "node_group_configuration": "slots and zones at create; no call changes them afterwards",
        "preferred_cache_cluster_azs": "zones at create; no call changes them afterwards",
        "snapshot_arns": DATA,
        "snapshot_name": DATA,
        "serverless_cache_snapshot_name": DATA,
        "durability": LATER,
    },
    CacheCluster: {
        "cache_cluster_id": THE_KEY,
        "replication_group_id": "a member changes with its group, and is none of this kind",
        "cache_security_group_names": "EC2-Classic, retired",
        "preferred_availability_zones": "a zone for each node by place; az_mode spreads them",
        "auth_token": "the service takes it for replication groups only",
        "outpost_mode": OUTPOSTS,
        "preferred_outpost_arn": OUTPOSTS,
        "preferred_outpost_arns": OUTPOSTS,
        "snapshot_arns": DATA,
        "snapshot_name": DATA,
    },
    ServerlessCache: {
        "serverless_cache_name": THE_KEY,
        "snapshot_arns_to_restore": DATA,
        "connection_type": LATER,
        "integrations": LATER,
    },
}


def members(noun):
    return {xform_name(name) for name in SERVICE.operation_model(CREATE[noun]).input_shape.members}


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_each_member_is_modelled_or_left_out_for_a_reason(noun):
    missing = members(noun) - {*sent_fields(noun), "tags"}

    assert missing <= set(LEFT_OUT[noun])
    assert not set(LEFT_OUT[noun]) & set(sent_fields(noun))


BY_ANOTHER_CALL = {
    CacheParameterGroup: {"parameters": "ModifyCacheParameterGroup's ParameterNameValues, as a map"}
}


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_each_field_is_a_member_by_the_same_name(noun):
    assert set(sent_fields(noun)) - members(noun) == set(BY_ANOTHER_CALL.get(noun, {}))


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_our_own_keys_are_a_closed_list_and_no_names_of_the_service(noun):
    ours = {name for name in written_fields(noun) if mark(noun, name, Ours)}
    modify = f"Modify{CREATE[noun].removeprefix('Create')}"
    its = {xform_name(name) for name in SERVICE.operation_model(modify).input_shape.members}

    assert ours <= OWN_KEYS
    assert ours & (members(noun) | its) <= {"apply_immediately"}
