"""The side of the service that faces the data plane: what was sent, what came back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

from elasticache_local.service.record import (
    Cache,
    CacheCluster,
    CacheNode,
    Node,
    ReplicationGroup,
    ServerlessCache,
)
from elasticache_local.service.rule.dns_name import (
    cluster_names,
    group_names,
    serverless_names,
)
from elasticache_local.service.state import Job, Region, State
from elasticache_local.service.turn import Turn
from elasticache_local.service.wanting import wanted
from elasticache_local.want import Host, Is, Want

_SECTIONS = {
    "replication_group": "replication_groups",
    "cache_cluster": "cache_clusters",
    "serverless_cache": "serverless_caches",
}


class DataPlane:
    """Sends a Want whenever it differs from the last one, and remembers each cache's newest Is."""

    def __init__(self, state: State, host: Host, moved: Callable[[], None]) -> None:
        self._state, self._host, self._moved = state, host, moved
        self._saves: dict[str, str | None] = {}
        """Folder -> what went wrong, empty when nothing did; None while it is being filled."""
        self._unbegun: dict[str, list[str]] = {}
        """Key -> folders that are filled once the cache stands again."""
        self._sent: dict[str, Want] = {}
        self._answers: dict[str, Is] = {}
        self._recovering: set[tuple[str, str]] = set()
        """Key and node of each that was lost and is not back."""

    def tell(self, turn: Turn) -> None:
        """Send what changed in a turn, and let its new jobs wait for it."""
        for key in turn.forgotten:
            self._sent.pop(key, None)
            self._answers.pop(key, None)
            self._state.generations.pop(key, None)
            self._host.forget(key)
        generations = self._state.generations
        changed = []
        for key, cache in turn.touched.items():
            if key in turn.forgotten or self.cache(turn.region, key) is not cache:
                continue
            if cache.awaits_data or cache.status in ("deleting", "create-failed"):
                continue
            want = wanted(turn.region, key, generations.get(key, 0), cache)
            if self._sent.get(key) != want:
                generations[key] = want.generation + 1
                self._sent[key] = dataclasses.replace(want, generation=want.generation + 1)
                changed.append(key)
        for job in turn.new_jobs:
            job.holds = {key: generations[key] for key in job.holds if key in generations}
        for key in changed:
            self._host.want(self._sent[key])
        for job in turn.new_jobs:
            self.save(job)
        for folder in turn.discarded:
            self._saves.pop(folder, None)
            self._host.discard(folder)

    def save(self, job: Job) -> None:
        """Begin to save what a job waits for, unless that was begun."""
        for folder, key in job.saves.items():
            if folder not in self._saves:
                self._saves[folder] = None
                self._host.save(key, folder, partial(self._saved, folder))

    def save_again(self, job: Job) -> None:
        """Begin once more what a start has interrupted: as soon as the cache stands again.

        A cache that is wanted no more is told of at once: HOST knows whether it was saved before.
        """
        for folder, key in job.saves.items():
            if key in self._sent and not self._stands(key):
                self._saves[folder] = None
                self._unbegun.setdefault(key, []).append(folder)
        self.save(job)

    def unsaved(self, folder: str) -> str:
        """Give why a snapshot's folder could not be filled; empty when it was."""
        return self._saves.get(folder) or ""

    def _saved(self, folder: str, problem: str) -> None:
        self._saves[folder] = problem
        self._moved()

    def take(self, turn: Turn, answer: Is) -> None:
        """Put an answer into the state: ports at once, roles when it answers the newest Want."""
        cache = self.cache(turn.region, answer.key)
        known = self._answers.get(answer.key)
        if cache is None or (known is not None and known.generation > answer.generation):
            return
        self._answers[answer.key] = answer
        if answer.ports:
            cache.ports = dict(answer.ports)
        if words := self._other_engine(answer, known):
            turn.tell(_source_type(answer.key), cache.id, words, known=False)
        if answer.problem and cache.told_problem < answer.generation:
            cache.told_problem = answer.generation
            turn.tell(_source_type(answer.key), cache.id, answer.problem, known=False)
        if isinstance(cache, ReplicationGroup) and self._is_newest(answer):
            _take_roles(turn, cache, answer)
        if not answer.problem:
            self._tell_of_nodes(turn, cache, known, answer)
        if self._stands(answer.key):
            for folder in self._unbegun.pop(answer.key, ()):
                self._host.save(answer.key, folder, partial(self._saved, folder))

    def _tell_of_nodes(self, turn: Turn, cache: Cache, known: Is | None, answer: Is) -> None:
        """Tell of nodes that have died since the last answer, and of those that are back."""
        nodes: list[Node | CacheNode] = getattr(cache, "nodes", [])
        here = {node.id for node in nodes if node.status == "available"}
        for node in sorted(here & set(known.roles if known else ())):
            if node not in answer.roles:
                self._recovering.add((answer.key, node))
                turn.tell("cache-cluster", node, "Recovering cache nodes 0001")
        for key, node in sorted(self._recovering):
            if key == answer.key and (node in answer.roles or node not in here):
                self._recovering.discard((key, node))
                if node in here:
                    turn.tell("cache-cluster", node, "Finished recovery for cache nodes 0001")

    def holds(self, job: Job) -> bool:
        """Whether the data plane has what a job waits for."""
        if any(self._saves.get(folder) is None for folder in job.saves):
            return False
        for key, generation in job.holds.items():
            if key not in self._state.generations:
                continue
            answer = self._answers.get(key)
            if answer is None or answer.generation < generation:
                return False
            if answer.problem and not job.even_failed:
                return False
        return True

    def roles(self, key: str) -> dict[str, str]:
        """Give a cache's roles by node, as last told."""
        answer = self._answers.get(key)
        return dict(answer.roles) if answer else {}

    def problem(self, key: str) -> str:
        """Give what the data plane last complained of about a cache."""
        answer = self._answers.get(key)
        return answer.problem if answer else ""

    def forget_sent(self) -> None:
        """Let every Want be sent again, under a new generation."""
        self._sent.clear()

    def region_of(self, key: str) -> Region | None:
        """Give the region that a cache's key belongs to."""
        account, region, *_ = key.split("/")
        return self._state.regions.get(f"{account}/{region}")

    def cache(self, region: Region, key: str) -> Cache | None:
        """Give the cache of a key."""
        _, _, sort, name = key.split("/")
        found: Cache | None = getattr(region, _SECTIONS[sort]).get(name)
        if found is None and sort == "cache_cluster":
            return region.handed_over.get(name)
        return found

    def caches(self, region: Region) -> list[Cache]:
        """Give every cache of a region."""
        return [
            *region.replication_groups.values(),
            *region.cache_clusters.values(),
            *region.serverless_caches.values(),
            *region.handed_over.values(),
        ]

    def names(self, region: Region) -> dict[str, tuple[str, ...]]:
        """Give the AWS-shaped names of each cache, by ``<sort>/<id>``."""
        found: dict[str, tuple[str, ...]] = {}
        for cache in self.caches(region):
            if isinstance(cache, ReplicationGroup):
                found[f"replication_group/{cache.id}"] = group_names(
                    cache, cache.tls, cache.cluster_mode, region.account_id, region.name
                )
            elif isinstance(cache, CacheCluster):
                found[f"cache_cluster/{cache.id}"] = cluster_names(
                    cache, region.account_id, region.name
                )
            elif isinstance(cache, ServerlessCache):
                found[f"serverless_cache/{cache.id}"] = serverless_names(cache, region.name)
        return found

    def _other_engine(self, answer: Is, known: Is | None) -> str:
        """Give the words for an engine that is not the one asked for, when it is first seen."""
        want = self._sent.get(answer.key)
        runs = (answer.engine, answer.engine_version)
        if want is None or runs in {("", ""), (want.engine, want.engine_version)}:
            return ""
        if known is not None and runs == (known.engine, known.engine_version):
            return ""
        asked = f"{want.engine} {want.engine_version}"
        return f"Asked for {asked}, runs {' '.join(runs)}: the nearest engine that is installed"

    def _stands(self, key: str) -> bool:
        """Whether the data plane has what was wanted last."""
        answer = self._answers.get(key)
        return answer is not None and not answer.problem and self._is_newest(answer)

    def _is_newest(self, answer: Is) -> bool:
        return answer.generation == self._state.generations.get(answer.key)


def _take_roles(turn: Turn, group: ReplicationGroup, answer: Is) -> None:
    for shard in group.shards:
        leads = [node.id for node in shard.nodes if answer.roles.get(node.id) == "primary"]
        led, before = bool(leads), shard.primary.id
        if led and leads[0] != before and not _is_planned(turn, group):
            words = f"Failover from primary node {before} to replica node {leads[0]} completed"
            turn.tell("cache-cluster", before, words)
            turn.tell("replication-group", group.id, words)
        for node in shard.nodes:
            # A dead node has no role to tell; where another one leads, it no longer does.
            told = answer.roles.get(node.id, "replica" if led else None)
            if told is not None and told != node.role:
                node.role = told
                turn.touch(group)


def _is_planned(turn: Turn, group: ReplicationGroup) -> bool:
    """Whether somebody has asked for another primary: who asked tells of it."""
    tests = [job for job in turn.region.jobs if job.step == "failover.done"]
    return "primary" in group.applying or any(job.data["group"] == group.id for job in tests)


def _source_type(key: str) -> str:
    return key.split("/")[2].replace("_", "-")
