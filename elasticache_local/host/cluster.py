"""Cluster mode: nodes that know each other, slots on their shards, replicas behind primaries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from elasticache_local.host import migration, replication
from elasticache_local.host.cache import Cache, Member
from elasticache_local.host.engine import NODE_TIMEOUT_MS, Engine, EngineFailed
from elasticache_local.host.patience import until
from elasticache_local.host.slots import ranges, read_slots
from elasticache_local.want import Want

_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.05
_ALL_SLOTS = 16384


@dataclass(frozen=True)
class View:
    """A line of CLUSTER NODES: a node as another one sees it."""

    id: str
    flags: frozenset[str]
    primary: str
    slots: frozenset[int]


async def settle(cache: Cache, want: Want) -> None:
    """Return when slots, primaries and replicas are as wanted and every node says so."""
    if not cache.engines():
        raise EngineFailed("no node of it runs")
    async with asyncio.timeout(_PATIENCE_S + want_patience(want)):
        await _name(cache)
        await _give_free_slots(cache, want)
        await _introduce(cache)
        await _attach_replicas(cache)
        # A node that has just joined takes no key as long as the cluster is not whole to it.
        await _whole(cache)
        cache.open_leads()
        await migration.move_slots(cache, want)
        await _agree(cache, want)


def want_patience(want: Want) -> float:
    """Seconds that moving slots may take, beside forming."""
    return 60.0 if len(want.shards) > 1 else 0.0


async def promote(cache: Cache, shard: str, to: Member) -> None:
    """Make this member the shard's primary, by agreement with the old one if that still answers."""
    old, replica = cache.lead(shard), to.reachable
    assert replica
    planned = old is not None and old.reachable is not None
    await replica.admin.ask("CLUSTER", "FAILOVER", *(() if planned else ("TAKEOVER",)))
    async with asyncio.timeout(_PATIENCE_S):
        await until(lambda: replication.is_primary(replica), every_s=_LOOK_EVERY_S / 10)
    cache.leads[shard] = to.id


async def forget(cache: Cache, leaving: Engine) -> None:
    """Let the others drop a node that is about to stop."""
    if leaving.cluster_id:
        for engine in cache.engines():
            if engine is not leaving:
                await engine.admin.ask_all([("CLUSTER", "FORGET", leaving.cluster_id)])


async def views(engine: Engine) -> dict[str, View]:
    """Give the cluster as this node sees it, by node id."""
    text = (await engine.admin.ask("CLUSTER", "NODES")).decode()
    seen = {}
    for line in text.splitlines():
        node, _, flags, primary, _, _, _, _, *slots = line.split()
        # A slot on the move stands in brackets, beside the range that it still belongs to.
        mine = read_slots(",".join(part for part in slots if not part.startswith("[")))
        seen[node] = View(node, frozenset(flags.split(",")), primary, frozenset(mine))
    return seen


async def view_of_self(engine: Engine) -> View:
    """Give the node's own line."""
    return next(view for view in (await views(engine)).values() if "myself" in view.flags)


async def _name(cache: Cache) -> None:
    """Learn the ids of new engines; where all are new, give each an epoch before they meet."""
    fresh = [engine for engine in cache.engines() if not engine.cluster_id]
    all_new = len(fresh) == len(cache.members)
    for number, engine in enumerate(fresh, 1):
        engine.cluster_id = (await engine.admin.ask("CLUSTER", "MYID")).decode()
        if all_new:
            # Refused by a node that took the slots of restored keys and with them an epoch.
            await engine.admin.ask_all([("CLUSTER", "SET-CONFIG-EPOCH", number)])


async def _give_free_slots(cache: Cache, want: Want) -> None:
    """Give every slot that nobody holds to the primary that it is wanted on."""
    held: set[int] = set()
    leads = {shard: cache.lead(shard) for shard in cache.leads}
    for lead in leads.values():
        if not lead or not lead.reachable:
            return  # who can't be asked may hold some
        held |= (await view_of_self(lead.reachable)).slots
    for shard in want.shards:
        lead = leads[shard.id]
        engine = lead.reachable if lead else None
        if engine and (free := read_slots(shard.slots or f"0-{_ALL_SLOTS - 1}") - held):
            await _add_slots(engine, free)


async def _add_slots(engine: Engine, free: set[int]) -> None:
    bounds = [str(edge) for both in ranges(free) for edge in both]
    # A replaced node's slots stand in its own and the others' memory until it is forgotten.
    if engine.binary.version >= (7, 0, 0):
        await engine.admin.ask("CLUSTER", "ADDSLOTSRANGE", *bounds)
    else:
        await engine.admin.ask("CLUSTER", "ADDSLOTS", *map(str, sorted(free)))


async def _introduce(cache: Cache) -> None:
    """Make every node known to every other: one of them meets the rest, gossip does the others."""
    engines = cache.engines()
    everybody = {engine.cluster_id for engine in engines}
    hub, *others = engines
    known = _known(await views(hub))
    for engine in others:
        if engine.cluster_id not in known:
            await hub.admin.ask("CLUSTER", "MEET", "127.0.0.1", engine.port, engine.bus_port)
    for engine in engines:
        await until(partial(_knows, engine, everybody), every_s=_LOOK_EVERY_S)


async def _knows(engine: Engine, everybody: set[str]) -> bool:
    return everybody <= _known(await views(engine))


def _known(seen: dict[str, View]) -> set[str]:
    return {view.id for view in seen.values() if not view.flags & {"handshake", "noaddr"}}


async def _attach_replicas(cache: Cache) -> None:
    """Put every replica behind its shard's primary."""
    for member, engine in cache.reachable():
        lead = cache.lead(member.shard)
        primary = lead.engine if lead else None
        if lead is member or not primary:
            continue
        await until(partial(_follows, engine, primary), every_s=_LOOK_EVERY_S)


async def _follows(replica: Engine, primary: Engine) -> bool:
    if (await view_of_self(replica)).primary == primary.cluster_id:
        return True
    # Refused as long as the replica has not heard that this one is a primary.
    await replica.admin.ask_all([("CLUSTER", "REPLICATE", primary.cluster_id)])
    return False


async def _agree(cache: Cache, want: Want) -> None:
    """Wait until all say that the cluster is whole, with every replica in step and to be seen."""
    await _whole(cache)
    for shard in cache.leads:
        primary, *replicas = [member.reachable for member in cache.of_shard(shard)]
        if primary:
            await replication.in_step(primary, [replica for replica in replicas if replica])
    engines = cache.engines()
    # A shard on its way out has no slots any more, and so no place in what clients are told.
    staying = {shard.id for shard in want.shards}
    shown = sum(member.shard in staying for member, _ in cache.reachable())
    await until(partial(_shows, engines[0], shown), every_s=_LOOK_EVERY_S)
    timeout = ("CONFIG", "SET", "cluster-node-timeout", NODE_TIMEOUT_MS)
    await asyncio.gather(*(engine.admin.ask(*timeout) for engine in engines))


async def _whole(cache: Cache) -> None:
    """Wait until every node says that all slots are served."""
    seen = [until(partial(_sees_whole, e), every_s=_LOOK_EVERY_S) for e in cache.engines()]
    await asyncio.gather(*seen)


async def _sees_whole(engine: Engine) -> bool:
    return b"cluster_state:ok" in await engine.admin.ask("CLUSTER", "INFO")


async def _shows(engine: Engine, nodes: int) -> bool:
    """Whether a client is told of so many; a replica shows once it has heard its primary."""
    told = await engine.admin.ask("CLUSTER", "SLOTS")
    return len({node[2] for _, _, *holders in told for node in holders}) >= nodes
