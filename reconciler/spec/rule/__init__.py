"""What must hold between values; one file per noun, each rule with where the service says so.

A rule sees everything that could be understood and yields problems; it never stops at the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.errors import Problem
from reconciler.spec.draft import Draft
from reconciler.spec.rule.access_string import access_strings
from reconciler.spec.rule.cache import caches
from reconciler.spec.rule.cache_cluster import cache_clusters
from reconciler.spec.rule.cache_subnet_group import cache_subnet_groups
from reconciler.spec.rule.external import externals
from reconciler.spec.rule.iam_role import iam_roles
from reconciler.spec.rule.identifier import identifiers
from reconciler.spec.rule.own_parameters import own_parameters
from reconciler.spec.rule.parameter_group import parameter_groups
from reconciler.spec.rule.publish import publishing
from reconciler.spec.rule.reference import references
from reconciler.spec.rule.replication_group import replication_groups
from reconciler.spec.rule.resource import resources
from reconciler.spec.rule.safety import safety
from reconciler.spec.rule.secret import secrets
from reconciler.spec.rule.serverless_cache import serverless_caches
from reconciler.spec.rule.user import users
from reconciler.spec.rule.user_group import user_groups

Rule = Callable[[Draft], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    safety,
    identifiers,
    resources,
    references,
    secrets,
    users,
    access_strings,
    user_groups,
    cache_subnet_groups,
    caches,
    publishing,
    replication_groups,
    parameter_groups,
    own_parameters,
    serverless_caches,
    cache_clusters,
    iam_roles,
    externals,
)
