"""Commands that the service takes away from its users; the engines still have them.

The user guide's list of restricted commands, and beside it what would break the cache from below:
replication, cluster membership and modules belong to the service.
"""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.host import resp

HIDDEN = frozenset(
    b"BGREWRITEAOF BGSAVE CONFIG DEBUG FAILOVER MIGRATE MODULE PSYNC REPLCONF REPLICAOF SAVE"
    b" SHUTDOWN SLAVEOF SYNC".split()
)
HIDDEN_PARTS = {
    b"ACL": frozenset(b"DELUSER LOAD SAVE SETUSER".split()),
    b"CLUSTER": frozenset(
        b"ADDSLOTS ADDSLOTSRANGE BUMPEPOCH CANCELSLOTMIGRATIONS DELSLOTS DELSLOTSRANGE FAILOVER"
        b" FLUSHSLOTS FORGET LINKS MEET MIGRATESLOTS REPLICATE RESET SAVECONFIG SET-CONFIG-EPOCH"
        b" SETSLOT SYNCSLOTS".split()
    ),
}


def is_hidden(args: Sequence[bytes]) -> bool:
    """Whether the service answers this as a command that it has never heard of."""
    name = args[0].upper()
    if name in HIDDEN:
        return True
    return len(args) > 1 and args[1].upper() in HIDDEN_PARTS.get(name, ())


def unheard_of(args: Sequence[bytes]) -> bytes:
    """Give the request under a name that no engine knows, so that the engine refuses it.

    It prints names up to the first NUL: the client reads ``unknown command 'CONFIG'``, in order,
    also in a pipeline, in MULTI and without any rights.
    """
    return resp.command(args[0] + b"\0", *args[1:])
