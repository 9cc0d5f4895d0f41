"""The names that AWS would give to endpoints: here certificates carry them, and ports differ."""

from __future__ import annotations

import base64
import hashlib

from elasticache_local.service.record import (
    CacheCluster,
    ReplicationGroup,
    ServerlessCache,
)

_WORDS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
    "gov": "g",
}


def short_region(region: str) -> str:
    """Give ``use1`` for ``us-east-1``."""
    area, *words = region.split("-")
    return area + "".join(_WORDS.get(word, word) for word in words)


def account_token(account_id: str, region: str) -> str:
    """Give the six characters that are one account's in one region."""
    return letters(f"{account_id}/{region}")


def letters(text: str) -> str:
    """Give six lower-case characters that a text always has."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:6].decode().lower()


def suffix(region: str) -> str:
    """Give the end of every name of a region."""
    end = ".cn" if region.startswith("cn-") else ""
    return f"{short_region(region)}.cache.amazonaws.com{end}"


def group_names(
    group: ReplicationGroup, tls: str, mode: str, account_id: str, region: str
) -> tuple[str, ...]:
    """Give a replication group's names; ``preferred`` has the TLS names beside the plain ones."""
    token, end, name = account_token(account_id, region), suffix(region), group.id
    members = [node.id for node in group.nodes if node.status != "deleting"]
    plain, secure = [], []
    if mode != "enabled":
        plain += [f"{name}.{token}.ng.0001.{end}", f"{name}-ro.{token}.ng.0001.{end}"]
        secure += [f"master.{name}.{token}.{end}", f"replica.{name}.{token}.{end}"]
    if mode != "disabled":
        plain.append(f"{name}.{token}.clustercfg.{end}")
        secure.append(f"clustercfg.{name}.{token}.{end}")
    plain += [f"{member}.{token}.0001.{end}" for member in members]
    secure += [f"{member}.{name}.{token}.{end}" for member in members]
    return {"off": tuple(plain), "required": tuple(secure)}.get(tls, (*plain, *secure))


def cluster_names(cluster: CacheCluster, account_id: str, region: str) -> tuple[str, ...]:
    """Give a standalone cache cluster's names."""
    token, end = account_token(account_id, region), suffix(region)
    if cluster.engine != "memcached":
        return (f"{cluster.id}.{token}.0001.{end}",)
    nodes = tuple(f"{cluster.id}.{token}.{node.id}.{end}" for node in cluster.nodes)
    return (f"{cluster.id}.{token}.cfg.{end}", *nodes)


def serverless_names(cache: ServerlessCache, region: str) -> tuple[str, ...]:
    """Give a serverless cache's one name."""
    return (f"{cache.id}-{cache.suffix}.serverless.{suffix(region)}",)
