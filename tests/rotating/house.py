"""An estate whose secrets stand in a store with versions, and every login that it lets in.

The store is Secrets Manager's or the parameter store's as a client sees them: stages or numbers.
Death is told by number: of the service's calls and the store's writes together, before or after.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import build
from estate import Estate, MemoryJournal
from inprocess import InProcess, Killed
from pydantic import SecretStr

from reconciler.apply import Doors as ApplyDoors
from reconciler.apply import Terms, apply
from reconciler.applying.outcome import Event
from reconciler.cli.looking import narrowed
from reconciler.errors import AwsError, SecretMissing
from reconciler.guard import guard
from reconciler.kind import Facts
from reconciler.kinds import KINDS
from reconciler.model import Address, Safety, SecretRef
from reconciler.observe import Whose
from reconciler.observing.confirm import confirmed
from reconciler.observing.tagging import with_tags
from reconciler.ports import Call, Versions
from reconciler.rotate import Doors, Ended, Proof, Told, Within, rotate
from reconciler.rotation import Rotation

KEPT = SecretRef(store="secretsmanager", id="prod/app", key="password")
NUMBERED = SecretRef(store="ssm", id="/prod/app")
FIRST = "the-first-secret-of-this-test"
APP, ORDERS = Address("user", "app"), Address("replication_group", "orders")


@dataclass
class Store:
    """A SecretStore and SecretSource in memory. ``write`` is told of each write, twice."""

    ref: SecretRef
    write: Callable[[str], None]
    values: dict[str, str] = field(default_factory=lambda: {"v1": FIRST})
    stages: dict[str, str] = field(default_factory=lambda: {"AWSCURRENT": "v1"})
    rotates: str = ""
    opened: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2))

    @property
    def staged(self) -> bool:
        return self.ref.store == "secretsmanager"

    def version(self, ref: SecretRef, salt: str = "") -> str:
        return ref.version or self.stages["AWSCURRENT"]

    def versions(self, ref: SecretRef) -> Versions:
        pending = self.stages.get("AWSPENDING", "")
        return Versions(
            self.stages["AWSCURRENT"],
            # Where the run died between two stages the stage stays on what is current by now.
            pending if pending != self.stages["AWSCURRENT"] else "",
            self.stages.get("AWSPREVIOUS", ""),
            staged=self.staged,
            rotates=self.rotates,
        )

    def open(self, ref: SecretRef) -> SecretStr:
        version = self.version(ref)
        if ref.plain != self.ref or version not in self.values:
            raise SecretMissing(f"{ref} is not there")
        self.opened.append(version)
        return SecretStr(self.values[version])

    def create(self, ref: SecretRef, value: SecretStr) -> None:
        raise AssertionError("a rotation makes no secret")

    def put(self, ref: SecretRef, value: SecretStr) -> None:
        self.write("before put")
        version = f"v{next(self.numbers)}"
        self.values[version] = value.get_secret_value()
        if self.staged:
            self.stages["AWSPENDING"] = version
        else:
            self.move(version)
        self.write("after put")

    def promote(self, ref: SecretRef, version: str, over: str) -> None:
        self.write("before promote")
        if self.stages["AWSCURRENT"] != over:
            raise AwsError("secretsmanager", "UpdateSecretVersionStage", "InvalidParameter", "")
        self.move(version)
        self.write("after promote")
        self.stages.pop("AWSPENDING", None)

    def move(self, version: str) -> None:
        """Hand out another version, as anybody may."""
        self.stages["AWSPREVIOUS"] = self.stages["AWSCURRENT"]
        self.stages["AWSCURRENT"] = version

    def put_by_somebody(self, value: str) -> str:
        version = f"v{next(self.numbers)}"
        self.values[version] = value
        self.move(version)
        return version


@dataclass
class House:
    """One user or cache with its store. ``dies_at`` and ``dies_after`` name the fatal call."""

    bench: InProcess
    store: Store
    wishes: list[Any]
    address: Address
    safety: Safety = field(default_factory=Safety)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    number: int = 0
    dies_at: int | None = None
    dies_after: bool = False
    loses: Callable[[int], bool] = lambda number: False
    seen: list[frozenset[str]] = field(default_factory=list)
    """Which of the store's versions logged in, after each call."""
    dead_node: bool = False
    told: list[Told] = field(default_factory=list)

    def settled(self) -> House:
        """Apply once, so that the first secret is set and recorded."""
        estate = Estate(self.bench, self.wishes)
        self.bench.secrets = self.store  # type: ignore[assignment]
        assert estate.apply().exit_code == 0
        self.bench.writes.clear()
        return self

    def look(self) -> Facts:
        facts = Estate(self.bench, self.wishes).facts()
        stored = {ref: self.store.versions(ref) for ref in facts.secret_versions if ref.moves}
        live = facts.observed[self.address]
        fresh = with_tags(self.bench.reader(), live, Whose(facts.estate, facts.tag_prefix))
        observed = {**facts.observed, self.address: fresh or live}
        return dataclasses.replace(facts, stored=stored, observed=observed)

    def bring(self, facts: Facts, address: Address, through: frozenset[str]) -> Iterator[Event]:
        facts, plan = confirmed(KINDS, self.bench.reader(), facts)
        plan = narrowed(plan, [address])
        guard(plan, self.safety, today=self.bench.clock.now().date(), through=through)
        doors = ApplyDoors(
            KINDS,
            self.bench.reader(),
            self.bench.writer(before=self._before, after=self._after),
            Within(self.bench.lease),
            self.bench.clock,
            self.journal,
        )
        yield from apply(facts, plan, doors, Terms(through))

    def prove(self, found: Rotation, facts: Facts) -> Proof:
        """Log in with what is recorded as set, and with what was retired."""
        if self.dead_node:
            return Proof(unproven=("a node does not answer",))
        let_in = self.logins()
        set_now = [one for one in found.have if one not in found.retired]
        missing = tuple(one for one in set_now if one not in let_in)
        open_still = tuple(one for one in found.retired if one in let_in and one not in found.have)
        return Proof(proven=tuple(set_now), refuted=missing + open_still)

    def logins(self) -> frozenset[str]:
        """Give the store's versions that the data plane lets in."""
        hashes: set[str] = set()
        for want in self.bench.service._host.wants.values():
            hashes |= set(want.token_hashes)
            hashes |= {one for user in want.users or () for one in user.password_hashes}
        return frozenset(
            version
            for version, value in self.store.values.items()
            if hashlib.sha256(value.encode()).hexdigest() in hashes
        )

    def __call__(self, *, finish: bool = False) -> Ended:
        """Rotate as far as it goes, and give how it ended."""
        bench, journal = self.bench, self.journal
        doors = Doors(
            self.look, self.bring, self.prove, self.store, bench.lease, journal, bench.clock
        )
        self.told = []
        for event in rotate(self.address, doors, finish=finish):
            self.told.append(event)
        assert isinstance(event, Ended)
        return event

    def until_it_ends(self, *, finish: bool = False) -> Ended:
        """Rotate again and again, as a person would whose machine dies."""
        for _ in range(9):
            try:
                return self(finish=finish)
            except Killed:
                continue
        raise AssertionError("it never ends")

    def wrote(self, when: str) -> None:
        """Be told of a write to the store."""
        if when.startswith("before"):
            self._before(0, Call("store", when, {}))
        else:
            self._after(0, Call("store", when, {}))

    def _before(self, _: int, call: Call) -> None:
        self.number += 1
        if self.number == self.dies_at and not self.dies_after:
            self.dies_at = None
            raise Killed

    def _after(self, _: int, call: Call) -> None:
        self.seen.append(self.logins())
        if self.number == self.dies_at and self.dies_after:
            self.dies_at = None
            raise Killed
        if self.loses(self.number):
            raise AwsError(call.service, call.action, "Timeout", "no answer came", status=0)


def of_user(ref: SecretRef = KEPT, **more: Any) -> House:
    """A user in a group that two caches let in."""
    group = build.user_group("people", user_ids=("app",))
    caches = [
        build.replication_group(name, user_group_ids=("people",)) for name in ("carts", "orders")
    ]
    app = build.user("app", authentication_mode=build.password(ref), **more)
    return _house(ref, [app, group, *caches], APP)


def of_token(ref: SecretRef = KEPT, **switches: Any) -> House:
    """A cache with an AUTH token."""
    return _house(ref, [build.replication_group("orders", auth_token=ref)], ORDERS, **switches)


def _house(ref: SecretRef, wishes: list[Any], address: Address, **switches: Any) -> House:
    house = House(InProcess(**switches), Store(ref, lambda _: None), wishes, address)
    house.settled()
    house.store.write = house.wrote
    return house
