"""A cluster covers every slot, has the shards asked for, and announces what clients can reach."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.checks.announced import Announced, parsed
from reconciler.checks.answer import Answer, Sort
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.may import may
from reconciler.checks.target import Target
from reconciler.checks.topology import followed
from reconciler.checks.visit import Visit, nobody_may
from reconciler.kind import Endpoint

_SLOTS, _INFO, _MYID = ("CLUSTER", "SLOTS"), ("CLUSTER", "INFO"), ("CLUSTER", "MYID")
_DOWN = "cluster is down"
"""What an engine says to whoever asks for data while a slot is uncovered."""


class Shards(Check):
    """The classic fault: nodes announce an address that only they can reach."""

    name = "shards"
    proves = (
        "every node sees every slot covered, shards and replicas are as declared and follow, "
        "announced addresses answer"
    )

    def applies(self, target: Target) -> bool:
        """Say whether it speaks the cluster protocol."""
        return not target.absent and target.clustered

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Ask CLUSTER SLOTS and follow it."""
        announced = visit.announced()
        main = visit.main
        if isinstance(announced, str):
            yield self.say(visit, "slots", "not proven", "all 16384 covered", announced, at=main)
            return
        missing = announced.uncovered
        got = f"{missing} of 16384 uncovered" if missing else "all 16384 covered"
        if missing:
            visit.tell(self.name, _DOWN)
        yield self.say(
            visit, "slots", "refuted" if missing else "proven", "all 16384 covered", got, at=main
        )
        yield from self._counts(visit, announced)
        if not visit.target.serverless:
            yield from self._views(visit, announced)
            yield from self._follows(visit, announced)
        tls = visit.target.tls != "off"
        places = tuple(member.endpoint(tls=tls) for member in announced.members)

        def probe(place: Endpoint) -> tuple[Verdict, str]:
            answer = visit.dial(place)
            if answer.reached:
                return "proven", answer.text
            if cause := visit.told_of(place):
                return "not proven", f"{answer.text}: see {cause}"
            visit.tell_of(self.name, place)
            return "refuted", answer.text

        yield from self.everywhere(visit, "announced addresses", "answers", places, probe)

    def _views(self, visit: Visit, announced: Announced) -> Iterator[Finding]:
        """Ask every node: what one has forgotten, or that it is alone, no other tells."""
        main = visit.main
        # What the first one misses is said already.
        told = {(main.host, main.port)} if announced.uncovered else set()
        places = [one for one in visit.nodes() if (one.host, one.port) not in told]

        def probe(place: Endpoint) -> tuple[Verdict, str]:
            verdict, got = _seen_from(visit, place)
            if verdict == "refuted":
                visit.tell(self.name, _DOWN)
            return verdict, got

        yield from self.everywhere(visit, "slots as seen", "all covered, state ok", places, probe)

    def _follows(self, visit: Visit, announced: Announced) -> Iterator[Finding]:
        """Ask each primary whether its replicas follow; that they are announced says nothing."""
        tls = visit.target.tls != "off"
        led = {
            primary.endpoint(tls=tls): len(replicas)
            for primary, replicas in sorted(announced.shards.items())
        }

        def probe(place: Endpoint) -> tuple[Verdict, str]:
            return followed(visit, place, led[place])

        places = [place for place, replicas in led.items() if replicas]
        yield from self.everywhere(visit, "replication", "every replica follows", places, probe)

    def _counts(self, visit: Visit, announced: Announced) -> Iterator[Finding]:
        target, shards = visit.target, announced.shards
        if target.shards is not None:
            verdict: Verdict = "proven" if len(shards) == target.shards else "refuted"
            yield self.say(visit, "shards", verdict, str(target.shards), str(len(shards)))
        if target.replicas is not None:
            wrong = [
                f"{primary.host}:{primary.port} has {len(replicas)}"
                for primary, replicas in sorted(shards.items())
                if len(replicas) != target.replicas
            ]
            yield self.say(
                visit,
                "replicas of each shard",
                "refuted" if wrong else "proven",
                str(target.replicas),
                ", ".join(wrong) or str(target.replicas),
            )


def _seen_from(visit: Visit, place: Endpoint) -> tuple[Verdict, str]:
    slots, said, own = _asked(visit, place)
    if slots is None:
        return "not proven", nobody_may("CLUSTER", "SLOTS")
    if not isinstance(slots.value, list):
        refused = slots.reached and not visit.told_by(slots.text)
        return ("refuted" if refused else "not proven"), slots.text
    if missing := parsed(slots.value, place.host).uncovered:
        return "refuted", f"{missing} of 16384 uncovered"
    if said is not None and isinstance(said.value, str) and "cluster_state:ok" not in said.value:
        return "refuted", "all covered, but its CLUSTER INFO does not say cluster_state:ok"
    serving = {str(node[2]) for _, _, *nodes in slots.value for node in nodes if len(node) > 2}
    if serving and own is not None and isinstance(own.value, str) and own.value not in serving:
        return "refuted", "all covered, but it holds no slot itself and follows nobody who does"
    return "proven", "all covered"


def _asked(visit: Visit, place: Endpoint) -> tuple[Answer | None, ...]:
    """Ask for slots, state and own name over one line; None what nobody may ask."""
    for key in visit.speakers(_SLOTS):
        mays = [may(visit.target, key.account, words) for words in (_INFO, _MYID)]
        with visit.line(place, key.login) as line:
            slots = line.ask(*_SLOTS)
            if slots.sort in {Sort.DENIED, Sort.WRONG_PASS, Sort.UNKNOWN}:
                continue
            said, own = (
                line.ask(*words) if asks else None
                for words, asks in zip((_INFO, _MYID), mays, strict=True)
            )
        return slots, said, own
    return None, None, None
