"""Slots move from shard to shard with their keys, while clients go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from elasticache_local.host import resp
from elasticache_local.host.admin import LOCAL_USER, Admin
from elasticache_local.host.cache import Cache
from elasticache_local.host.engine import Engine
from elasticache_local.host.patience import until
from elasticache_local.host.slots import ranges, read_slots
from elasticache_local.host.view import view_of_self
from elasticache_local.want import Want

_SLOTS_AT_ONCE, _KEYS_AT_ONCE = 512, 100
_WAYS = 32
_KEY_PATIENCE_MS = 10_000
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class _Move:
    """Slots that go from one primary to another."""

    source: Engine
    target: Engine
    slots: Sequence[int]
    secret: str = field(repr=False)


async def move_slots(cache: Cache, want: Want) -> None:
    """Bring every slot to the shard that it is wanted on; no key is lost on the way."""
    leads = {m.shard: m.engine for m in cache.members.values() if cache.lead(m.shard) is m}
    primaries = [engine for engine in leads.values() if engine]
    holders = {slot: engine for engine in primaries for slot in (await view_of_self(engine)).slots}
    for shard in want.shards:
        target = leads.get(shard.id)
        if not target or not shard.slots:
            continue
        for move in _moves(holders, target, read_slots(shard.slots), cache.gate.engine_secret):
            if move.source.binary.moves_slots_whole:
                await _hand_over(move)
            else:
                await _carry_out(move, primaries)


def _moves(
    holders: dict[int, Engine], target: Engine, wanted: set[int], secret: str
) -> Iterator[_Move]:
    by_source: dict[Engine, list[int]] = {}
    for slot in sorted(wanted):
        if (source := holders.get(slot)) and source is not target:
            by_source.setdefault(source, []).append(slot)
    for source, slots in by_source.items():
        at_once = len(slots) if source.binary.moves_slots_whole else _SLOTS_AT_ONCE
        for first in range(0, len(slots), at_once):
            yield _Move(source, target, slots[first : first + at_once], secret)


async def _hand_over(move: _Move) -> None:
    """Let the engines do it: no client is ever asked to try elsewhere for a moment."""
    bounds = [edge for both in ranges(move.slots) for edge in both]
    target = move.target.cluster_id
    await move.source.admin.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", *bounds, "NODE", target)
    await until(partial(_has_handed_over, move), every_s=_LOOK_EVERY_S)


async def _has_handed_over(move: _Move) -> bool:
    """Whether source and target both say so; raises OSError if the engines gave up."""
    for engine in (move.source, move.target):
        jobs = await engine.admin.ask("CLUSTER", "GETSLOTMIGRATIONS")
        job = dict(zip(*[iter(jobs[0])] * 2, strict=True))
        if job[b"state"] in (b"failed", b"cancelled"):
            raise OSError(f"slots did not move: {job[b'message'].decode()}")
        if job[b"state"] != b"success":
            return False
    return True


async def _carry_out(move: _Move, primaries: Sequence[Engine]) -> None:
    source, target = move.source, move.target
    setslot = ("CLUSTER", "SETSLOT")
    # The target first: a client that is sent on must find it willing.
    await _all(target, [(*setslot, s, "IMPORTING", source.cluster_id) for s in move.slots])
    await _all(source, [(*setslot, s, "MIGRATING", target.cluster_id) for s in move.slots])
    counts = await source.admin.ask_all([("CLUSTER", "COUNTKEYSINSLOT", s) for s in move.slots])
    for slot, count in zip(move.slots, counts, strict=True):
        if count:
            await _carry_keys(move, slot)
    # The target first again: were the source first, both could send the client to the other.
    others = [engine for engine in primaries if engine not in (source, target)]
    for engine in (target, source, *others):
        await _all(engine, [(*setslot, s, "NODE", target.cluster_id) for s in move.slots])


async def _carry_keys(move: _Move, slot: int) -> None:
    ask = move.source.admin.ask
    login = ("AUTH2", LOCAL_USER, move.secret)
    where = ("127.0.0.1", move.target.port, "", 0, _KEY_PATIENCE_MS)
    while keys := await ask("CLUSTER", "GETKEYSINSLOT", slot, _KEYS_AT_ONCE):
        # REPLACE: after a broken attempt a key may stand on both sides; the source's is right.
        await ask("MIGRATE", *where, "REPLACE", *login, "KEYS", *keys)


async def _all(engine: Engine, commands: Sequence[Sequence[str | int]]) -> None:
    """Send these by several connections: from Valkey 8 on each waits for the replicas' word."""
    ways = [Admin(engine.socket_path, engine.recipe.secret) for _ in range(_WAYS)]
    try:
        asking = [way.ask_all(commands[n::_WAYS]) for n, way in enumerate(ways)]
        for replies in await asyncio.gather(*asking):
            for reply in replies:
                if isinstance(reply, resp.ReplyError):
                    raise reply
    finally:
        for way in ways:
            way.close()
