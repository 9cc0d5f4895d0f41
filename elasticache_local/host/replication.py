"""A primary and its replicas without cluster mode: REPLICAOF, and nothing told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from elasticache_local.host.cache import Cache, Member
from elasticache_local.host.engine import Engine
from elasticache_local.host.patience import until
from elasticache_local.want import Want

_LINK_PATIENCE_S = 30.0
_CATCH_UP_S = 2.0
_LOOK_EVERY_S = 0.02


async def settle(cache: Cache, want: Want) -> None:
    """Return when every reachable member has its role and every replica is in step."""
    [shard] = want.shards
    lead = cache.lead(shard.id)
    if not lead or not (primary := lead.reachable):
        return
    if not await is_primary(primary):
        await primary.admin.ask("REPLICAOF", "NO", "ONE")
    replicas = [e for member, e in cache.reachable() if member is not lead]
    await asyncio.gather(*(_follow(replica, primary) for replica in replicas))
    await in_step(primary, replicas)


async def promote(cache: Cache, shard: str, to: Member) -> None:
    """Make this member the primary, with all that the old one took if that still answers."""
    old, replica = cache.lead(shard), to.reachable
    assert replica
    former = old.reachable if old else None
    if former:
        await _hand_over(former, replica)
    await replica.admin.ask("REPLICAOF", "NO", "ONE")
    cache.leads[shard] = to.id
    if former:
        await former.admin.ask("REPLICAOF", "127.0.0.1", replica.port)
        await former.admin.ask("CLIENT", "UNPAUSE")


async def offset(engine: Engine) -> int:
    """How far this replica has come in its primary's stream."""
    role = await engine.admin.ask("ROLE")
    return int(role[4]) if role[0] == b"slave" else int(role[1])


async def in_step(primary: Engine, replicas: Sequence[Engine]) -> None:
    """Return when every replica has its first copy and gets each write as it is made."""
    async with asyncio.timeout(_LINK_PATIENCE_S):
        for replica in replicas:
            await until(partial(_is_linked, replica), every_s=_LOOK_EVERY_S)
        await until(partial(_serves, primary, len(replicas)), every_s=_LOOK_EVERY_S)
        for replica in replicas:
            # The primary holds its writes back until the copy is acknowledged, which a replica
            # does of itself only once a second.
            await replica.admin.tell("REPLCONF", "GETACK", "*")


async def _follow(replica: Engine, primary: Engine) -> None:
    role = await replica.admin.ask("ROLE")
    if role[0] != b"slave" or role[2] != primary.port:
        await replica.admin.ask("REPLICAOF", "127.0.0.1", primary.port)


async def is_primary(engine: Engine) -> bool:
    """Whether the engine itself says so."""
    return bool((await engine.admin.ask("ROLE"))[0] == b"master")


async def _is_linked(replica: Engine) -> bool:
    role = await replica.admin.ask("ROLE")
    return bool(role[0] == b"slave" and role[3] == b"connected")


async def _serves(primary: Engine, replicas: int) -> bool:
    return len((await primary.admin.ask("ROLE"))[2]) >= replicas


async def _has_all_of(replica: Engine, former: Engine) -> bool:
    return await offset(replica) >= await offset(former)


async def _hand_over(former: Engine, replica: Engine) -> None:
    """Hold the writes of the old primary until the new one has them all."""
    await former.admin.ask("CLIENT", "PAUSE", int(_CATCH_UP_S * 2000), "WRITE")
    try:
        async with asyncio.timeout(_CATCH_UP_S):
            await until(partial(_has_all_of, replica, former), every_s=_LOOK_EVERY_S / 4)
    except TimeoutError:
        await former.admin.ask("CLIENT", "UNPAUSE")
        raise
