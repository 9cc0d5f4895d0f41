"""What was learned, for a person and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from live.comparing import Difference
from live.fact import Learned
from live.world import Waited

KNOWN_WORDS = frozenset(
    {"active", "available", "creating", "deleting", "modifying", "snapshotting", "create-failed"}
)
"""Status words that the local service has."""
_WIDE = 90


@dataclass(frozen=True)
class Report:
    """A whole run, both sides beside each other."""

    run: str
    facts: tuple[Learned, ...]
    differences: tuple[Difference, ...] = ()
    refusals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    waits: tuple[tuple[Waited, ...], tuple[Waited, ...]] = ((), ())
    not_asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def otherwise(self) -> tuple[Learned, ...]:
        """Give the facts that are not as the local service assumes."""
        return tuple(one for one in self.facts if one.verdict == "otherwise")

    @property
    def new_words(self) -> tuple[str, ...]:
        """Give status words that the local service never shows."""
        words = {word.lower() for one in self.waits[0] for word in one.words}
        return tuple(sorted(words - KNOWN_WORDS))

    @property
    def agrees(self) -> bool:
        """Whether nothing at all differed."""
        return not (self.otherwise or self.differences or self.new_words)


def report_text(report: Report) -> str:
    """Give the page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    known = [one for one in report.facts if one.verdict == "as assumed"]
    silent = [one for one in report.facts if one.verdict == "not told"]
    yield (
        f"{len(report.facts)} facts asked: {len(known)} as assumed, "
        f"{len(report.otherwise)} otherwise, {len(silent)} not told"
    )
    for learned in report.otherwise:
        yield from ("", f"OTHERWISE  {learned.fact.name}: {learned.fact.question}")
        yield from _sides(learned.aws.told, learned.local.told)
        if learned.mend:
            yield f"    so: the default in elasticache_local/switch.py is {learned.mend}"
    if known:
        yield from ("", "As assumed, and known now:")
        yield from (f"  {one.fact.name}: {one.fact.question}" for one in known)
    if silent:
        yield from ("", "Not told:")
        yield from (
            f"  {one.fact.name}: {one.aws.silence or f'here: {one.local.silence}'}"
            for one in silent
        )
    if report.not_asked:
        yield from ("", "Not asked:")
        yield from (f"  {name}: {why}" for name, why in report.not_asked.items())
    yield from _answers(report)


def _answers(report: Report) -> Iterator[str]:
    if report.differences:
        yield from ("", "Answers that differ (AWS | here):")
        yield from (
            f"  {one.operation} {one.path}: {one.aws} | {one.here}" for one in report.differences
        )
    else:
        yield from ("", "Answers to the same calls: no difference.")
    if report.new_words:
        yield from ("", f"Status words that are new: {', '.join(report.new_words)}")
    if report.refusals:
        yield from ("", "Refused on the way and tried again (AWS | here):")
        yield from (f"  {name}: {a} | {b}" for name, (a, b) in sorted(report.refusals.items()))
    if any(report.waits):
        yield from ("", "Seconds to come to rest (AWS | here):")
        yield from _durations(*report.waits)


def _durations(aws: Iterable[Waited], local: Iterable[Waited]) -> Iterator[str]:
    sides: list[dict[str, list[Waited]]] = [{}, {}]
    for side, waits in zip(sides, (aws, local), strict=True):
        for one in waits:
            side.setdefault(f"{one.kind} after {one.after}", []).append(one)
    for name in sorted(sides[0].keys() | sides[1].keys()):
        yield f"  {name}: {' | '.join(_range(side.get(name, [])) for side in sides)}"


def _range(waits: list[Waited]) -> str:
    if not waits:
        return "-"
    seconds = sorted(one.seconds for one in waits)
    words = dict.fromkeys(word for one in waits for word in one.words if word)
    span = f"{seconds[0]:g}" if seconds[0] == seconds[-1] else f"{seconds[0]:g} to {seconds[-1]:g}"
    return f"{span} ({' '.join(words)})"


def _sides(aws: Any, local: Any) -> Iterator[str]:
    if isinstance(aws, Mapping) and isinstance(local, Mapping):
        for name in [*aws, *(one for one in local if one not in aws)]:
            if aws.get(name) != local.get(name):
                yield f"    {name}"
                yield from (f"  {line}" for line in _sides(aws.get(name), local.get(name)))
        return
    yield f"    AWS   {_brief(aws)}"
    yield f"    here  {_brief(local)}"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _WIDE * 3 else text[: _WIDE * 3] + " (cut)"


def report_json(report: Report) -> dict[str, Any]:
    """Give everything that the page says, for a program."""
    return {
        "format_version": 1,
        "run": report.run,
        "facts": {
            one.fact.name: {
                "question": one.fact.question,
                "verdict": one.verdict,
                "aws": one.aws.told,
                "local": one.local.told,
                "silence": one.aws.silence or one.local.silence,
                "switch": one.mend,
            }
            for one in report.facts
        },
        "not_asked": dict(report.not_asked),
        "differences": [vars(one) for one in report.differences],
        "refusals": {name: list(counts) for name, counts in report.refusals.items()},
        "new_status_words": list(report.new_words),
        "waits": [[vars(one) for one in side] for side in report.waits],
    }
