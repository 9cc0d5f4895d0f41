"""Every member of the API's Create calls is modelled, or left out for a reason that stands here."""

import botocore.session
import pytest
from botocore import xform_name

from reconciler.model import (
    GRANTS,
    OWN_KEYS,
    RESOURCES,
    AtCreate,
    CacheCluster,
    CacheParameterGroup,
    CacheSubnetGroup,
    IamRole,
    Ours,
    ReplicationGroup,
    ServerlessCache,
    User,
    UserGroup,
    mark,
    sent_fields,
)
from reconciler.spec.shape import written_fields

_SESSION = botocore.session.get_session()
SERVICE = _SESSION.get_service_model("elasticache")
IAM = _SESSION.get_service_model("iam")
CREATE = {
    User: "CreateUser",
    UserGroup: "CreateUserGroup",
    CacheParameterGroup: "CreateCacheParameterGroup",
    CacheSubnetGroup: "CreateCacheSubnetGroup",
    ReplicationGroup: "CreateReplicationGroup",
    ServerlessCache: "CreateServerlessCache",
    CacheCluster: "CreateCacheCluster",
    IamRole: "CreateRole",
}
THE_KEY = "the key of the entry"
OUTPOSTS = "racks at the customer's: nothing of it can be tried here"
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
    },
    CacheCluster: {
        "cache_cluster_id": THE_KEY,
        "replication_group_id": "a member changes with its group, and is none of this kind",
        "cache_security_group_names": "EC2-Classic, retired",
        "auth_token": "the service takes it for replication groups only",
        "outpost_mode": OUTPOSTS,
        "preferred_outpost_arn": OUTPOSTS,
        "preferred_outpost_arns": OUTPOSTS,
    },
    IamRole: {
        "role_name": THE_KEY,
        "assume_role_policy_document": "trust says who; conditions are left to other tools",
    },
    ServerlessCache: {
        "serverless_cache_name": THE_KEY,
    },
}


ID = {
    User: {"user_id"},
    UserGroup: {"user_group_id"},
    CacheParameterGroup: {"cache_parameter_group_name"},
    CacheSubnetGroup: {"cache_subnet_group_name"},
    ReplicationGroup: {"replication_group_id"},
    ServerlessCache: {"serverless_cache_name"},
    CacheCluster: {"cache_cluster_id"},
    IamRole: {"role_name"},
}
CHANGE = {
    User: ["ModifyUser"],
    UserGroup: ["ModifyUserGroup"],
    CacheParameterGroup: ["ModifyCacheParameterGroup", "ResetCacheParameterGroup"],
    CacheSubnetGroup: ["ModifyCacheSubnetGroup"],
    ReplicationGroup: [
        "ModifyReplicationGroup",
        "ModifyReplicationGroupShardConfiguration",
        "IncreaseReplicaCount",
        "DecreaseReplicaCount",
    ],
    ServerlessCache: ["ModifyServerlessCache"],
    CacheCluster: ["ModifyCacheCluster"],
    IamRole: [
        "UpdateRole",
        "UpdateAssumeRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
    ],
}
PARTS = "part of the call that a field's change becomes"
RETIRED = "EC2-Classic, retired"
PLACES = "where new ones are placed: the service spreads them over zones"
THE_CALLS_OWN = {
    User: {
        "append_access_string": "access_string is the whole string",
        "passwords": "the older form of authentication_mode",
        "no_password_required": "the older form of authentication_mode",
    },
    UserGroup: {"user_ids_to_add": PARTS, "user_ids_to_remove": PARTS},
    CacheParameterGroup: {
        "parameter_name_values": PARTS,
        "reset_all_parameters": "would also put back what somebody set meanwhile",
    },
    CacheSubnetGroup: {},
    ReplicationGroup: {
        "auth_token_update_strategy": "a step of a rotation, not a state",
        "cache_security_group_names": RETIRED,
        "new_replica_count": PARTS,
        "node_group_count": PARTS,
        "node_group_id": "of old; the API reference says that it does nothing",
        "node_groups_to_remove": PARTS,
        "node_groups_to_retain": "the other way to say node_groups_to_remove",
        "notification_topic_status": "follows notification_topic_arn: a topic or none",
        "primary_cluster_id": "a failover by hand: a deed, not a state",
        "remove_user_groups": "user_group_ids: none",
        "replica_configuration": PLACES,
        "replicas_to_remove": "the service chooses which",
        "resharding_configuration": PLACES,
        "snapshotting_cluster_id": PARTS,
        "user_group_ids_to_add": PARTS,
        "user_group_ids_to_remove": PARTS,
    },
    ServerlessCache: {"remove_user_group": "user_group_id: none"},
    CacheCluster: {
        "auth_token": "the service takes it for replication groups only",
        "auth_token_update_strategy": "the service takes it for replication groups only",
        "cache_node_ids_to_remove": PARTS,
        "cache_security_group_names": RETIRED,
        "new_availability_zones": "those of preferred_availability_zones, for nodes that are added",
        "notification_topic_status": "follows notification_topic_arn: a topic or none",
    },
    IamRole: {"policy_document": PARTS, "policy_name": PARTS, "policy_arn": PARTS},
}


def members(noun):
    return members_of(CREATE[noun])


def members_of(call):
    service = IAM if "Role" in call else SERVICE
    return {xform_name(name) for name in service.operation_model(call).input_shape.members}


def modelled(noun):
    """What a spec can say of it, our own word for how a call is sent included."""
    at_create = {name for name in noun.model_fields if mark(noun, name, AtCreate)}
    return {*sent_fields(noun), *at_create, "tags", "apply_immediately", "scale_config"}


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_each_member_is_modelled_or_left_out_for_a_reason(noun):
    assert members(noun) - modelled(noun) == set(LEFT_OUT[noun])


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_each_member_of_the_calls_that_change_it_is_modelled_or_follows_from_a_field(noun):
    found = {name for call in CHANGE[noun] for name in members_of(call)}

    assert found - modelled(noun) == {*THE_CALLS_OWN[noun], *ID[noun]}


BY_ANOTHER_CALL = {
    CacheParameterGroup: {
        "parameters": "ModifyCacheParameterGroup's ParameterNameValues, as a map"
    },
    IamRole: {
        "trust": "AssumeRolePolicyDocument, as who it lets in",
        "managed_policy_arns": "AttachRolePolicy, one by one",
        "inline_policies": "PutRolePolicy, one by one",
        **dict.fromkeys(GRANTS, "a part of the role's own inline policy"),
    },
}


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_each_field_is_a_member_by_the_same_name(noun):
    assert set(sent_fields(noun)) - members(noun) == set(BY_ANOTHER_CALL.get(noun, {}))


@pytest.mark.parametrize("noun", RESOURCES, ids=lambda noun: noun.kind)
def test_our_own_keys_are_a_closed_list_and_no_names_of_the_service(noun):
    ours = {name for name in written_fields(noun) if mark(noun, name, Ours)}
    modify = f"Modify{CREATE[noun].removeprefix('Create')}"
    its = members_of("UpdateRole" if noun is IamRole else modify)

    assert ours <= OWN_KEYS
    assert ours & (members(noun) | its) <= {"apply_immediately", "scale_config"}
