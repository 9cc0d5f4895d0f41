"""Transitions played by real processes against a local ElastiCache, each in its own account."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import build
from commandline import Ended, Folder, end_of
from estate import ESTATE
from proxy import Proxy, between
from transition import ONE, TOKEN, TWO, Transition
from warm import Warm

from reconciler.kind.asked import Asked
from reconciler.model import Address, Resource, SecretRef

REGION = "eu-west-1"
_accounts = itertools.count(333333330000 + os.getpid() % 1000 * 1000)
_LIMITS = dict.fromkeys(("delete", "replace", "widen", "interrupt"), 99)
_DESCRIBED = {
    "describe_users": "Users",
    "describe_user_groups": "UserGroups",
    "describe_cache_parameter_groups": "CacheParameterGroups",
    "describe_cache_subnet_groups": "CacheSubnetGroups",
    "describe_replication_groups": "ReplicationGroups",
    "describe_cache_clusters": "CacheClusters",
    "describe_serverless_caches": "ServerlessCaches",
}
# What the service chooses for an account, counts by itself, or says of a moment.
_CHOSEN = ("Time", "Date", "Port", "Marker", "Window", "KmsKeyId")
_IDS = re.compile(r"\b(subnet|vpc|sg)-[0-9a-f]{17}\b")


NOTHING = Asked()


def _consent(address: Address) -> dict[str, str]:
    said = {"action": "adopt", "address": str(address), "why": "that is what is played"}
    return {**said, "until": "2999-12-31"}


def _has_own(wish: Resource) -> bool:
    """Whether a cache says parameters of its own; a parameter group itself is no cache."""
    return wish.kind != "cache_parameter_group" and bool(getattr(wish, "parameters", None))


def words(asked: Asked) -> tuple[str, ...]:
    """Give the command that asks for this, without its spec."""
    if asked.destroy:
        return "destroy", "--yes", "--estate", ESTATE
    flags = [f"--now={one}" for one in sorted(asked.now)]
    flags += [f"--allow=replace:{one}" for one in sorted(asked.replace)]
    return "apply", "--yes", *flags, *["--prune"] * asked.prune


@dataclass(frozen=True)
class Account:
    """One account of a service: what a spec wishes there, and boto3's way past the tool."""

    folder: Folder
    id: str
    env: dict[str, str]
    proxy: Proxy
    warm: Warm | None = None

    def write(self, wishes: tuple[Resource, ...], takes_over: Iterable[Address] = ()) -> None:
        sections: dict[str, dict[str, Any]] = {}
        # What follows from another wish a spec does not write: loading it derives it again.
        follows = {one.cache_parameter_group_name for one in wishes if _has_own(one)}
        for wish in wishes:
            if wish.kind == "cache_parameter_group" and wish.id in follows:
                continue
            left = {"cache_parameter_group_name"} if _has_own(wish) else set()
            said = wish.model_dump(mode="json", exclude_unset=True, exclude={"id", *left})
            sections.setdefault(build.KIND[wish.kind].section, {})[wish.id] = said
        spec = {
            "version": 1,
            "estate": ESTATE,
            "aws": {"account_id": self.id, "region": REGION},
            "safety": {"max": _LIMITS, "allow": [_consent(one) for one in takes_over]},
            "unmanaged": [],
            **sections,
        }
        (self.folder.path / self.spec).write_text(json.dumps(spec, indent=1))

    @property
    def spec(self) -> str:
        return f"specs/{self.id}.yaml"

    def start(self, *arguments: str):
        return self.folder.start(*arguments, self.spec, **self.env)

    def apply(
        self, asked: Asked = NOTHING, told: Callable[[int], object] = lambda _pid: None
    ) -> Ended:
        """Apply; where there is none that is warm, by a process that has to load everything."""
        if self.warm is not None:
            return self.warm.run(*words(asked), self.spec, told=told, **self.env)
        started = self.start(*words(asked))
        told(started.pid)
        return end_of(started, within_s=180)

    def client(self, service: str = "elasticache"):
        return boto3.client(
            service,
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
        )

    def aws(self, operation: str, **params: Any) -> Any:
        """Call past the tool, as the in-process bench does."""
        return getattr(self.client(), operation)(**params)

    def put(self, ref: SecretRef, value: str) -> None:
        """Move a secret on to a new version."""
        store = self.client("secretsmanager")
        held = json.loads(store.get_secret_value(SecretId=ref.id)["SecretString"])
        store.put_secret_value(SecretId=ref.id, SecretString=json.dumps({**held, ref.key: value}))

    def rest(self, within_s: float = 60) -> None:
        """Wait until everything is at rest."""
        until = time.monotonic() + within_s
        while (busy := [*self._busy()]) and time.monotonic() < until:
            time.sleep(0.05)
        assert busy == []

    def _busy(self) -> Iterator[str]:
        for operation, key in _DESCRIBED.items():
            for one in self.aws(operation)[key]:
                status = one.get("Status") or one.get("CacheClusterStatus") or "available"
                if status not in ("available", "active"):
                    yield f"{key} {status}"

    def shown(self) -> dict[str, Any]:
        """Give all that the service shows, without what it chose for this account."""
        found = {key: self.aws(operation)[key] for operation, key in _DESCRIBED.items()}
        told = self.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
        found["tags"] = {
            one["ResourceARN"]: sorted(
                (tag["Key"], tag["Value"])
                for tag in one["Tags"]
                # A version of a secret is this account's own.
                if not tag["Key"].endswith((":auth", ":secret", ":retired"))
            )
            for one in told
        }
        text = json.dumps(_lasting(found), sort_keys=True, default=str)
        return json.loads(_IDS.sub(r"\1-of-it", text.replace(self.id, "ACCOUNT")))


def _lasting(value: Any) -> Any:
    match value:
        case dict():
            kept = {name: one for name, one in value.items() if not name.endswith(_CHOSEN)}
            return {name: _lasting(one) for name, one in kept.items()}
        case list():
            return [_lasting(one) for one in value]
        case _:
            return value


@contextlib.contextmanager
def account(folder: Folder, ready: dict[str, Any], warm: Warm | None = None) -> Iterator[Account]:
    """Give a new account of a running service, with the secrets that transitions name."""
    ident = f"{next(_accounts):012d}"
    asked = {
        "account_id": ident,
        "region": REGION,
        "secrets": [
            {"store": "secretsmanager", "id": ONE.id, "keys": [ONE.key, TWO.key]},
            {"store": "secretsmanager", "id": TOKEN.id, "keys": [TOKEN.key]},
        ],
    }
    request = urllib.request.Request(
        f"{ready['control_url'].rstrip('/')}/seed",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        keys = json.loads(answer.read())
    with between(ready["endpoint_url"]) as proxy:
        env = {
            "AWS_ENDPOINT_URL": proxy.url,
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
        }
        yield Account(folder, ident, env, proxy, warm)


def prepared(place: Account, transition: Transition) -> None:
    """Bring an account to a transition's start, with its end wished for."""
    if transition.start:
        place.write(transition.start)
        first = place.apply()
        assert first.code == 0, first.err
        place.rest()
    for ref, version in transition.versions.items():
        place.put(ref, f"secret-number-{ref.key}-as-{version}")
    if transition.meddle:
        transition.meddle(place)
        place.rest()
    place.write(transition.end, transition.takes_over)
    place.proxy.calls.clear()
