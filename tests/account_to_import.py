"""An account at random, for import to write down: users, groups, caches of both sorts."""

from __future__ import annotations

import random
import re
from typing import Any

import build
from inprocess import InProcess

from reconciler.model import AuthenticationMode, ReplicationGroup, Resource, User

IAM = AuthenticationMode(type="iam")
NO_PASSWORD = AuthenticationMode(type="no-password-required")
KEY = build.KEY_ARN
NASTY = (
    "a: b",
    "# no comment",
    "&anchor",
    "*alias",
    "- item",
    "on",
    "8.1",
    "ünïcode ☃ 雪",
    "'\"\\",
)


def bench() -> InProcess:
    made = InProcess()
    for number, (ref, version) in enumerate(build.VERSIONS.items()):
        made.secrets.put(ref, f"secret-number-{number}-of-this", version)
    return made


def users(rng: random.Random) -> list[Resource]:
    modes = (
        build.password(),
        build.password(build.PASSWORD, build.OTHER_PASSWORD),
        IAM,
    )
    people: list[Resource] = [
        build.user(
            f"u{number}",
            engine="valkey",
            authentication_mode=rng.choice(modes),
            access_string=rng.choice(
                ("on ~* +@all", "off ~keys* -@all +get", "on ~a:* &b:* -@all +@read -get +set")
            ),
            **tags(rng),
        )
        for number in range(rng.randint(1, 3))
    ]
    people.append(
        build.user("quiet", engine="redis", user_name="default", authentication_mode=NO_PASSWORD)
    )
    return people


def tags(rng: random.Random) -> dict[str, Any]:
    some = rng.sample(NASTY, rng.randint(0, 3))
    return {"tags": {f"key {text}": text for text in some}} if some else {}


def group_of_nodes(rng: random.Random, ident: str) -> ReplicationGroup:
    engine, version = rng.choice(
        (
            ("valkey", "7.2"),
            ("valkey", "8.1"),
            ("redis", "6.2"),
            ("redis", "7.1"),
            ("redis", "5.0.6"),
        )
    )
    fields: dict[str, Any] = {
        "engine": engine,
        "engine_version": version,
        "replication_group_description": rng.choice(NASTY),
        "snapshot_retention_limit": rng.choice((0, 7)),
        "auto_minor_version_upgrade": rng.choice((True, False)),
        "port": rng.choice((None, 7000)),
        "at_rest_encryption_enabled": rng.choice((True, False)),
        "multi_az_enabled": rng.choice((True, False)),
        "snapshot_window": rng.choice((None, "05:00-06:00")),
        "preferred_maintenance_window": rng.choice((None, "mon:07:00-mon:08:00")),
        **rng.choice(
            (
                {"num_cache_clusters": 2},
                {"num_node_groups": 1, "replicas_per_node_group": 1, "cluster_mode": "enabled"},
                {"num_node_groups": 3, "replicas_per_node_group": 2},
                {
                    "num_cache_clusters": 1,
                    "automatic_failover_enabled": False,
                    "multi_az_enabled": False,
                },
            )
        ),
        **tags(rng),
    }
    if fields["at_rest_encryption_enabled"] and rng.random() < 0.5:
        fields["kms_key_id"] = KEY
    if version != "5.0.6" and rng.random() < 0.5:
        fields["log_delivery_configurations"] = build.LOGS
    match rng.choice(("plain", "tls", "preferred", "token", "people")):
        case "plain":
            fields |= {"transit_encryption_enabled": False, "transit_encryption_mode": None}
        case "preferred" if version in {"7.1", "8.1"}:
            fields |= {"transit_encryption_mode": "preferred"}
        case "token":
            fields |= {"auth_token": build.TOKEN}
        case "people" if version != "5.0.6":
            fields |= {"user_group_ids": ("of-redis" if engine == "redis" else "people",)}
    wish = build.replication_group(ident, **fields)
    given = {
        name: value for name in wish.model_fields_set if (value := getattr(wish, name)) is not None
    }
    return ReplicationGroup(**given)


def estate(seed: int) -> list[Resource]:
    rng = random.Random(seed)
    people = users(rng)
    ids = tuple(one.id for one in people if isinstance(one, User) and one.engine == "valkey")
    limits = rng.choice(({}, {"cache_usage_limits": build.LIMITS}))
    return [
        *people,
        build.user_group("people", user_ids=ids, **tags(rng)),
        build.user_group("of-redis", engine="redis", user_ids=("quiet",)),
        *(group_of_nodes(rng, f"g{number}") for number in range(3)),
        build.serverless_cache(
            user_group_id=rng.choice(("people", "of-redis")),
            description=rng.choice(NASTY),
            snapshot_retention_limit=rng.choice((0, 3)),
            **limits,
            **tags(rng),
        ),
    ]


def meant(text: str) -> str:
    """The file as a person leaves it: managed, and every secret's place filled in."""
    managed = re.sub(r"^mode: observe.*\n", "", text, flags=re.MULTILINE)
    lines, take = [], False
    for line in managed.splitlines():
        if "FILL IN" in line:
            take = True
            continue
        lines.append(line.replace("# ", "", 1) if take else line)
        take = False
    return "\n".join(lines) + "\n"
