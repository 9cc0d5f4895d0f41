"""The rules by which a replication group changes: the first that fires gives the step.

Each looks at where the group stands now, so what a step needs first (a replica and failover for
the move to cluster mode, TLS before a login) is asked again after every step, and what is only
needed on the way is taken back at the end. A fixed order of the same calls is refused by the
service on every eleventh change of two fields.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.kind import Next, Step, Wait
from reconciler.kinds.replication_group import (
    access,
    datastore,
    durability,
    setting,
    shape,
    transport,
    upgrade,
)
from reconciler.kinds.replication_group.move import Move
from reconciler.kinds.replication_group.wish import contradiction

Rule = Callable[[Move], Next]

FIRST: tuple[Rule, ...] = (
    datastore.shared,
    # Before the contradictions: one of them may be had only by a way that is none.
    shape.no_way_back,
    shape.counted_as_one,
    contradiction,
    durability.durable_without,
    durability.off_first,
    shape.leave_compatible,
)
MIDDLE: tuple[Rule, ...] = (
    setting.plain,
    transport.tls,
    access.login,
    shape.replicas_up,
    shape.failover_for_mode,
    shape.to_cluster_mode,
    shape.shards_up,
    shape.failover_on,
    shape.shards_down,
    shape.failover_off,
    durability.on_last,
)


def rules(move: Move) -> tuple[Rule, ...]:
    """Give the rules in the order in which they are asked.

    What waits for the maintenance window goes last: a call that is made at once would bring it
    forward.
    """
    ups, down = (upgrade.engine, upgrade.node_up), upgrade.node_down
    if move.at_once:
        return (*FIRST, *ups, *MIDDLE, down, shape.replicas_down, shape.to_compatible)
    return (*FIRST, *MIDDLE, shape.replicas_down, *ups, down, shape.to_compatible)


MODE: frozenset[Rule] = frozenset({shape.to_cluster_mode, shape.to_compatible})


def first_step(move: Move) -> Next:
    """Give the first step that can be taken.

    A rule that must wait, or whose step stands behind a gate, does not hold up those that need
    neither: a gate may stay closed for weeks. But cluster mode comes after both, for nothing else
    is accepted once the group is compatible.
    """
    gated: Step | None = None
    waiting: Wait | None = None
    for rule in rules(move):
        if rule in MODE and (gated or waiting):
            continue
        match rule(move):
            case None:
                continue
            case Wait() as found:
                waiting = waiting or found
            case Step(gate=str()) as found if rule is not shape.leave_compatible:
                gated = gated or found
            case found:
                return found
    return gated or waiting
