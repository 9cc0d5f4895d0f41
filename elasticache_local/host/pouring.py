"""A snapshot of more shards than there are now: keys of what is over go where their slots are."""

from __future__ import annotations

import shutil
from pathlib import Path

from elasticache_local.host import snapshot
from elasticache_local.host.admin import LOCAL_USER
from elasticache_local.host.cache import Cache
from elasticache_local.host.engine import Engine, Nursery, Recipe
from elasticache_local.host.slots import read_slots, slot_of
from elasticache_local.want import Want

_KEYS_AT_ONCE = 100
_PATIENCE_MS = 10_000


async def pour(nursery: Nursery, cache: Cache, want: Want, secret: str) -> None:
    """Bring in every part that no engine has loaded; an attempt that broke off is made again.

    An engine of its own loads the part, without cluster mode: it serves at once.
    """
    while cache.unpoured:
        running = next(iter(cache.engines()))
        folder = Path(f"{running.recipe.folder}-pour")
        snapshot.put(cache.unpoured[0], folder)
        recipe = Recipe(running.binary, folder, secret)
        source = await nursery.start(recipe, lambda _: None)
        try:
            await _empty(source, cache, want)
        finally:
            await source.stop()
            shutil.rmtree(folder, ignore_errors=True)
        cache.unpoured.pop(0)


async def _empty(source: Engine, cache: Cache, want: Want) -> None:
    """Move every key to the primary that its slot is on."""
    owners = _owners(cache, want)
    cursor = b"0"
    while True:
        cursor, keys = await source.admin.ask("SCAN", cursor, "COUNT", _KEYS_AT_ONCE)
        by_owner: dict[Engine, list[bytes]] = {}
        for key in keys:
            by_owner.setdefault(owners[slot_of(key)], []).append(key)
        for owner, some in by_owner.items():
            where = ("127.0.0.1", owner.port, "", 0, _PATIENCE_MS)
            login = ("AUTH2", LOCAL_USER, owner.recipe.secret)
            await source.admin.ask("MIGRATE", *where, "REPLACE", *login, "KEYS", *some)
        if cursor == b"0":
            return


def _owners(cache: Cache, want: Want) -> dict[int, Engine]:
    """Give each slot's primary."""
    owners: dict[int, Engine] = {}
    for shard in want.shards:
        lead = cache.lead(shard.id)
        if not lead or not lead.reachable:
            raise ConnectionResetError(f"node group {shard.id} has no primary that runs")
        owners |= dict.fromkeys(read_slots(shard.slots), lead.reachable)
    return owners
