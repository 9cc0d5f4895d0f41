"""What is there now, read in bulk round after round, and whether a step's promise came true."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.errors import AwsError, CouldNotLook, StepFailed
from reconciler.kind import Facts, Kind, Live, Ownership
from reconciler.kind.kept import Kept
from reconciler.model import Address, Resource
from reconciler.observe import Whose
from reconciler.observing.keeping import with_snapshots
from reconciler.observing.narrow import Narrowed
from reconciler.observing.tagging import with_tags
from reconciler.planning.complete import complete, unreached
from reconciler.planning.replacement import standing
from reconciler.ports import Reader

_QUOTED = 10
_FAILED = ("create-failed", "restore-failed", "incompatible-network", "incompatible-parameters")


class Eyes:
    """The estate as of this round. A kind costs min(watched, pages) calls a round.

    Tags are not part of a describe: they are carried over from the last look at them.
    """

    def __init__(self, kinds: Iterable[Kind[Any]], reader: Reader, facts: Facts) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._reader, self._base = reader, facts
        self._whose = Whose(facts.estate, facts.tag_prefix)
        self._known: dict[Address, Live[Any]] = dict(facts.observed)
        self._seen: dict[str, frozenset[str] | None] = dict.fromkeys(self._kinds)
        """What this round has looked at: ids of a kind, or all of it (None)."""
        self._watched: frozenset[Address] = frozenset()
        self._pages: dict[str, int] = {}
        self._facts: Facts | None = facts

    @property
    def facts(self) -> Facts:
        """Give what the pure rooms may know, as of the last looks."""
        if self._facts is None:
            self._facts = dataclasses.replace(self._base, observed=dict(self._known))
        return self._facts

    def next_round(self, watched: Iterable[Address] = ()) -> None:
        """Forget that anything was looked at; ``watched`` are those that will be asked for."""
        self._watched = frozenset(watched)
        self._reader = self._reader.fresh()
        self._seen.clear()

    def live(self, address: Address) -> Live[Any] | None:
        """Give the resource as it is in this round, or None; raises as the Reader does."""
        seen = self._seen.get(address.kind, frozenset())
        if seen is not None and address.id not in seen:
            self._look(self._kinds[address.kind], address.id)
        return self._known.get(address)

    def tagged(self, address: Address) -> Live[Any] | None:
        """Give the resource with its tags read again; None: not there, or too busy for it."""
        live = self.live(address)
        if live is None:
            return None
        found = with_tags(self._reader, live, self._whose)
        return None if found is None else self._remember(found)

    def told(self, address: Address, resource: Resource) -> None:
        """Take over tags and marks that were just written and accepted."""
        live = self._known.get(address)
        if live is not None:
            kept = live.resource.but(tags=resource.tags, marks=resource.marks)
            self._remember(dataclasses.replace(live, resource=kept, ownership=Ownership.OWNED))

    def without(self, kept: Kept) -> Facts:
        """Forget a snapshot: nothing is to be made of it any more."""
        left = tuple(one for one in self._base.snapshots if one != kept)
        self._base, self._facts = dataclasses.replace(self._base, snapshots=left), None
        return self.facts

    def events(self, address: Address, minutes: int) -> tuple[str, ...]:
        """Quote what the service says happened to it lately; nothing when it would not say."""
        asked = {
            "SourceIdentifier": address.id,
            "SourceType": address.kind.replace("_", "-"),
            "Duration": minutes,
        }
        try:
            pages = self._reader.fresh().pages("elasticache", "describe_events", "Events", asked)
            # The service lists the newest first, and does not promise it.
            told = sorted(pages, key=lambda event: str(event.get("Date", "")))[-_QUOTED:]
            return tuple(str(event.get("Message", "")) for event in told)
        except (AwsError, CouldNotLook):
            return ()

    def _look(self, kind: Kind[Any], ident: str) -> None:
        """Read the kind, or only those of it that are watched where that takes fewer calls."""
        watched = frozenset(one.id for one in self._watched if one.kind == kind.name) | {ident}
        ids = watched if len(watched) < self._pages.get(kind.name, 0) else None
        # What ends is named by no spec: where all are not read it has to be asked for by name.
        ends = () if kind.bulk else self._base.ending
        wanted = (*self._base.desired, *ends)
        names = frozenset(one.id for one in wanted if one.kind == kind.name)
        reader = Narrowed(self._reader, kind.name, ids)
        found = {live.address: live for live in kind.observe(reader, names)}
        for address in [one for one in self._known if one.kind == kind.name]:
            if address not in found and (ids is None or address.id in ids):
                del self._known[address]
        for live in found.values():
            self._remember(_carried(live, self._known))
        if ids is None:
            self._pages[kind.name] = reader.own_calls
        self._seen[kind.name] = ids
        if kept := [one for one in self._base.asked.replace if one.kind == kind.name]:
            self._base = with_snapshots([kind], self._reader, self._base, kept)
            for live in [self._known[one] for one in kept if one in self._known]:
                shown = standing(live.resource, self._base)
                self._remember(dataclasses.replace(live, resource=shown))
        self._facts = None

    def _remember(self, live: Live[Any]) -> Live[Any]:
        self._known[live.address] = live
        self._facts = None
        return live


def _carried(live: Live[Any], known: Mapping[Address, Live[Any]]) -> Live[Any]:
    before = known.get(live.address)
    if before is None:
        return live
    kept = live.resource.but(tags=before.resource.tags, marks=before.resource.marks)
    return dataclasses.replace(live, resource=kept, ownership=before.ownership)


class Verdict(enum.Enum):
    """What stands there at rest after a step."""

    REACHED = "as the step promised"
    BEFORE = "as before the step"
    BETWEEN = "partly as before"
    FOREIGN = "as neither"


def judge(
    kind: Kind[Any],
    before: Resource | None,
    leaves: Resource | None,
    live: Live[Any] | None,
    facts: Facts,
) -> Verdict:
    """Compare what is there at rest with both sides of a step, in the managed fields only."""
    if leaves is None:
        return Verdict.REACHED if live is None else Verdict.BEFORE
    if live is None:
        return Verdict.BEFORE if before is None else Verdict.FOREIGN
    if before is not None and _is_unmoved(before, leaves, live.effective):
        return Verdict.BEFORE
    missed = unreached(kind, leaves, live.effective, facts)
    if not missed:
        return Verdict.REACHED
    if before is None:
        return Verdict.FOREIGN
    moved = unreached(kind, before, live.effective, facts)
    if not moved:
        return Verdict.BEFORE
    return Verdict.FOREIGN if set(missed) & set(moved) else Verdict.BETWEEN


_OBSERVED = ("auth_token_held", "scheduled", "snapshot_kept")
"""What a step may leave that no field of the spec shows: when the token was last changed, that
nothing waits any more, what is kept."""


def shows(kind: Kind[Any], before: Resource | None, leaves: Resource | None, facts: Facts) -> bool:
    """Tell whether a look can show that a step was done; a new password or token never shows."""
    if before is None or leaves is None:
        return True
    if any(getattr(before, name, None) != getattr(leaves, name, None) for name in _OBSERVED):
        return True
    return bool(unreached(kind, leaves, before, facts))


def _is_unmoved(before: Resource, leaves: Resource, shown: Resource) -> bool:
    """Tell whether a step that changes no field, but only such a thing, is not visible yet."""
    if any(
        getattr(before, name) != getattr(leaves, name)
        for name in type(before).model_fields
        if name not in (*_OBSERVED, "marks")
    ):
        return False
    was, shall, now = (
        [getattr(one, name, None) for name in _OBSERVED] for one in (before, leaves, shown)
    )
    return was != shall and now == was


def broken(
    kind: Kind[Any],
    before: Resource | None,
    leaves: Resource | None,
    live: Live[Any] | None,
    verdict: Verdict,
    facts: Facts,
) -> str:
    """Say what became of a step that was accepted and did not come true."""
    if live is None:
        return "then it was gone"
    if leaves is None:
        return "and it is still there"
    shown = "; ".join(columns(kind, before, leaves, live, facts)) or "its tags are not as written"
    what = "then somebody else changed it" if verdict is Verdict.FOREIGN else "then rolled back"
    return f"{'and it is not as asked for' if before is None else what}: {shown}"


def columns(
    kind: Kind[Any], before: Resource | None, leaves: Resource, live: Live[Any], facts: Facts
) -> Iterator[str]:
    """Show each managed field that is not as promised: what it was, shall be, and is."""
    for name in unreached(kind, leaves, live.effective, facts):
        was = getattr(before, name) if before is not None else None
        yield (
            f"{name}: before {_shown(was)}, wanted {_shown(getattr(leaves, name))}, "
            f"now {_shown(getattr(live.effective, name))}"
        )


def moved(kind: Kind[Any], expected: Resource, live: Live[Any], facts: Facts) -> str:
    """Show what is neither as it was left nor as it shall be: somebody else is at it."""
    wished, shown = facts.desired[live.address], live.effective
    after = complete(kind, wished, shown, facts)
    left = set(unreached(kind, expected, shown, facts))
    if _are_taken(expected, wished, shown):
        left.add("tags")
    if not left & set(unreached(kind, after, shown, facts)):
        return ""
    return "; ".join(columns(kind, expected, after, live, facts))


def _are_taken(before: Resource, wished: Resource, shown: Resource) -> bool:
    """Tell whether somebody has given a wished tag another value than it had, and than it gets."""
    was, now = before.tags or {}, shown.tags or {}
    return any(now.get(key) not in (was.get(key), one) for key, one in (wished.tags or {}).items())


def is_marked(live: Live[Any] | None, leaves: Resource | None) -> bool:
    """Tell whether it bears the ownership tags that the step was to leave; fields don't show it."""
    if live is None or leaves is None:
        return True
    held = live.resource.marks
    return all(held.get(name) == leaves.marks.get(name) for name in ("estate", "address"))


def refuse_stranger(live: Live[Any] | None, *, ends: bool = False, was_ours: bool = False) -> None:
    """Raise StepFailed when it is there and not ours."""
    if live is None or live.ownership is Ownership.OWNED:
        return
    if ends:
        raise StepFailed("its tags no longer say that it is ours; it was not deleted")
    if was_ours:
        raise StepFailed(
            "its tags no longer say that it is ours; nothing more was sent: plan again"
        )
    raise StepFailed("it exists and is not ours: give ours another id, or plan again to adopt it")


def has_failed(live: Live[Any]) -> bool:
    """Tell whether the service gave up on it: no waiting will help."""
    return live.status.lower().replace("_", "-") in _FAILED


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return ", ".join(f"{key}={one}" for key, one in sorted(value.items())) or "nothing"
        case tuple():
            return ", ".join(map(str, value)) or "nothing"
        case _:
            return str(value)
