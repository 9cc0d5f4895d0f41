"""The scratch engine: what an access string looks like once an engine has stored it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from elasticache_local.host import resp
from elasticache_local.host.binary import Binary
from elasticache_local.host.engine import Engine, Nursery, Recipe
from elasticache_local.want import BadAccessString

_USER = "scratch"
_SECRET = "scratch"  # noqa: S105 - guards an engine that holds nothing, behind a private socket
_SECRETS = re.compile(r"^(?:#[0-9a-f]{64}|nopass|(?:skip-)?sanitize-payload)$")


class Scratch:
    """One engine for access strings, started at the first one."""

    def __init__(self, nursery: Nursery, binary: Binary | None) -> None:
        self._nursery, self._binary = nursery, binary
        self._engine: Engine | None = None
        self._lock = asyncio.Lock()

    async def normalise(self, access_string: str) -> str:
        """Give the string as the engine stores it, or raise BadAccessString with its words."""
        async with self._lock:
            admin = (await self._running()).admin
            words = access_string.split()
            replies = await admin.ask_all(
                [("ACL", "SETUSER", _USER, "reset", *words), ("ACL", "LIST")]
            )
        if isinstance(replies[0], resp.ReplyError):
            raise BadAccessString(str(replies[0]).removeprefix("ERR "))
        told = next(t for t in replies[1] if t.startswith(f"user {_USER} ".encode()))
        return stored_form(told.decode().split()[2:], keep_reset="resetchannels" in words)

    async def stop(self) -> None:
        """Stop the engine, if it was ever needed."""
        if self._engine:
            await self._engine.stop()

    async def _running(self) -> Engine:
        if not self._engine or not self._engine.alive:
            if not self._binary:
                raise BadAccessString("no engine on this machine can judge access strings")
            # Nothing is added that was not sent: no channel unless named.
            settings = {"acl-pubsub-default": "resetchannels"}
            recipe = Recipe(self._binary, Path(_USER), _SECRET, settings=settings)
            self._engine = await self._nursery.start(recipe, lambda _: None)
        return self._engine


def stored_form(words: list[str], *, keep_reset: bool) -> str:
    """Give the words of an ACL LIST line without what the service does not show."""
    shown = [word for word in words if not _SECRETS.match(word)]
    if not keep_reset:
        # Also within a selector, where it can be the first word and carries the bracket.
        text = " ".join(shown)
        return re.sub(r"(?<![^ (])resetchannels ", "", text)
    return " ".join(shown)
