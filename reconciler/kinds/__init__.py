"""The kinds that this tool knows: a literal list. A new kind is one model, one file, one entry."""

from typing import Any

from reconciler.kind import Kind
from reconciler.kinds.cache_cluster import CacheClusters
from reconciler.kinds.cache_parameter_group import CacheParameterGroups
from reconciler.kinds.cache_subnet_group import CacheSubnetGroups
from reconciler.kinds.iam_role import IamRoles
from reconciler.kinds.lambda_function import LambdaFunctions
from reconciler.kinds.replication_group import ReplicationGroups
from reconciler.kinds.schedule import Schedules
from reconciler.kinds.serverless_cache import ServerlessCaches
from reconciler.kinds.ssm_parameter import SsmParameters
from reconciler.kinds.user import Users
from reconciler.kinds.user_group import UserGroups

KINDS: tuple[Kind[Any], ...] = (
    Users(),
    UserGroups(),
    CacheParameterGroups(),
    CacheSubnetGroups(),
    ReplicationGroups(),
    ServerlessCaches(),
    CacheClusters(),
    IamRoles(),
)

EVERY_KIND: tuple[Kind[Any], ...] = (*KINDS, SsmParameters())
"""With those that follow from what a spec writes: an estate is planned with all of them."""

RUNNER_KINDS: tuple[Kind[Any], ...] = (IamRoles(), LambdaFunctions(), Schedules())
"""What a runner is made of: its estate is built in, no spec writes it."""
