"""Reader -> what is there: bulk describes, one sweep of tags, and whose each thing is."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.errors import AwsError, WrongAccount
from reconciler.kind import Kind, Live, Ownership
from reconciler.model import Address, Resource
from reconciler.ports import Reader

logger = logging.getLogger(__name__)

TAGGING = "resourcegroupstaggingapi"
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Observation:
    """What was found of all kinds, in how many requests."""

    live: Mapping[Address, Live[Any]]
    calls: int = 0

    @property
    def resources(self) -> int:
        """Give how many resources were read."""
        return len(self.live)


@dataclass(frozen=True, slots=True)
class Whose:
    """The estate that asks, and under which prefix its tags stand."""

    estate: str
    tag_prefix: str

    def split(self, tags: Tags) -> tuple[dict[str, str], dict[str, str]]:
        """Give the user's tags, and ours by short name."""
        start = f"{self.tag_prefix}:"
        theirs = {key: value for key, value in tags.items() if not key.startswith(start)}
        ours = {key[len(start) :]: value for key, value in tags.items() if key.startswith(start)}
        return theirs, ours

    def owns(self, address: Address, tags: Tags) -> bool:
        """Say whether both ownership tags are right (tags spread, and people clone things)."""
        return tags.get(f"{self.tag_prefix}:estate") == self.estate and tags.get(
            f"{self.tag_prefix}:address"
        ) == str(address)


def observe(  # noqa: PLR0913 - what a spec says at its top, each by its own name
    kinds: Iterable[Kind[Any]],
    reader: Reader,
    desired: Mapping[Address, Resource],
    *,
    estate: str,
    tag_prefix: str = "reconciler",
    account_id: str,
    region: str,
    mode: Literal["manage", "observe"] = "manage",
    refresh_tags: bool = False,
    named: frozenset[Address] = frozenset(),
    at_once: int = 1,
) -> Observation:
    """Read everything of these kinds, with tags and ownership.

    The sweep of the tagging API lags, so a named thing that it does not show as ours, or shows
    with other tags than wished (or every named one with ``refresh_tags``), is asked for its tags
    itself; where that is refused, whose it is stays UNKNOWN. In mode observe it decides nothing.
    ``named`` are read in detail besides those that are desired. With ``at_once`` kinds are read
    by so many threads: the Reader has to allow it, and their order is nobody's.
    """
    kinds = tuple(kinds)
    started, wanted = reader.calls, named | desired.keys()
    found, swept = (
        _read(kinds, reader, wanted)
        if at_once == 1
        else _read_together(kinds, reader, wanted, at_once)
    )
    for live in found:
        _check_place(live, account_id, region)
    whose = Whose(estate, tag_prefix)
    observed = {}
    for live in found:
        wished = desired.get(live.address)
        tags = swept.get(live.arn, {}) if live.tags is None else live.tags
        asked: Tags | None = tags
        if (wished is not None and live.tags is None) and (
            refresh_tags or not _settled(tags, wished, whose, ownership_matters=mode == "manage")
        ):
            asked = _listed(reader, live)
        observed[live.address] = _tagged(live, asked, whose)
    return Observation(observed, reader.calls - started)


def left_behind(
    kinds: Iterable[Kind[Any]], reader: Reader, whose: Whose, asked: Iterable[str]
) -> frozenset[Address]:
    """Give what may be ours although no bulk read shows it and no spec names it.

    What the tagging API finds by our tag, and what ``asked`` names by its whole address: IAM's
    roles are not in that API. Whose each is still has to be read.
    """
    kinds = [kind for kind in kinds if not kind.bulk]
    names = {kind.name for kind in kinds}
    found = {Address.parse(one) for one in asked if one.partition("/")[0] in names}
    if types := [kind.found_by_tag for kind in kinds if kind.found_by_tag]:
        estate = {"Key": f"{whose.tag_prefix}:estate", "Values": [whose.estate]}
        params = {"TagFilters": [estate], "ResourceTypeFilters": types, "ResourcesPerPage": 100}
        for one in reader.pages(TAGGING, "get_resources", "ResourceTagMappingList", params):
            _, ours = whose.split(_pairs(one.get("Tags", ())))
            kind, _, ident = ours.get("address", "").partition("/")
            found |= {Address(kind, ident)} if kind in names and ident else set()
    return frozenset(found)


def _read(
    kinds: Sequence[Kind[Any]], reader: Reader, wanted: Collection[Address]
) -> tuple[list[Live[Any]], Mapping[str, Tags]]:
    """Give what is there and the swept tags, kind after kind."""
    found, sorts = [], []
    for kind in kinds:
        lives = list(kind.observe(reader, _names(kind, wanted)))
        found += lives
        sorts += [kind.arn_type] if any(map(_is_swept, lives)) else []
    return found, _sweep(sorts, reader)


def _read_together(
    kinds: Sequence[Kind[Any]], reader: Reader, wanted: Collection[Address], at_once: int
) -> tuple[list[Live[Any]], Mapping[str, Tags]]:
    """Give the same: the sweep begins once each kind has shown a thing whose tags it has to bring.

    Users alone fill many pages, and so do the tags; neither waits for the other's last.
    """
    shown: dict[str, Future[bool]] = {kind.name: Future() for kind in kinds}

    def read(kind: Kind[Any]) -> list[Live[Any]]:
        found, swept = [], shown[kind.name]
        try:
            for live in kind.observe(reader, _names(kind, wanted)):
                found.append(live)
                if not swept.done() and _is_swept(live):
                    swept.set_result(True)
        finally:
            if not swept.done():
                swept.set_result(False)
        return found

    def sweep() -> Mapping[str, Tags]:
        return _sweep([kind.arn_type for kind in kinds if shown[kind.name].result()], reader)

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="observe")
    try:
        reading = [pool.submit(read, kind) for kind in kinds]
        # The last one in: whatever it waits for has a thread by then.
        sweeping = pool.submit(sweep)
        every: list[Future[Any]] = [*reading, sweeping]
        for done in wait(every, return_when=FIRST_EXCEPTION).done:
            done.result()
        return [live for some in reading for live in some.result()], sweeping.result()
    finally:
        # Whoever interrupts a look does not wait for answers that nobody will read.
        pool.shutdown(wait=False, cancel_futures=True)


def _is_swept(live: Live[Any]) -> bool:
    """Say whether the sweep has to bring this thing's tags."""
    return not live.built_in and live.tags is None


def _names(kind: Kind[Any], wanted: Iterable[Address]) -> frozenset[str]:
    return frozenset(address.id for address in wanted if address.kind == kind.name)


def _check_place(live: Live[Any], account_id: str, region: str) -> None:
    place = live.arn.split(":")[3:5]
    if place not in ([region, account_id], ["", account_id]):
        reason = (
            f"{live.address} answers as {live.arn}; the spec says account {account_id} in "
            f"{region}: use credentials of that account, or mend aws.account_id and aws.region"
        )
        raise WrongAccount([reason])


def _sweep(arn_types: Sequence[str], reader: Reader) -> dict[str, Tags]:
    """Read the tags of these types only: members of replication groups bear their group's."""
    if not arn_types:
        return {}
    params = {
        "ResourceTypeFilters": [f"elasticache:{one}" for one in arn_types],
        "ResourcesPerPage": 100,
    }
    pages = reader.pages(TAGGING, "get_resources", "ResourceTagMappingList", params)
    return {one["ResourceARN"]: _pairs(one.get("Tags", ())) for one in pages}


def _settled(tags: Tags, wished: Resource, whose: Whose, *, ownership_matters: bool) -> bool:
    owned = whose.owns(wished.address, tags) or not ownership_matters
    return owned and all(tags.get(key) == value for key, value in (wished.tags or {}).items())


def _listed(reader: Reader, live: Live[Any]) -> Tags | None:
    try:
        found = reader.read("elasticache", "list_tags_for_resource", {"ResourceName": live.arn})
    except AwsError as refused:
        # A busy resource refuses even to list its tags, a user with UserNotFound.
        if not refused.answered:
            raise
        logger.info(
            "observe.tags.unknown", extra={"address": str(live.address), "code": refused.code}
        )
        return None
    return _pairs(found.get("TagList", ()))


def _pairs(tags: Iterable[Mapping[str, str]]) -> Tags:
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def _tagged(live: Live[Any], tags: Tags | None, whose: Whose) -> Live[Any]:
    if tags is None:
        return dataclasses.replace(live, ownership=Ownership.UNKNOWN)
    theirs, ours = whose.split(tags)
    owned = whose.owns(live.address, tags)
    return dataclasses.replace(
        live,
        resource=live.resource.but(tags=theirs or None, marks={**live.resource.marks, **ours}),
        ownership=Ownership.OWNED if owned else Ownership.UNMANAGED,
    )
