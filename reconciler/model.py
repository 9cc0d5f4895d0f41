"""The nouns a person writes, and what each of their fields is.

Field names are those of the API's Create input in snake_case (botocore's xform_name); our own
keys are the closed list OWN_KEYS. A field that is left out is not in ``model_fields_set``: the
service's default at create, not managed afterwards. A field that is given as null means back to
the service's default. Both sides of a change use the same class: desired is sparse, observed full.

The classes stand in ``reconciler/nouns/``, one file per noun; everybody imports them from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.nouns.cache import (
    Cache,
    Gate,
    Verify,
)
from reconciler.nouns.cache_cluster import (
    CacheCluster,
    ScaleConfig,
)
from reconciler.nouns.cache_field import LogDelivery
from reconciler.nouns.cache_parameter_group import (
    CacheParameterGroup,
    Parameter,
)
from reconciler.nouns.cache_subnet_group import (
    CacheSubnetGroup,
)
from reconciler.nouns.estate import (
    Action,
    Allow,
    Aws,
    Estate,
    External,
    Max,
    RoleArn,
    Safety,
    SeverityRule,
    Silence,
    Watching,
)
from reconciler.nouns.field import (
    AtCreate,
    Form,
    Ids,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    RefersTo,
    Required,
    ServiceDefault,
    Texts,
    WriteOnly,
    mark,
    marks_of,
)
from reconciler.nouns.iam_role import (
    GRANTS,
    IamRole,
)
from reconciler.nouns.lambda_function import (
    LambdaFunction,
)
from reconciler.nouns.replication_group import (
    NodeGroup,
    ReplicationGroup,
)
from reconciler.nouns.resource import (
    Address,
    Resource,
    is_built_in,
    sent_fields,
)
from reconciler.nouns.schedule import (
    Schedule,
)
from reconciler.nouns.secret import (
    SecretRef,
    SecretStore,
)
from reconciler.nouns.serverless_cache import (
    CacheUsageLimits,
    ServerlessCache,
    UsageRange,
)
from reconciler.nouns.user import (
    AuthenticationMode,
    Expect,
    User,
    UserGroup,
)

__all__ = [
    "GRANTS",
    "OWN_KEYS",
    "RESOURCES",
    "SECTIONS",
    "Action",
    "Address",
    "Allow",
    "AtCreate",
    "AuthenticationMode",
    "Aws",
    "Cache",
    "CacheCluster",
    "CacheParameterGroup",
    "CacheSubnetGroup",
    "CacheUsageLimits",
    "Estate",
    "Expect",
    "External",
    "Form",
    "Gate",
    "IamRole",
    "Ids",
    "Immutable",
    "Impact",
    "LambdaFunction",
    "LogDelivery",
    "LowerId",
    "Max",
    "NodeGroup",
    "Noun",
    "Ours",
    "Parameter",
    "RefersTo",
    "ReplicationGroup",
    "Required",
    "Resource",
    "RoleArn",
    "Safety",
    "ScaleConfig",
    "Schedule",
    "SecretRef",
    "SecretStore",
    "ServerlessCache",
    "ServiceDefault",
    "SeverityRule",
    "Silence",
    "Texts",
    "UsageRange",
    "User",
    "UserGroup",
    "Verify",
    "Watching",
    "WriteOnly",
    "is_built_in",
    "mark",
    "marks_of",
    "sent_fields",
]

OWN_KEYS = frozenset(
    {
        "verify",
        "expect",
        "gates",
        "ignore_changes",
        "parameters",
        "publish",
        "apply_immediately",
        "rotated_by",
        "scale_config",
    }
)

RESOURCES: tuple[type[Resource], ...] = (
    User,
    UserGroup,
    CacheParameterGroup,
    CacheSubnetGroup,
    ReplicationGroup,
    ServerlessCache,
    CacheCluster,
    IamRole,
)
"""Every noun that is a resource, in the order of a spec's sections."""

SECTIONS: Mapping[str, type[Resource]] = {
    "users": User,
    "user_groups": UserGroup,
    "cache_parameter_groups": CacheParameterGroup,
    "cache_subnet_groups": CacheSubnetGroup,
    "replication_groups": ReplicationGroup,
    "serverless_caches": ServerlessCache,
    "cache_clusters": CacheCluster,
    "iam_roles": IamRole,
}
"""A spec's sections: the API's nouns in the plural."""
