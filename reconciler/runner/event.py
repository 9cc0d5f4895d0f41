"""What a runner is asked and what it answers, as JSON: no secret is in either, only references.

A large one is packed: Lambda takes 6 MB in each direction (Lambda quotas, synchronous payload).
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from reconciler.errors import UsageError
from reconciler.kind import Endpoint, Live, Node, Observed, Ownership, Shard, references
from reconciler.model import RESOURCES, Address, External, Resource, SecretRef
from reconciler.verify import EngineSeen, Finding, Report, Wishes

VERSION = 1
LARGEST = 6 * 1024 * 1024
_PACKED_FROM = 256 * 1024
_NOUNS: Mapping[str, type[Resource]] = {noun.kind: noun for noun in RESOURCES}
_FINDINGS, _WISHES = TypeAdapter(tuple[Finding, ...]), TypeAdapter(Wishes)


@dataclass(frozen=True)
class Question:
    """A part of an estate that a runner is to verify."""

    account_id: str
    region: str
    desired: Mapping[Address, Resource]
    observed: Observed
    external: Mapping[str, External] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    stand_ins: Mapping[SecretRef, SecretRef] = field(default_factory=dict)
    """What is opened in the place of a variable or a file: local service only."""
    ca: str | None = None
    """The CA to trust, as PEM; the system's store without it."""
    ca_files: Mapping[str, str] = field(default_factory=dict)
    """The CAs that external targets name, by path, as PEM."""


def part_of(
    desired: Mapping[Address, Resource], observed: Observed, caches: Iterable[Address]
) -> tuple[dict[Address, Resource], dict[Address, Live[Any]]]:
    """Give these caches with everything that they refer to, and nothing else of the estate."""
    wanted: set[Address] = set()
    left = list(caches)
    while left:
        address = left.pop()
        if address in wanted:
            continue
        wanted.add(address)
        sides = (desired.get(address), _resource(observed.get(address)))
        left += [one for side in sides if side is not None for one in references(side)]
    return (
        {one: desired[one] for one in sorted(wanted) if one in desired},
        {one: observed[one] for one in sorted(wanted) if one in observed},
    )


def _resource(live: Live[Any] | None) -> Resource | None:
    return live.resource if live is not None else None


def asked(question: Question) -> bytes:
    """Write a question down."""
    told = {
        "format_version": VERSION,
        "account_id": question.account_id,
        "region": question.region,
        "desired": [_noun(one) for one in question.desired.values()],
        "observed": [_live(one) for one in question.observed.values()],
        "external": {
            name: one.model_dump(mode="json", exclude_unset=True)
            for name, one in question.external.items()
        },
        "wishes": _WISHES.dump_python(question.wishes, mode="json"),
        "stand_ins": [[_ref(one), _ref(other)] for one, other in question.stand_ins.items()],
        "ca": question.ca,
        "ca_files": dict(question.ca_files),
    }
    content = _packed(told)
    if len(content) > LARGEST:
        raise UsageError(
            f"what a runner is asked has {len(content):,} bytes, and Lambda takes {LARGEST:,}: "
            "verify fewer caches at once (--cache)"
        )
    return content


def understood(event: Mapping[str, Any]) -> Question:
    """Read a question; ValueError when it is none, or from another version of this tool."""
    told = _unpacked(event)
    if told.get("format_version") != VERSION:
        raise ValueError(
            f"this runner understands format {VERSION} and was asked in "
            f"{told.get('format_version')}: deploy it again (reconcile runner deploy)"
        )
    desired = [_read_noun(one) for one in told["desired"]]
    observed = [_read_live(one) for one in told["observed"]]
    return Question(
        account_id=told["account_id"],
        region=told["region"],
        desired={one.address: one for one in desired},
        observed={one.address: one for one in observed},
        external={
            name: External.model_validate_json(json.dumps(one))
            for name, one in told["external"].items()
        },
        wishes=_WISHES.validate_json(json.dumps(told["wishes"])),
        stand_ins={_read_ref(one): _read_ref(other) for one, other in told["stand_ins"]},
        ca=told["ca"],
        ca_files=told["ca_files"],
    )


def answered(report: Report, unfinished: Iterable[Address] = ()) -> dict[str, Any]:
    """Write a report down; ``unfinished`` are the caches that time ran out for."""
    told = {
        "format_version": VERSION,
        "findings": _FINDINGS.dump_python(report.findings, mode="json"),
        "engines": {
            str(address): dataclasses.asdict(seen) for address, seen in report.engines.items()
        },
        "refusals": report.refusals,
        "partial": report.partial,
        "seconds": report.seconds,
        "unfinished": [str(one) for one in unfinished],
    }
    found: dict[str, Any] = json.loads(_packed(told))
    return found


def read_answer(content: bytes) -> tuple[Report, tuple[Address, ...]]:
    """Read a report and which caches it did not get to; ValueError when it is none."""
    told = _unpacked(json.loads(content))
    if not isinstance(told, Mapping) or told.get("format_version") != VERSION:
        raise ValueError("it answered in another format: deploy it again (reconcile runner deploy)")
    findings = _FINDINGS.validate_json(json.dumps(told["findings"]))
    engines = {_address(name): EngineSeen(**one) for name, one in told["engines"].items()}
    report = Report(findings, engines, told["refusals"], told["partial"], told["seconds"])
    return report, tuple(_address(one) for one in told["unfinished"])


def _address(text: str) -> Address:
    # Not Address.parse: an external target's name keeps its capitals.
    kind, _, ident = text.partition("/")
    return Address(kind, ident)


def _packed(told: Mapping[str, Any]) -> bytes:
    content = json.dumps(told).encode()
    if len(content) < _PACKED_FROM:
        return content
    return json.dumps({"gzip": base64.b64encode(gzip.compress(content)).decode()}).encode()


def _unpacked(told: Mapping[str, Any]) -> Any:
    if not isinstance(told, Mapping) or told.keys() != {"gzip"}:
        return told
    return json.loads(gzip.decompress(base64.b64decode(told["gzip"])))


def _noun(resource: Resource) -> dict[str, Any]:
    fields = resource.model_dump(mode="json", exclude_unset=True)
    return {"kind": resource.kind, "fields": fields}


def _read_noun(told: Mapping[str, Any]) -> Resource:
    return _NOUNS[told["kind"]].model_validate_json(json.dumps(told["fields"]))


def _live(live: Live[Any]) -> dict[str, Any]:
    return {
        "resource": _noun(live.resource),
        "arn": live.arn,
        "status": live.status,
        "at_rest": live.at_rest,
        "ownership": live.ownership.value,
        "engine_version": live.engine_version,
        "endpoints": [dataclasses.asdict(one) for one in live.endpoints],
        "shards": [dataclasses.asdict(one) for one in live.shards],
        "nodes": [dataclasses.asdict(one) for one in live.nodes],
        "reaches": [str(one) for one in live.reaches],
    }


def _read_live(told: Mapping[str, Any]) -> Live[Any]:
    return Live(
        _read_noun(told["resource"]),
        arn=told["arn"],
        status=told["status"],
        at_rest=told["at_rest"],
        ownership=Ownership(told["ownership"]),
        engine_version=told["engine_version"],
        endpoints=tuple(Endpoint(**one) for one in told["endpoints"]),
        shards=tuple(Shard(**one) for one in told["shards"]),
        nodes=tuple(Node(**one) for one in told["nodes"]),
        reaches=tuple(_address(one) for one in told["reaches"]),
    )


def _ref(ref: SecretRef) -> Any:
    return ref.model_dump(mode="json")


def _read_ref(told: Any) -> SecretRef:
    return SecretRef.model_validate_json(json.dumps(told))
