"""What waits for the maintenance window brought forward: the same values again, at once."""

from __future__ import annotations

from typing import Any

from reconciler.kind import Step
from reconciler.kind.engine_version import is_default
from reconciler.kinds.replication_group.create import SENT
from reconciler.kinds.replication_group.move import Move, brought_along
from reconciler.kinds.replication_group.upgrade import felt

_GROUP = "cache_parameter_group_name"


def forward(move: Move) -> Step | None:
    """Send again what waits here, if that is asked for; nothing that waits elsewhere is touched."""
    before = move.before
    waiting = [name for name in before.scheduled if name in SENT]
    if not waiting or before.address not in move.facts.asked.now:
        return None
    params: dict[str, Any] = {SENT[name]: getattr(before, name) for name in waiting}
    leaves: dict[str, Any] = {}
    if "engine_version" in waiting:
        params["Engine"] = before.engine
        # The parameter group that was sent with it shows in no pending value: it may be another's.
        name = brought_along(move)[_GROUP]
        if move.manages(_GROUP) and not (
            is_default(name) and is_default(before.cache_parameter_group_name)
        ):
            params[SENT[_GROUP]] = leaves[_GROUP] = name
    return move.modify(params, leaves, hours=4, **felt(before))
