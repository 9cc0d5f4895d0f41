"""Want and Is as JSON lines: what crosses the socketpair between CONTROL and HOST."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from elasticache_local.want import Is, Want, WantedNode, WantedShard, WantedUser

Message = dict[str, Any]

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; ten thousand users with long access strings stay far below."""


def line(message: Mapping[str, Any]) -> bytes:
    """One message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def message(text: bytes) -> Message:
    """Give the message of one line."""
    read: Message = json.loads(text)
    return read


def want_to_json(want: Want) -> Message:
    """Give a Want as plain data."""
    return dataclasses.asdict(want) | {"parameters": dict(want.parameters)}


def want_from_json(data: Mapping[str, Any]) -> Want:
    """Give the Want that ``want_to_json`` took apart."""
    users = data["users"]
    return Want(
        **{
            **data,
            "shards": tuple(_shard(shard) for shard in data["shards"]),
            "users": None if users is None else tuple(_user(user) for user in users),
            "token_hashes": tuple(data["token_hashes"]),
            "names": tuple(data["names"]),
        }
    )


def is_to_json(found: Is) -> Message:
    """Give an Is as plain data."""
    return dataclasses.asdict(found) | {"ports": dict(found.ports), "roles": dict(found.roles)}


def is_from_json(data: Mapping[str, Any]) -> Is:
    """Give the Is that ``is_to_json`` took apart."""
    return Is(**data)


def _shard(data: Mapping[str, Any]) -> WantedShard:
    return WantedShard(data["id"], data["slots"], tuple(WantedNode(**n) for n in data["nodes"]))


def _user(data: Mapping[str, Any]) -> WantedUser:
    return WantedUser(**{**data, "password_hashes": tuple(data["password_hashes"])})
