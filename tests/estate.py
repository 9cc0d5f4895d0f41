"""A wished-for estate on an in-process bench: observe, plan, apply, and what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inprocess import InProcess, InProcessWriter

from reconciler.apply import Doors, Terms, apply
from reconciler.applying.outcome import Event, Finished, Summary
from reconciler.applying.recording import behind
from reconciler.kind import Facts
from reconciler.kind.asked import Asked
from reconciler.kinds import EVERY_KIND
from reconciler.model import Address, Resource, SecretRef
from reconciler.observe import observe
from reconciler.observing.confirm import confirmed
from reconciler.plan import Plan
from reconciler.ports import Call

ESTATE = "shop-test"
TAG_CALLS = frozenset({"add_tags_to_resource", "remove_tags_from_resource"})


class MemoryJournal:
    """A Journal that keeps its lines."""

    def __init__(self) -> None:
        self.intents: list[tuple[Address, Call, object]] = []
        self.outcomes: list[tuple[int, str]] = []

    def intent(self, address: Address, call: Call, before: object) -> int:
        self.intents.append((address, call, before))
        return len(self.intents)

    def outcome(self, number: int, told: str) -> None:
        self.outcomes.append((number, told))


@dataclass
class Estate:
    """What shall be, in one bench's account."""

    bench: InProcess
    wishes: Iterable[Resource]
    name: str = ESTATE
    asked: Asked = field(default_factory=Asked)
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def facts(self) -> Facts:
        desired = {wish.address: wish for wish in self.wishes}
        found = observe(
            EVERY_KIND,
            self.bench.reader(),
            desired,
            estate=self.name,
            account_id=self.bench.account_id,
            region=self.bench.region,
        )
        return Facts(
            account_id=self.bench.account_id,
            region=self.bench.region,
            estate=self.name,
            desired=desired,
            observed=found.live,
            secret_versions={
                ref: self.bench.secrets.version(ref, "salt") for ref in refs(self.wishes)
            },
            now=self.bench.clock.now(),
            asked=self.asked,
        )

    def plan(self) -> Plan:
        return self.looked()[1]

    def looked(self) -> tuple[Facts, Plan]:
        """Give a plan and the facts that it was made from."""
        return confirmed(EVERY_KIND, self.bench.reader(), self.facts())

    def applying(self, writer: InProcessWriter | None = None, **terms: Any) -> Iterable[Event]:
        """Give the events as they happen, from a plan made just now."""
        facts, plan = self.looked()
        doors = Doors(
            EVERY_KIND,
            self.bench.reader(),
            writer or self.bench.writer(),
            self.bench.lease,
            self.bench.clock,
            self.journal,
        )
        mends = frozenset(behind(EVERY_KIND, facts))
        return apply(facts, plan, doors, Terms(**{"mends": mends, **terms}))

    def apply(self, writer: InProcessWriter | None = None, **terms: Any) -> Summary:
        """Apply to the end and give the summary."""
        events = list(self.applying(writer, **terms))
        assert isinstance(events[-1], Finished)
        return events[-1].summary


def refs(wishes: Iterable[Resource]) -> set[SecretRef]:
    """Give every secret reference in these wishes."""
    found: set[SecretRef] = set()

    def walk(value: Any) -> None:
        match value:
            case SecretRef():
                found.add(value)
            case tuple() | list():
                for one in value:
                    walk(one)
            case Resource():
                for name in type(value).model_fields:
                    walk(getattr(value, name))
            case _ if hasattr(value, "passwords"):
                walk(value.passwords)

    for wish in wishes:
        walk(wish)
    return found


def sent(bench: InProcess, *, tags: bool = True) -> list[str]:
    """Name the calls that were sent, in order."""
    return [call.action for call in bench.writes if tags or call.operation not in TAG_CALLS]


# What the service chooses, or counts on its own.
_VOLATILE = ("Time", "Date", "Port", "Marker")
_DESCRIBED = {
    "describe_users": "Users",
    "describe_user_groups": "UserGroups",
    "describe_cache_parameter_groups": "CacheParameterGroups",
    "describe_cache_subnet_groups": "CacheSubnetGroups",
    "describe_replication_groups": "ReplicationGroups",
    "describe_cache_clusters": "CacheClusters",
    "describe_serverless_caches": "ServerlessCaches",
}


def shown(bench: InProcess) -> dict[str, Any]:
    """Give everything that the service shows of an account, tags included, without times."""
    found: dict[str, Any] = {
        key: _lasting(bench.aws(operation)[key]) for operation, key in _DESCRIBED.items()
    }
    for group in found["CacheParameterGroups"]:
        name = group["CacheParameterGroupName"]
        if not name.startswith("default."):
            asked = {"CacheParameterGroupName": name, "Source": "user"}
            group["Parameters"] = bench.aws("describe_cache_parameters", **asked)["Parameters"]
    found["tags"] = {
        arn: {key: text for key, text in tags.items() if not key.endswith(":auth")}
        for arn, tags in bench.service.tagged_resources(bench.principal)
    }
    return found


def _lasting(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: _lasting(one) for name, one in value.items() if not name.endswith(_VOLATILE)
            }
        case list():
            return [_lasting(one) for one in value]
        case _:
            return value
