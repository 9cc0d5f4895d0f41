"""A snapshot of more shards than there are now: the keys of what is over go where their slots are."""

from __future__ import annotations

import shutil
from pathlib import Path

from elasticache_local.host import snapshot
from elasticache_local.host.admin import LOCAL_USER
from elasticache_local.host.cache import Cache
from elasticache_local.host.engine import Engine, Nursery, Recipe
from elasticache_local.host.slots import read_slots
from elasticache_local.host.view import view_of_self
from elasticache_local.want import Want

_KEYS_AT_ONCE = 100
_PATIENCE_MS = 10_000


async def pour(nursery: Nursery, cache: Cache, want: Want, secret: str) -> None:
    """Bring in every part that no engine has loaded; an attempt that broke off is made again.

    An engine of its own loads the part in cluster mode, which sorts its keys by slot.
    """
    while cache.unpoured:
        running = next(iter(cache.engines()))
        folder = Path(f"{running.recipe.folder}-pour")
        snapshot.put(cache.unpoured[0], folder)
        recipe = Recipe(running.binary, folder, secret, cluster=True)
        source = await nursery.start(recipe, lambda _: None)
        try:
            await _empty(source, cache, want)
        finally:
            await source.stop()
            shutil.rmtree(folder, ignore_errors=True)
        cache.unpoured.pop(0)


async def _empty(source: Engine, cache: Cache, want: Want) -> None:
    """Move every key to the primary that its slot is on."""
    slots = sorted((await view_of_self(source)).slots)
    counts = await source.admin.ask_all([("CLUSTER", "COUNTKEYSINSLOT", slot) for slot in slots])
    filled = {slot for slot, count in zip(slots, counts, strict=True) if count}
    for shard in want.shards:
        mine = filled & read_slots(shard.slots) if shard.slots else filled
        lead = cache.lead(shard.id)
        if not mine:
            continue
        if not lead or not lead.reachable:
            raise ConnectionResetError(f"node group {shard.id} has no primary that runs")
        for slot in sorted(mine):
            await _carry(source, lead.reachable, slot)


async def _carry(source: Engine, target: Engine, slot: int) -> None:
    ask = source.admin.ask
    where = ("127.0.0.1", target.port, "", 0, _PATIENCE_MS)
    login = ("AUTH2", LOCAL_USER, target.recipe.secret)
    while keys := await ask("CLUSTER", "GETKEYSINSLOT", slot, _KEYS_AT_ONCE):
        await ask("MIGRATE", *where, "REPLACE", *login, "KEYS", *keys)
