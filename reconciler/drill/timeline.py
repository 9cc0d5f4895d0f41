"""Good answers on a time line -> when there were none, and for how long. Pure.

An interruption lasts from the last good answer before to the first good answer after. So an
operation that hangs counts with all of its time, and those that could not be sent meanwhile are not
forgotten (coordinated omission).
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.drill.record import Record

SHORTEST_S = 0.1
"""No pause below this is called an interruption."""
_TIMES_USUAL = 3.0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds since the load began. ``open``: nothing came after it."""

    began: float
    ended: float
    open: bool = False

    @property
    def seconds(self) -> float:
        """Give its length."""
        return self.ended - self.began

    def shared(self, other: Span) -> float:
        """Give the seconds that both have in common."""
        return max(0.0, min(self.ended, other.ended) - max(self.began, other.began))


@dataclass(frozen=True, slots=True)
class Bucket:
    """A tenth of a second: how many operations were answered well in it, and how many were not."""

    good: int
    failed: int


@dataclass(frozen=True, slots=True)
class Side:
    """What clients saw of reads, or of writes.

    ``usual_s``: the longest pause before the failover. ``floor_s``: shorter pauses are this path's
    own (three times the usual, and never below 0.1 s). ``worst_s`` is the longest pause of a single
    connection, its own reconnecting included; ``interruptions`` are times when no connection got a
    good answer.
    """

    made: int
    failed: Counter[str]
    usual_s: float
    floor_s: float
    longest_pause_s: float
    worst_s: float
    interruptions: tuple[Span, ...]
    buckets: tuple[Bucket, ...]

    @property
    def longest_s(self) -> float:
        """Give the longest interruption; 0 when there was none."""
        return max((one.seconds for one in self.interruptions), default=0.0)

    @property
    def total_s(self) -> float:
        """Give all interruptions together."""
        return sum(one.seconds for one in self.interruptions)


BUCKET_S = 0.1


def side(
    records: Sequence[Record], whole: Span, usual_until: float, blind: Sequence[Span] = ()
) -> Side:
    """Judge the connections of one sort; all times as the clock gave them.

    ``usual_until``: what happens before is how this path always is. ``blind`` are moments in which
    this process itself did not run: a pause that they explain is no interruption.
    """
    pauses = list(pauses_between(heapq.merge(*(one.good() for one in records)), whole))
    usual = _longest(pauses, Span(whole.began, usual_until), blind)
    floor = max(SHORTEST_S, _TIMES_USUAL * usual)
    found = [
        pause for pause in pauses if pause.ended > usual_until and seen_s(pause, blind) >= floor
    ]
    return Side(
        made=sum(map(len, records)),
        failed=sum((one.troubles() for one in records), Counter()),
        floor_s=floor,
        usual_s=usual,
        longest_pause_s=max((one.seconds for one in pauses[1:] or pauses), default=0.0),
        worst_s=max((_worst(one, whole) for one in records), default=0.0),
        interruptions=tuple(_since(one, whole.began) for one in found),
        buckets=_buckets(records, whole),
    )


def pauses_between(good: Iterable[float], whole: Span) -> Iterator[Span]:
    """Give every pause between good answers, in order, that before the first one included."""
    last = whole.began
    for moment in good:
        if moment > whole.ended:
            break
        yield Span(last, moment)
        last = moment
    yield Span(last, whole.ended, open=True)


def seen_s(pause: Span, blind: Iterable[Span]) -> float:
    """Give the seconds of a pause in which this process was there to see it."""
    return pause.seconds - sum(pause.shared(one) for one in blind)


def _longest(pauses: Iterable[Span], within: Span, blind: Sequence[Span]) -> float:
    inside = (one for one in pauses if one.ended <= within.ended)
    # The first answer waits for the connections to open.
    return max((seen_s(one, blind) for one in itertools.islice(inside, 1, None)), default=0.0)


def _worst(record: Record, whole: Span) -> float:
    return max(pause.seconds for pause in pauses_between(record.good(), whole))


def _since(span: Span, began: float) -> Span:
    return Span(span.began - began, span.ended - began, span.open)


def _buckets(records: Iterable[Record], whole: Span) -> tuple[Bucket, ...]:
    good, failed = Counter[int](), Counter[int]()
    for record in records:
        for moment, well in record.answers():
            (good if well else failed)[int((moment - whole.began) / BUCKET_S)] += 1
    count = max(1, round(whole.seconds / BUCKET_S))
    return tuple(Bucket(good[place], failed[place]) for place in range(count))
