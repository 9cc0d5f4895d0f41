"""Two sides' answers to the same calls: which members each shows, and where values differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from live.recorder import Record

COMPARED = frozenset({"", "behind the back", "look"})
"""Steps whose answers are compared: the scenario's writes, and a look at rest.

What a fact asks is compared by the fact, and a look in between shows whatever moment it was.
"""
_CHOSEN = re.compile(
    r"(Time|Date|Window|Address|Port|Zone|Marker|ARN|KmsKeyId|VpcId|Slots|SubnetIds|"
    r"SnapshottingClusterId|DailySnapshotTime|CacheSubnetGroupName)$"
)
"""Members that the service chooses: whether they are there counts, not what they say."""
_NAMES = ("CacheClusterId", "NodeGroupId", "CacheNodeId", "SecurityGroupId", "Key", "LogType")
_IDENTS = (
    "UserId",
    "UserGroupId",
    "ReplicationGroupId",
    "ServerlessCacheName",
    "CacheParameterGroupName",
    "ResourceName",
)


@dataclass(frozen=True, order=True)
class Difference:
    """One member of one operation's answers; ``here`` is the local service's side."""

    operation: str
    path: str
    aws: str
    here: str


def differences(aws: Iterable[Record], local: Iterable[Record]) -> list[Difference]:
    """Give where answers to the same call differ, in shape or in a value that can be compared."""
    theirs, ours = _by_call(aws), _by_call(local)
    found: set[Difference] = set()
    for key in sorted(theirs.keys() | ours.keys()):
        operation = key[0]
        if key not in theirs or key not in ours:
            sides = [str(len([1 for one in side if one[:2] == key[:2]])) for side in (theirs, ours)]
            found.add(Difference(operation, f"(calls about {key[1]})", *sides))
            continue
        left, right = dict(_flat(theirs[key])), dict(_flat(ours[key]))
        for path in left.keys() | right.keys():
            one, other = left.get(path, "absent"), right.get(path, "absent")
            if one != other:
                found.add(Difference(operation, path, one, other))
    return sorted(found)


def refusals(records: Iterable[Record]) -> Counter[str]:
    """Count what was refused on the way, by operation and code: these hang on the moment."""
    return Counter(
        f"{one.operation} {one.code}" for one in records if one.step in COMPARED and one.code
    )


def _by_call(records: Iterable[Record]) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """Give accepted answers by operation, resource and how many such calls came before."""
    numbers = Counter[tuple[str, str]]()
    found = {}
    for record in records:
        reads = record.operation.startswith(("Describe", "List", "Get"))
        if record.step not in COMPARED or not record.accepted or (reads and record.step != "look"):
            continue
        ident = next((str(record.params[one]) for one in _IDENTS if one in record.params), "")
        key = (record.operation, ident)
        found[(*key, numbers[key])] = record.answer
        numbers[key] += 1
    return found


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give path and comparable text of every leaf; a chosen value stands as its sort."""
    match value:
        case Mapping():
            for name, one in value.items():
                yield from _flat(one, f"{path}.{name}" if path else name)
        case list():
            for number, one in enumerate(_ordered(value)):
                yield from _flat(one, f"{path}[{_name(one) or number}]")
        case _ if _CHOSEN.search(path):
            yield path, f"some {type(value).__name__}"
        case str() if path.endswith("EngineVersion"):
            # Patches come and go; the precision that a spec is written in counts.
            yield path, ".".join(value.split(".")[:2])
        case _:
            yield path, repr(value)


def _ordered(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda one: _name(one) or repr(one) * (not isinstance(one, dict)))


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((str(item[one]) for one in _NAMES if one in item), "")
