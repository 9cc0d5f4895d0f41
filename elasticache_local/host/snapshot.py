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
_ALL = Path("..", "snapshots")
"""Beside HOST's working directory."""
_PATIENCE_S = 120.0
_LOOK_EVERY_S = 0.02


async def take(cache: Cache, name: str) -> None:
    """Leave ``<shard>.rdb`` of every shard in the snapshot's folder, while clients go on.

    The folder is there once it has everything.
    """
    if is_there(name):
        return  # asked for again by a CONTROL that was killed before it heard of it
    folder = _unfinished(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    leads = [lead for shard in cache.leads if (lead := cache.lead(shard))]
    if len(leads) < max(len(cache.leads), 1):
        raise ConnectionResetError("not every node group has a primary")
    for lead in leads:
        if not (engine := lead.reachable):
            raise ConnectionResetError(f"{lead.id} can't be asked")
        async with asyncio.timeout(_PATIENCE_S):
            await engine.admin.ask("BGSAVE")
            await until(partial(_has_saved, engine), every_s=_LOOK_EVERY_S)
        (lead.folder / DATA_FILE).replace(folder / f"{lead.shard}.rdb")
    folder.rename(_folder(name))


def is_there(name: str) -> bool:
    """Whether a snapshot has been taken whole."""
    return _folder(name).exists()


def lay_out(name: str, shard: int, target: Path) -> None:
    """Put a part of a snapshot where the engine of this shard (from 0) will find it.

    There may be fewer parts than shards: slots move later. What is over is poured in later.
    """
    found = parts(name)
    if shard < len(found):
        put(found[shard], target)


def parts(name: str) -> list[Path]:
    """Give the files of a snapshot, one for each shard that it was taken of."""
    return sorted(_folder(name).glob("*.rdb"))


def put(part: Path, target: Path) -> None:
    """Copy a part to where an engine of this folder loads it from."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(part, target / DATA_FILE)


def discard(name: str) -> None:
    """Remove a snapshot's folder."""
    shutil.rmtree(_folder(name), ignore_errors=True)
    shutil.rmtree(_unfinished(name), ignore_errors=True)


def _unfinished(name: str) -> Path:
    return _folder(name).with_name(f"{_folder(name).name}.part")


def _folder(name: str) -> Path:
    return _ALL / name


async def _has_saved(engine: Engine) -> bool:
    told = await engine.admin.ask("INFO", "persistence")
    if b"rdb_last_bgsave_status:err" in told:
        raise OSError("the engine could not save")
    return b"rdb_bgsave_in_progress:0" in told
