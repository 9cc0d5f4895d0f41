"""Cluster mode: nodes that know each other, slots on their shards, replicas behind primaries."""

from __future__ import annotations

import asyncio
from functools import partial

from elasticache_local.host import migration, replication
from elasticache_local.host.cache import Cache, Member
from elasticache_local.host.engine import NODE_TIMEOUT_MS, Engine, EngineFailed
from elasticache_local.host.patience import until
from elasticache_local.host.slots import ranges, read_slots
from elasticache_local.host.view import View, view_of_self, views
from elasticache_local.want import Want

_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.05
_ALL_SLOTS = 16384


async def settle(cache: Cache, want: Want) -> None:
    """Return when slots, primaries and replicas are as wanted and every node says so."""
    if not cache.engines():
        raise EngineFailed("no node of it runs")
    async with asyncio.timeout(_PATIENCE_S + want_patience(want)):
        await _name(cache)
        await _give_free_slots(cache, want)
        await _introduce(cache)
        await _attach_replicas(cache)
        if not _is_led(cache):
            return  # it can't be whole before a primary is back, and that is told by then
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
    """Make every node known to every other: one of them meets the rest, gossip does the others.

    Who was started anew has the id that it had, and other ports: gossip tells a new address only of
    who is known to be down, and nobody is told anything where all were. So each is met by each.
    """
    engines = cache.engines()
    buses = {engine.cluster_id: engine.bus_port for engine in engines}
    for engine in engines:
        known = _known(await views(engine))
        for other in engines:
            unknown = other.cluster_id not in known and engine is engines[0]
            if unknown or known.get(other.cluster_id, other.bus_port) != other.bus_port:
                meet = ("CLUSTER", "MEET", "127.0.0.1", other.port, other.bus_port)
                await engine.admin.ask(*meet)
    for engine in engines:
        await until(partial(_knows, engine, buses), every_s=_LOOK_EVERY_S)


async def _knows(engine: Engine, buses: dict[str, int]) -> bool:
    return buses.items() <= _known(await views(engine)).items()


def _known(seen: dict[str, View]) -> dict[str, int]:
    """Give the bus ports of the nodes that can be talked to, by id."""
    return {v.id: v.bus_port for v in seen.values() if not v.flags & {"handshake", "noaddr"}}


def _is_led(cache: Cache) -> bool:
    """Whether every shard has a primary that can be asked."""
    leads = [cache.lead(shard) for shard in cache.leads]
    return all(lead and lead.reachable for lead in leads)


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
    # Each hears of the replicas' offsets for itself, and clients ask whichever they like.
    seen = [until(partial(_shows, engine, shown), every_s=_LOOK_EVERY_S) for engine in engines]
    await asyncio.gather(*seen)
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
