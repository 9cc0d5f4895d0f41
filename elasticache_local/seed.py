"""What a spec takes for granted, as the control surface is told it; checked at the door."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, get_args

import botocore.session

SecretStore = Literal["secretsmanager", "ssm"]


class BadSeed(ValueError):
    """The seed can't be read; carries the sentence for the person."""


@dataclass(frozen=True)
class SeedSecret:
    """A secret that must have a value. With ``keys`` it is a JSON object that has each of them."""

    store: SecretStore
    id: str
    keys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the store: an ARN's last part, of a secret's without its random suffix."""
        if not self.id.startswith("arn:"):
            return self.id
        last = self.id.split(":", 6 if self.store == "secretsmanager" else 5)[-1]
        if self.store == "ssm":
            return last.removeprefix("parameter")
        return re.sub(r"-[A-Za-z0-9]{6}$", "", last)


@dataclass(frozen=True)
class Seed:
    """Everything of one account and region that has to be there before a spec is applied."""

    account_id: str
    region: str
    cache_subnet_groups: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    kms_key_ids: tuple[str, ...] = ()
    secrets: tuple[SeedSecret, ...] = ()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Seed:
        """Read what was posted, or raise BadSeed."""
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(body) - known):
            raise BadSeed(f"a seed has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        if not re.fullmatch(r"\d{12}", str(body.get("account_id", ""))):
            raise BadSeed("account_id must be twelve digits in quotes")
        region = str(body.get("region", ""))
        if region not in _regions():
            near = get_close_matches(region, _regions(), 1)
            meant = f"; did you mean {near[0]}?" if near else ", such as eu-west-1"
            raise BadSeed(f"{region!r} is no region that has ElastiCache{meant}")
        lists = known - {"account_id", "region", "secrets"}
        return cls(
            account_id=body["account_id"],
            region=body["region"],
            secrets=tuple(_secret(each) for each in body.get("secrets", ())),
            **{name: _strings(name, body.get(name, ())) for name in lists},
        )


@cache
def _regions() -> tuple[str, ...]:
    """Give the regions of every partition, as the SDK knows them."""
    session = botocore.session.get_session()
    return tuple(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("elasticache", partition)
    )


def random_value() -> str:
    """Give a value that every password and AUTH token rule accepts."""
    return secrets.token_hex(24)


def _secret(body: Any) -> SeedSecret:
    if not isinstance(body, Mapping) or body.get("store") not in get_args(SecretStore):
        raise BadSeed("each of secrets needs a store: secretsmanager or ssm")
    if not isinstance(body.get("id"), str) or not body["id"]:
        raise BadSeed("each of secrets needs an id")
    return SeedSecret(body["store"], body["id"], _strings("keys", body.get("keys", ())))


def _strings(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise BadSeed(f"{name} must be a list of strings")
    return tuple(given)
