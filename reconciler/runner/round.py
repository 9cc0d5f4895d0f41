"""A round of drift that a schedule runs: what it is handed, and one look by it.

The schedule carries the estate itself, as the spec said it when it was deployed: no secret, only
references. So a round needs the service and its memory, and nothing of a machine of ours.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from reconciler.drifting.drift import drift_of
from reconciler.drifting.watch import View
from reconciler.errors import SecretUnavailable, UsageError
from reconciler.kind import Facts
from reconciler.kinds import EVERY_KIND
from reconciler.model import RESOURCES, Address, Estate, Resource, SecretRef
from reconciler.nouns.ssm_parameter import SsmParameter
from reconciler.observe import observe
from reconciler.observing.confirm import confirmed
from reconciler.ports import Clock, Reader, Versions

VERSION = 1
LARGEST = 256 * 1024
"""Bytes that a schedule may carry (Scheduler API reference, Target, Input)."""
_PACKED_FROM = 4 * 1024
_KINDS_AT_ONCE = 8
_EVERY: tuple[type[Resource], ...] = (*RESOURCES, SsmParameter)
_NOUNS: Mapping[str, type[Resource]] = {noun.kind: noun for noun in _EVERY}


@dataclass(frozen=True)
class Order:
    """One estate as its schedule carries it."""

    spec: str
    """The path of the spec, for people."""
    estate: Estate
    resources: Mapping[Address, Resource]
    memory: str
    """s3://BUCKET/KEY."""
    places: Mapping[tuple[Address, str], str] = field(default_factory=dict)
    """Where each field is written."""
    acknowledged: Mapping[str, date] = field(default_factory=dict)
    refs: tuple[SecretRef, ...] = ()
    """The secrets whose versions are looked at."""
    notify: SecretRef | None = None
    """Where the address stands that people are told at."""


def ordered(order: Order) -> str:
    """Write it down: what goes into the schedule, packed where it is large."""
    told = {
        "format_version": VERSION,
        "round": {
            "spec": order.spec,
            "estate": order.estate.model_dump(mode="json", exclude_unset=True),
            "resources": [
                {"kind": one.kind, "fields": one.model_dump(mode="json", exclude_unset=True)}
                for _, one in sorted(order.resources.items())
            ],
            "memory": order.memory,
            "places": {
                f"{address} {name}": place
                for (address, name), place in sorted(order.places.items())
            },
            "acknowledged": {
                one: day.isoformat() for one, day in sorted(order.acknowledged.items())
            },
            "refs": [one.model_dump(mode="json") for one in order.refs],
            "notify": order.notify.model_dump(mode="json") if order.notify else None,
        },
    }
    text = json.dumps(told, sort_keys=True)
    if len(text) >= _PACKED_FROM:
        packed = gzip.compress(text.encode(), mtime=0)
        text = json.dumps({"gzip": base64.b64encode(packed).decode()})
    if len(text) > LARGEST:
        raise UsageError(
            f"{order.spec}: packed it has {len(text):,} bytes, and a schedule carries "
            f"{LARGEST:,}: make two estates of it, or watch it with reconcile drift --every"
        )
    return text


def is_order(event: Mapping[str, Any]) -> bool:
    """Say whether an event is a round that is asked for, not a question of verify."""
    return "round" in _unpacked(event)


def read_order(event: Mapping[str, Any]) -> Order:
    """Read it; ValueError when it comes from another version of this tool."""
    whole = _unpacked(event)
    if whole.get("format_version") != VERSION:
        raise ValueError(
            f"this runner understands format {VERSION} and was asked in "
            f"{whole.get('format_version')}: reconcile runner schedule makes both anew"
        )
    told = whole["round"]
    resources = [
        _NOUNS[one["kind"]].model_validate_json(json.dumps(one["fields"]))
        for one in told["resources"]
    ]
    return Order(
        spec=told["spec"],
        estate=Estate.model_validate_json(json.dumps(told["estate"])),
        resources={one.address: one for one in resources},
        memory=told["memory"],
        places=dict(_place(key, place) for key, place in told["places"].items()),
        acknowledged={one: date.fromisoformat(day) for one, day in told["acknowledged"].items()},
        refs=tuple(map(_ref, told["refs"])),
        notify=_ref(told["notify"]) if told["notify"] else None,
    )


def _unpacked(told: Mapping[str, Any]) -> Mapping[str, Any]:
    if told.keys() != {"gzip"}:
        return told
    found: Mapping[str, Any] = json.loads(gzip.decompress(base64.b64decode(told["gzip"])))
    return found


def _place(key: str, place: str) -> tuple[tuple[Address, str], str]:
    address, _, name = key.partition(" ")
    return (Address.parse(address), name), place


def _ref(told: Any) -> SecretRef:
    return SecretRef.model_validate_json(json.dumps(told))


class Told(Protocol):
    """What is asked about a secret, without its value."""

    def version(self, ref: SecretRef, salt: str) -> str:
        """Give a text that changes with it, or raise SecretUnavailable."""
        ...

    def versions(self, ref: SecretRef) -> Versions | None:
        """Give every version that its store holds; None for a place that has none."""
        ...


@dataclass(frozen=True)
class Eyes:
    """What a look takes: a Reader, the secrets' versions, the time."""

    reader: Reader
    secrets: Told
    clock: Clock


def look(order: Order, eyes: Eyes) -> View:
    """Look once at the estate that a schedule carries."""
    estate = order.estate
    versions, stored = _versions(order, eyes.secrets)
    observation = observe(
        EVERY_KIND,
        eyes.reader,
        order.resources,
        estate=estate.estate,
        tag_prefix=estate.safety.tag_prefix,
        account_id=estate.aws.account_id,
        region=estate.aws.region,
        mode=estate.mode,
        at_once=_KINDS_AT_ONCE,
    )
    facts = Facts(
        account_id=estate.aws.account_id,
        region=estate.aws.region,
        estate=estate.estate,
        desired=order.resources,
        observed=observation.live,
        secret_versions=versions,
        stored=stored,
        tag_prefix=estate.safety.tag_prefix,
        now=eyes.clock.now(),
    )
    facts, plan = confirmed(EVERY_KIND, eyes.reader.fresh(), facts, estate.mode)
    return View(drift_of(plan), facts, estate.drift, order.places, order.acknowledged)


def _versions(
    order: Order, secrets: Told
) -> tuple[Mapping[SecretRef, str], Mapping[SecretRef, Versions]]:
    """Give each reference's version; of one that can't be asked nothing is said."""
    found: dict[SecretRef, str] = {}
    stored: dict[SecretRef, Versions] = {}
    aws = order.estate.aws
    salt = f"{aws.account_id}/{aws.region}/{order.estate.estate}"
    for ref in order.refs:
        try:
            known = secrets.versions(ref) if ref.moves else None
            if known is None:
                found[ref] = secrets.version(ref, salt)
            else:
                found[ref], stored[ref] = known.current, known
        except SecretUnavailable:
            continue
    return found, stored
