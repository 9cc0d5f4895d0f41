"""The failover drill: a steady load on one shard, a promotion in the middle, what clients saw.

Handed one write and no other: TestFailover. What the load writes is its own, and removed.
"""

from __future__ import annotations

from reconciler.drill.aim import Aim, aim, refusals, refuse_beyond_the_day
from reconciler.drill.run import Doors, Drill, Terms, drill

__all__ = [
    "Aim",
    "Doors",
    "Drill",
    "Terms",
    "aim",
    "drill",
    "refusals",
    "refuse_beyond_the_day",
]
