"""The engines of one cache: started, given their users, put down and started anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from elasticache_local.host import snapshot, users
from elasticache_local.host.binary import Binary
from elasticache_local.host.cache import Cache, Member
from elasticache_local.host.engine import Engine, Nursery, Recipe
from elasticache_local.want import Want

_NAMES = "nodes.conf"


@dataclass(frozen=True)
class Crew:
    """Who looks after a cache's engines; ``ended`` hears of each that ends by itself."""

    cache: Cache
    nursery: Nursery
    ended: Callable[[Member, Engine], None]

    async def renew(self, want: Want, binary: Binary) -> None:
        """Put down the engines that need other settings or another binary; primaries save first.

        Clients that come meanwhile are held at the front.
        """
        stale = [
            member
            for member, engine in self.cache.reachable()
            if _differs(engine.recipe, self._recipe(member, want, binary))
        ]
        for member in stale:
            member.is_open = False
        await asyncio.gather(*(self._put_down(member, want) for member in stale))

    async def start_missing(self, want: Want, binary: Binary) -> None:
        """Start what is not running and not down."""
        missing = [m for m in self.cache.members.values() if not m.engine and not m.is_down]
        await asyncio.gather(*(self._start(m, want, binary) for m in missing))

    async def instruct(self, want: Want) -> tuple[list[str], list[str]]:
        """Give every engine its parameters and users, and let clients in to primaries.

        Gives which users and which parameters were refused, in the engines' words.
        """
        rules = users.rules(want, self.cache.gate.login_secret)
        bad_users: set[str] = set()
        bad_parameters: set[str] = set()
        for engine in self.cache.engines():
            # Parameters first: one of them says what a user's channels are.
            bad_parameters |= set(await users.push_parameters(engine, want.parameters))
            bad_users |= set(await users.push_users(engine, rules))
        # A primary of a cluster takes no key before all slots are served: it is opened later.
        if not is_clustered(want):
            self.cache.open_leads()
        return sorted(bad_users), sorted(bad_parameters)

    def open_replicas(self) -> None:
        """Let clients in to the replicas: they have their copy."""
        for member, _ in self.cache.reachable():
            member.is_open = True
        self.cache.gate.pulse()

    async def _start(self, member: Member, want: Want, binary: Binary) -> None:
        self._lay_out(member, want)
        recipe = self._recipe(member, want, binary)
        member.engine = await self.nursery.start(recipe, lambda e: self.ended(member, e))
        member.began, member.is_silent, member.is_lost = True, False, False

    async def _put_down(self, member: Member, want: Want) -> None:
        engine, member.engine = member.engine, None
        assert engine
        is_lead = self.cache.leads.get(member.shard) == member.id
        await engine.stop(save=is_lead)
        member.carries = is_lead
        if engine.recipe.cluster != is_clustered(want):
            (member.folder / _NAMES).unlink(missing_ok=True)

    def _lay_out(self, member: Member, want: Want) -> None:
        """Leave in the folder what the new engine is to find, and nothing of another life."""
        is_lead = self.cache.leads.get(member.shard) == member.id
        data = member.folder / snapshot.DATA_FILE
        # Data of an earlier life is the primary's to load; replicas copy it from there.
        if not (is_lead and (member.carries or not member.began)):
            data.unlink(missing_ok=True)
        if not member.began:
            (member.folder / _NAMES).unlink(missing_ok=True)
            if is_lead and want.restore_from and not data.exists():
                place = [shard.id for shard in want.shards].index(member.shard)
                snapshot.lay_out(want.restore_from, place, member.folder)
                self.cache.unpoured = snapshot.parts(want.restore_from)[len(want.shards) :]
        member.carries = False

    def _recipe(self, member: Member, want: Want, binary: Binary) -> Recipe:
        return Recipe(
            binary=binary,
            folder=member.folder,
            secret=self.cache.gate.engine_secret,
            cluster=is_clustered(want),
            announced_port=self._announced_port(member, want),
            settings={n: v for n, v in want.parameters.items() if n in users.AT_START},
        )

    def _announced_port(self, member: Member, want: Want) -> int:
        is_lead = self.cache.leads.get(member.shard) == member.id
        if want.sort == "serverless_cache" and is_lead:
            return self.cache.fronts["serverless"].port
        return member.listener.port


def is_clustered(want: Want) -> bool:
    """Whether the engines run in cluster mode."""
    return want.sort == "serverless_cache" or want.cluster_mode != "disabled"


def _differs(running: Recipe, wanted: Recipe) -> bool:
    """Whether only a start brings the difference in."""
    return (running.binary, running.cluster, running.settings) != (
        wanted.binary,
        wanted.cluster,
        wanted.settings,
    )
