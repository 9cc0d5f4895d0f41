"""A week of rounds with all that happens in a week, against a model of what is to be told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import build
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from watched import bench_of

from reconciler.model import AuthenticationMode

USERS = ("app", "ops")
RULES = tuple(f"on ~{one}:* -@all +@read" for one in ("a", "b", "c", "d"))
"""No two allow the same."""
TAGS = ("x", "y", "z")
PLACES = [*(f"user/{one}" for one in USERS), "replication_group/orders"]
FIELD = {"user": "access_string", "replication_group": "replication_group_description"}


@dataclass
class Open:
    """What the model holds for drifted."""

    live: str
    announced: bool = False
    acknowledged: bool = False


class Week(RuleBasedStateMachine):
    """The model knows what is live, wished and recorded, and what a look must lead to."""

    def __init__(self) -> None:
        super().__init__()
        iam = AuthenticationMode(type="iam")
        self.live = dict.fromkeys(PLACES, RULES[0])
        self.wish = dict(self.live)
        self.record = dict(self.live)
        self.open: dict[str, Open] = {}
        self.accepted: dict[str, str] = {}
        self.acks: dict[tuple[str, str], date] = {}
        self.blind = False
        self.expected: Counter[tuple[str, str]] = Counter()
        self.bench = bench_of(
            [
                *(
                    build.user(one, access_string=RULES[0], authentication_mode=iam)
                    for one in USERS
                ),
                build.replication_group("orders", replication_group_description=RULES[0]),
            ]
        )

    @rule(place=st.sampled_from(PLACES), value=st.sampled_from(RULES))
    def somebody_edits(self, place, value):
        kind, ident = place.split("/")
        if value == self.live[place]:
            return
        if kind == "user":
            self.bench.estate.bench.aws("modify_user", UserId=ident, AccessString=value)
        else:
            self.bench.estate.bench.aws(
                "modify_replication_group",
                ReplicationGroupId=ident,
                ReplicationGroupDescription=value,
            )
        self.bench.estate.bench.settle()
        self.live[place] = value

    @rule(place=st.sampled_from(PLACES), value=st.sampled_from(RULES))
    def a_merge(self, place, value):
        field = FIELD[place.split("/")[0]]
        self.bench.estate.wishes = [
            one.but(**{field: value}) if str(one.address) == place else one
            for one in self.bench.estate.wishes
        ]
        self.wish[place] = value

    @rule()
    def an_apply(self):
        self.bench.estate.apply()
        for place, wished in self.wish.items():
            if self.live[place] != wished:
                self.live[place] = self.record[place] = wished

    @precondition(lambda self: self.open)
    @rule(data=st.data(), days=st.integers(0, 3))
    def somebody_acknowledges(self, data, days):
        place = data.draw(st.sampled_from(sorted(self.open)))
        ids = {address: ident for (address, _), ident in self.bench.open.items()}
        until = self.bench.later(days)
        self.bench.acks[ids[place]] = until
        self.acks[place, self.open[place].live] = until

    @rule()
    def the_service_goes_or_comes(self):
        self.bench.away = not self.bench.away

    @rule()
    def the_receiver_goes_or_comes(self):
        self.bench.receiver.refuses = not self.bench.receiver.refuses

    @rule()
    def the_receiver_begins_or_stops_to_deny(self):
        self.bench.receiver.denies = not self.bench.receiver.denies

    @rule(minutes=st.sampled_from([15, 60, 24 * 60]))
    def a_round(self, minutes):
        self.bench.round(minutes=minutes)
        self.look()

    @rule(point=st.integers(1, 12))
    def a_round_that_is_killed(self, point):
        before = self.rounds()
        self.bench.killed_round(point)
        if self.rounds() > before:
            self.look()

    def rounds(self) -> int:
        return sum(one.rounds for one in self.bench.store.memory.estates.values())

    def look(self) -> None:
        """Say what a look that was kept must lead to."""
        if self.bench.away:
            if not self.blind:
                self.blind = True
                self.expected["could not look", ""] += 1
            return
        if self.blind:
            self.blind = False
            self.expected["looking again", ""] += 1
        for place in PLACES:
            self.look_at(place)

    def look_at(self, place: str) -> None:
        live, wish = self.live[place], self.wish[place]
        both = self.record[place] not in (live, wish)
        moved = live != wish and self.record[place] != live
        if moved and both and self.accepted.get(place) == live:
            moved = False
        elif moved and self.accepted.get(place) not in (None, live):
            del self.accepted[place]
        held = self.open.get(place)
        if held is not None and (not moved or held.live != live):
            del self.open[place]
            if not moved:
                self.expected["mended", place] += held.announced
                if live == held.live:
                    self.accepted[place] = live
        if moved:
            self.stands(place, live)

    def stands(self, place: str, live: str) -> None:
        held = self.open.setdefault(place, Open(live))
        until = self.acks.get((place, live))
        if until is not None and self.bench.today() <= until:
            held.acknowledged = True
            return
        if not held.announced:
            self.expected["drifted", place] += 1
        elif held.acknowledged:
            self.expected["no longer acknowledged", place] += 1
        held.announced, held.acknowledged = True, False

    def told(self) -> Counter[tuple[str, str]]:
        return Counter(
            (event.what, event.finding.address if event.finding else "")
            for event in self.bench.events()
        )

    @invariant()
    def nothing_is_told_that_did_not_happen_or_twice(self):
        assert self.told() <= self.expected

    @invariant()
    def what_is_open_is_what_is_drifted(self):
        assert {address for address, _ in self.bench.open} == self.open.keys()

    def teardown(self):
        self.bench.away = self.bench.receiver.refuses = self.bench.receiver.denies = False
        self.a_round(15)
        self.bench.round()
        assert self.told() == +self.expected
        assert not self.bench.store.memory.outbox


class TestSomeDays(Week.TestCase):
    settings = settings(
        max_examples=20,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.slow
class TestAWeek(Week.TestCase):
    settings = settings(
        max_examples=100,
        stateful_step_count=50,
        deadline=None,
        # Shrinking fifty steps takes longer than reading them.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
