"""What a change does to who can do what. It widens when some client can do what was refused before.

What can't be told counts as widening. A resource that is made anew widens nothing by itself: a
user reaches a cache when it joins a group that is attached to one, and that is the group's change.
"""

from __future__ import annotations

from reconciler.kind import Facts
from reconciler.model import IamRole, ReplicationGroup, Resource, ServerlessCache, User, UserGroup
from reconciler.rights.cache_change import cache_change
from reconciler.rights.group_change import group_change
from reconciler.rights.role_change import role_change, role_creation
from reconciler.rights.tally import RightsChange
from reconciler.rights.user_change import user_change


def widening(before: Resource | None, after: Resource | None, facts: Facts) -> RightsChange | None:
    """Say what a change gives and takes; None when nobody's rights are touched."""
    match before, after:
        case User(), User():
            return user_change(before, after, facts)
        case UserGroup(), UserGroup():
            return group_change(before, after, facts)
        case None, IamRole():
            return role_creation(after, facts)
        case IamRole(), IamRole():
            return role_change(before, after, facts)
        case (ReplicationGroup(), ReplicationGroup()) | (ServerlessCache(), ServerlessCache()):
            return cache_change(before, after, facts)  # type: ignore[arg-type]
        case _:
            return None


__all__ = ["RightsChange", "widening"]
