"""A snapshot: each shard's data as its primary saves it, one file a shard."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path

from elasticache_local.host.cache import Cache
from elasticache_local.host.engine import Engine
from elasticache_local.host.patience import until

DATA_FILE = "dump.rdb"
_PATIENCE_S = 120.0
_LOOK_EVERY_S = 0.02


async def take(cache: Cache, folder: Path) -> None:
    """Leave ``<shard>.rdb`` of every shard in the folder, while clients go on."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240 - one short call
    leads = [lead for shard in cache.leads if (lead := cache.lead(shard))]
    for lead in leads:
        if not (engine := lead.reachable):
            raise ConnectionResetError(f"{lead.id} can't be asked")
        async with asyncio.timeout(_PATIENCE_S):
            await engine.admin.ask("BGSAVE")
            await until(partial(_has_saved, engine), every_s=_LOOK_EVERY_S)
        (lead.folder / DATA_FILE).replace(folder / f"{lead.shard}.rdb")


def lay_out(folder: Path, shard: str, target: Path) -> None:
    """Put a shard's part of a snapshot where an engine will find it; nothing if it has none."""
    saved = folder / f"{shard}.rdb"
    if saved.exists():
        target.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(saved, target / DATA_FILE)


async def _has_saved(engine: Engine) -> bool:
    told = await engine.admin.ask("INFO", "persistence")
    if b"rdb_last_bgsave_status:err" in told:
        raise OSError("the engine could not save")
    return b"rdb_bgsave_in_progress:0" in told
