"""A fact that is unknown or inferred: how to ask for it, and what an answer says about a switch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from elasticache_local.switch import Switches
from live.world import LiveFailed, World

Verdict = Literal["as assumed", "otherwise", "not told"]


class NotTold(Exception):
    """The calls were made and the answer says nothing: a precondition did not hold."""


@dataclass(frozen=True)
class Fact:
    """One question: ``probe`` makes the calls and gives what was told, in JSON's own types."""

    name: str
    question: str
    probe: Callable[[World], Any]
    reads: Callable[[Any], Any] | None = None
    """From what was told to the value of the switch ``name``; None: no switch stands for it."""


@dataclass(frozen=True)
class Asked:
    """What one side told; ``silence`` says why it told nothing."""

    told: Any = None
    silence: str = ""


@dataclass(frozen=True)
class Learned:
    """A fact with what both sides told."""

    fact: Fact
    aws: Asked
    local: Asked

    @property
    def verdict(self) -> Verdict:
        """Say whether the service does what the local one assumes."""
        if self.aws.silence or self.local.silence:
            return "not told"
        return "as assumed" if self.aws.told == self.local.told else "otherwise"

    @property
    def mend(self) -> str:
        """Give the line of the switch table that would be right; empty where there is no switch."""
        if self.verdict != "otherwise" or self.fact.reads is None:
            return ""
        return f"{self.fact.name}={_value(self.fact.reads(self.aws.told))}"


def ask(world: World, facts: Iterable[Fact], say: Callable[[str], None]) -> dict[str, Asked]:
    """Ask one side for each fact; a probe that can't be finished silences its fact only."""
    found = {}
    for fact in facts:
        world.recorder.step = f"fact {fact.name}"
        say(f"asking: {fact.question}")
        try:
            found[fact.name] = Asked(fact.probe(world))
        except (NotTold, LiveFailed) as silent:
            found[fact.name] = Asked(silence=str(silent))
    world.recorder.step = ""
    return found


def learned(
    facts: Iterable[Fact], aws: Mapping[str, Asked], local: Mapping[str, Asked]
) -> list[Learned]:
    """Put both sides beside each other, for what was asked of both."""
    return [
        Learned(fact, aws[fact.name], local[fact.name])
        for fact in facts
        if fact.name in aws and fact.name in local
    ]


def switch_names() -> frozenset[str]:
    """Give every switch that there is."""
    return frozenset(one.name for one in dataclasses.fields(Switches))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list | tuple) else str(value)
