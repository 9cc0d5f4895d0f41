"""Folders of snapshots: each has a name of its own; copies share one, until the last is gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from elasticache_local.service.turn import Turn


def new_folder(turn: Turn) -> str:
    """Give a name that no snapshot has had."""
    # The counter alone comes again where a kill came before the state was written.
    unique = f"{turn.state.jobs_made}-{secrets.token_hex(4)}"
    return f"{turn.region.account_id}/{turn.region.name}/{unique}"


def lost_final(turn: Turn, saves: Iterable[str]) -> str:
    """Give why a cache that was being deleted must stay; nothing unless its snapshot failed."""
    if not turn.switches.keeps_cache_without_final_snapshot:
        return ""
    return next((trouble for folder in saves if (trouble := turn.unsaved(folder))), "")


def discard_unshared(turn: Turn, folder: str) -> None:
    """Let the data plane remove a folder, unless another snapshot still stands for it."""
    region = turn.region
    kept = {each.folder for each in region.snapshots.values()}
    kept |= {each.folder for each in region.serverless_snapshots.values()}
    if folder and folder not in kept:
        turn.discarded.append(folder)
