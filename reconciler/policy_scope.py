"""What a policy is written with: the spec's resources as ARNs, our tag as a condition. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.kind import Facts, Kind
from reconciler.model import Address

LISTED = 25
"""So many resources of a kind are named one by one; of more the kind, for a policy's size."""

Statement = dict[str, Any]


class Scope:
    """The spec's resources as ARNs."""

    def __init__(self, kinds: Mapping[str, Kind[Any]], facts: Facts) -> None:
        self.kinds, self.facts = kinds, facts
        self.named: dict[str, list[Address]] = {}
        for address in sorted(facts.desired):
            self.named.setdefault(address.kind, []).append(address)

    def arns(self, kind: str) -> list[str]:
        """Give the ARNs of the spec's resources of a kind; of very many, of the whole kind."""
        return self.of(self.named.get(kind, ()))

    def of(self, addresses: Iterable[Address]) -> list[str]:
        """Give the ARNs of these, in order."""
        some = sorted(addresses)
        if len(some) > LISTED:
            return sorted({self.kinds[one.kind].arn(self.facts, "*") for one in some})
        return [self.kinds[one.kind].arn(self.facts, one.id) for one in some]

    def elasticache(self) -> list[str]:
        """Give the named kinds that ElastiCache keeps."""
        return [name for name in self.named if self.kinds[name].service == "elasticache"]

    def others(self) -> list[str]:
        """Give the named kinds that another service keeps."""
        return [name for name in self.named if self.kinds[name].service != "elasticache"]

    def found_by_tag(self) -> list[Kind[Any]]:
        """Give the kinds of which the tagging API finds what the spec no longer names."""
        return [kind for kind in self.kinds.values() if kind.found_by_tag]

    def actions(self, kind: str, some: Iterable[str]) -> list[str]:
        """Give these actions as the service of a kind calls them."""
        return [f"{self.kinds[kind].service}:{one}" for one in some]

    def every(self, arn_type: str) -> str:
        """Give the pattern of all ARNs of a type in this account and region."""
        return self.facts.arn(arn_type, "*")

    def other(self, service: str, rest: str) -> str:
        """Give an ARN of another service in this account and region."""
        facts = self.facts
        return f"arn:{facts.partition}:{service}:{facts.region}:{facts.account_id}:{rest}"

    def ours(self, key: str) -> Mapping[str, Any]:
        """Give the condition that our ownership tag has under ``aws:<key>``."""
        tag = f"aws:{key}/{self.facts.tag_prefix}:estate"
        return {"StringEquals": {tag: self.facts.estate}}


def allow(
    sid: str, actions: Iterable[str], arns: Iterable[str], condition: Any = None
) -> Statement:
    """Give one statement; one about no resource at all is left out of a policy."""
    found: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(set(actions)),
        "Resource": sorted(set(arns)),
    }
    return {**found, "Condition": condition} if condition else found
