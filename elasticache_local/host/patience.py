"""Waiting for what only asking tells: another process's state."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], *, every_s: float) -> None:
    """Return once it holds; the caller's timeout says how long that may take."""
    while not await holds():  # noqa: ASYNC110 - an engine tells nobody: it has to be asked
        await asyncio.sleep(every_s)
